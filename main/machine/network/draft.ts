import type { Talk } from '../../core/lan/sighting.ts';

/** What was learned so far; kept when the time is up in the middle of it. */
export type Draft = { -readonly [K in keyof Talk]: Talk[K] };

/** Resolves when the signal fires; `forget` when nobody waits any more. */
export function fired(signal: AbortSignal): { readonly at: Promise<void>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', stop, { once: true });
  return { at: promise, forget: () => signal.removeEventListener('abort', stop) };
}
