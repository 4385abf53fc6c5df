import type { Parse } from './parse.ts';

declare const replies: unique symbol;
/** Something the page may ask once: how its arguments are parsed, and what comes back. */
export interface Call<A, R> {
  readonly args: Parse<A>;
  readonly [replies]?: R;
}
/** Something the page may listen to. */
export interface Feed<A, I> {
  readonly args: Parse<A>;
  readonly [replies]?: I;
}
export const call =
  <R>() =>
  <A>(args: Parse<A>): Call<A, R> => ({ args });
export const feed =
  <I>() =>
  <A>(args: Parse<A>): Feed<A, I> => ({ args });

/** The arguments of a call or feed, and what it gives. */
export type Of<C> = C extends { readonly args: Parse<infer A>; readonly [replies]?: infer R }
  ? [A, Exclude<R, undefined>]
  : never;
