import type { World } from './domain.ts';
import type { Failure } from './failure.ts';

/** How a call ended. Outcomes cross the bridge, exceptions do not. */
export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failure: Failure };

/** Frames from the page (or the CLI) to the host. `id` is chosen by the sender and unique on its carrier. */
export type ToHost =
  | { readonly t: 'call'; readonly id: number; readonly name: string; readonly args: unknown }
  | { readonly t: 'cancel'; readonly id: number }
  | {
      readonly t: 'listen';
      readonly id: number;
      readonly name: string;
      readonly args: unknown;
      readonly credit: number;
    }
  | { readonly t: 'unlisten'; readonly id: number }
  | { readonly t: 'credit'; readonly id: number; readonly n: number };

/**
 * Frames from the host. `item` belongs to a feed, or carries a call's progress before its `reply`.
 * Binary (`Uint8Array`) may appear in any `args`, `value` or `item`; the socket codec keeps it raw.
 */
export type ToPage =
  | { readonly t: 'reply'; readonly id: number; readonly outcome: Outcome }
  | { readonly t: 'item'; readonly id: number; readonly item: unknown }
  | { readonly t: 'end'; readonly id: number; readonly failure?: Failure };

/** A carrier: post a frame, hear frames, hear the close. `close` ends it from this side. */
export interface Carrier<Out, In> {
  post(frame: Out): void;
  hear(listener: (frame: In) => void): void;
  closed(listener: () => void): void;
  close(): void;
}
export type HostCarrier = Carrier<ToPage, ToHost>;
export type PageCarrier = Carrier<ToHost, ToPage>;

/** How many feed items a listener may have in flight before it grants more. */
export const openingCredit = 16;

/**
 * The first frame on every carrier, before any call. `key` is asked for by the loopback socket only, where cookies
 * alone prove too little: they ignore ports.
 */
export interface Hello {
  readonly t: 'hello';
  readonly world: World;
  readonly key?: string;
}

/** What the host answers to a hello. After `refused` it closes the carrier. */
export type HelloAnswer = { readonly t: 'welcome' } | { readonly t: 'refused'; readonly failure: Failure };

/** Says on IPC, which has no end of its own, what a socket says by closing. */
export const bye = { t: 'bye' } as const;

/** Only on the door of a home (`door.sock`): asks the page's host for a fresh one-time link instead of saying hello. */
export interface LinkAsk {
  readonly t: 'link';
}
export type LinkAnswer =
  { readonly t: 'link'; readonly url: string } | { readonly t: 'refused'; readonly failure: Failure };
