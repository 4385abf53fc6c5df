/** A value of JSON. Whole numbers that a number of JavaScript's would round are `bigint`. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** Parses JSON; nothing when it is none. */
export function jsonOf(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
      exact,
    ) as Json;
  } catch {
    return undefined;
  }
}

/** JSON.parse would round whole numbers beyond 2^53. */
const exact = (_key: string, read: unknown, context?: { readonly source?: string }): unknown =>
  typeof read === 'number' && !Number.isSafeInteger(read) && /^-?\d+$/.test(context?.source ?? '')
    ? BigInt(context?.source ?? 0)
    : read;
