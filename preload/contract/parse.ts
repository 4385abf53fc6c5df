import { FieldError } from './failure.ts';

/** Turns a value from outside into one of ours, or throws a `bad-ask` failure that names the place. */
export type Parse<T> = (raw: unknown, at?: string) => T;

function refuse(at: string, wanted: string): never {
  throw new FieldError({
    code: 'bad-ask',
    says: `${at || 'The request'} should be ${wanted}.`,
    untouched: 'Nothing was done.',
    next: 'Check what was given there, then try again.',
  });
}

/** Any string up to 64 Ki characters; control characters are left to whoever uses it. */
export const text: Parse<string> = (raw, at = '') =>
  typeof raw === 'string' && raw.length <= 65_536 ? raw : refuse(at, 'a text');

/** A string with something in it besides white space. */
export const filled: Parse<string> = (raw, at = '') => {
  const value = text(raw, at);
  return value.trim() === '' ? refuse(at, 'a text that is not empty') : value;
};

/** A whole number within bounds, both included. */
export const whole =
  (least: number, most: number): Parse<number> =>
  (raw, at = '') =>
    typeof raw === 'number' && Number.isInteger(raw) && raw >= least && raw <= most
      ? raw
      : refuse(at, `a whole number from ${least} to ${most}`);

export const flag: Parse<boolean> = (raw, at = '') =>
  typeof raw === 'boolean' ? raw : refuse(at, 'yes or no');

export const bytes: Parse<Uint8Array> = (raw, at = '') =>
  raw instanceof Uint8Array ? raw : refuse(at, 'bytes');

/** The call takes no arguments; whatever arrives must be absent or an empty object. */
export const nothing: Parse<Record<never, never>> = (raw, at = '') =>
  raw === undefined || raw === null || (typeof raw === 'object' && Object.keys(raw).length === 0)
    ? {}
    : refuse(at, 'empty');

export const oneOf =
  <const T extends string>(...values: readonly T[]): Parse<T> =>
  (raw, at = '') =>
    values.includes(raw as T) ? (raw as T) : refuse(at, `one of ${values.join(', ')}`);

export const list =
  <T>(item: Parse<T>, most = 10_000): Parse<T[]> =>
  (raw, at = '') =>
    Array.isArray(raw) && raw.length <= most
      ? raw.map((value, i) => item(value, `${at}[${i}]`))
      : refuse(at, 'a list');

/** May be left out. A shape leaves the key out as well, so `exactOptionalPropertyTypes` holds. */
export interface Optional<T> {
  (raw: unknown, at?: string): T | undefined;
  readonly optional: true;
}
export const optional = <T>(item: Parse<T>): Optional<T> =>
  Object.assign((raw: unknown, at?: string) => (raw === undefined ? undefined : item(raw, at)), {
    optional: true as const,
  });

type Fields = Record<string, Parse<unknown> | Optional<unknown>>;
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly optional: true } ? K : never;
}[keyof F];
type Shaped<F extends Fields> = {
  [K in Exclude<keyof F, OptionalKeys<F>>]: F[K] extends (raw: unknown, at?: string) => infer T ? T : never;
} & {
  [K in OptionalKeys<F>]?: F[K] extends (raw: unknown, at?: string) => infer T
    ? Exclude<T, undefined>
    : never;
};

/** An object with exactly these fields; an unknown field is refused, so a typing error is found early. */
export const shape =
  <F extends Fields>(fields: F): Parse<Shaped<F>> =>
  (raw, at = '') => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) refuse(at, 'an object');
    const stranger = Object.keys(raw).find(key => !Object.hasOwn(fields, key));
    if (stranger !== undefined) refuse(at ? `${at}.${stranger}` : stranger, 'left out: nobody knows it');
    const out: Record<string, unknown> = {};
    for (const [key, parse] of Object.entries(fields)) {
      const value = parse((raw as Record<string, unknown>)[key], at ? `${at}.${key}` : key);
      if (value !== undefined) out[key] = value;
    }
    return out as Shaped<F>;
  };

/** A union told apart by its field `is`. */
export const variants =
  <V extends Record<string, Parse<object>>>(
    cases: V,
  ): Parse<{ [K in keyof V & string]: { is: K } & ReturnType<V[K]> }[keyof V & string]> =>
  (raw, at = '') => {
    if (typeof raw !== 'object' || raw === null) refuse(at, 'an object');
    const { is, ...rest } = raw as Record<string, unknown>;
    const parse =
      typeof is === 'string' && Object.hasOwn(cases, is)
        ? cases[is]
        : refuse(`${at}.is`, `one of ${Object.keys(cases).join(', ')}`);
    return { is, ...parse?.(rest, at) } as never;
  };
