import type { CallHandlers, FeedHandlers, Handlers } from '../../main/bridge/handlers.ts';

const unanswered = (name: string) => (): never => {
  throw new Error(`this test does not answer ${name}`);
};

/** What a host answers in a test: these calls and feeds, and a bug for every other. */
export function answering(given: {
  readonly calls?: Partial<CallHandlers>;
  readonly feeds?: Partial<FeedHandlers>;
}): Handlers {
  const filled = <T extends object>(some: T): never =>
    new Proxy(some, { get: (all, name) => Reflect.get(all, name) ?? unanswered(String(name)) }) as never;
  return { calls: filled(given.calls ?? {}), feeds: filled(given.feeds ?? {}) };
}
