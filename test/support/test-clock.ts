import type { Clock } from '../../main/ports.ts';

/** A clock that stands still until it is told to move on; sleepers wake in order. */
export interface TestClock extends Clock {
  /** Moves time on and lets everything that waited for it run. */
  pass(ms: number): Promise<void>;
  readonly sleeping: number;
}

export function testClock(start = new Date('2026-11-22T12:00:00Z')): TestClock {
  let passed = 0;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  return {
    now: () => new Date(start.getTime() + passed),
    monotonic: () => passed,
    get sleeping() {
      return sleepers.size;
    },
    sleep: (ms, signal) =>
      new Promise((done, failed) => {
        if (signal?.aborted) {
          failed(signal.reason as Error);
          return;
        }
        const sleeper = { at: passed + ms, wake: done };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          failed(signal.reason as Error);
        });
      }),
    async pass(ms) {
      passed += ms;
      const due = [...sleepers].filter(one => one.at <= passed).sort((a, b) => a.at - b.at);
      for (const sleeper of due) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      await new Promise(done => setImmediate(done));
    },
  };
}
