import { isAbsolute } from 'node:path';
import { cancelled, FieldError, failureOf } from '../../../preload/contract/failure.ts';
import type { HqReceived, ReceivedBag } from '../../../preload/contract/supply/hq.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { telling } from '../supply/telling.ts';
import type { Clock, OnProgress } from '../../ports.ts';
import { openArchive } from './archive.ts';
import type { HqDeps } from './deps.ts';
import { identityFrom, signerFrom } from './keys.ts';
import { lookAt } from './look.ts';
import type { LookedAt } from './look.ts';
import { requireAddress } from './push-metrics.ts';
import { storeCopy } from './store-copy.ts';
import { notTaken, takeIn } from './take.ts';
import type { Taking } from './take.ts';

/** Copies of one bag, to be tried one after the other, in the place of its laptop's row. */
interface Job {
  readonly copies: readonly LookedAt[];
  readonly myTurn: Promise<void>;
  readonly done: () => void;
}

const worked = (thrown: unknown): FieldError =>
  thrown instanceof FieldError ? thrown : new FieldError(failureOf(thrown), { cause: thrown });

/** Runs all jobs, at most so many at once, and begins them in order. */
async function atMost<T>(most: number, jobs: readonly T[], run: (job: T) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) await run(job);
  };
  await Promise.all(Array.from({ length: Math.min(most, jobs.length) }, one));
}

/**
 * Bags of one laptop are begun and recorded in the order it wrote them, however they were named and whichever is opened
 * first: only then “late” means late, also when it is done once more after a crash.
 */
function jobsOf(looked: readonly LookedAt[]): readonly Job[] {
  const byContent = Map.groupBy(looked, each => each.tagmanifestSha256);
  const before = new Map<string, Promise<void>>();
  return [...byContent.values()]
    .toSorted((a, b) => (a[0]?.facts.counter ?? 0) - (b[0]?.facts.counter ?? 0))
    .map(copies => {
      const laptop = copies[0]?.facts.laptop ?? '';
      const { promise, resolve } = Promise.withResolvers<void>();
      const myTurn = before.get(laptop) ?? Promise.resolve();
      before.set(laptop, promise);
      return { copies, myTurn, done: resolve };
    });
}

/** Bags that call themselves ours, by the path they were named by; the others are told at once. */
async function lookedAt(
  { files, world }: HqDeps,
  paths: readonly string[],
  tell: (path: string, bag: ReceivedBag) => void,
): Promise<ReadonlyMap<string, LookedAt>> {
  const found = new Map<string, LookedAt>();
  for (const path of paths)
    try {
      found.set(path, await lookAt(files, path, world));
    } catch (thrown) {
      tell(path, notTaken(path, worked(thrown)));
    }
  return found;
}

/** Adds up how far the bags are that are being taken in. */
function together(bags: readonly LookedAt[], clock: Clock, progress: OnProgress) {
  const tell = telling(`Receiving ${bags.length === 1 ? '1 bag' : `${bags.length} bags`}`, clock, progress);
  // Each is copied once and opened once.
  const total = bags.reduce((sum, each) => sum + 2 * each.bytes, 0);
  const done = new Map<LookedAt, number>();
  return (bag: LookedAt, bytes: number): void => {
    done.set(bag, Math.min(bytes, 2 * bag.bytes));
    tell(
      [...done.values()].reduce((sum, each) => sum + each, 0),
      total,
    );
  };
}

/** Takes in bags, several at once. One that is refused stops none of the others. */
export const receive =
  (deps: HqDeps): CallHandlers['hq.receive'] =>
  async (
    { bags, identity, signKey, to, atOnce = 2, copy, push },
    { signal, progress },
  ): Promise<HqReceived> => {
    const { files, clock } = deps;
    for (const path of [...bags, identity, signKey, to, ...(copy ? [copy.credentials] : [])])
      requireWhole(path);
    requireAddress(push);
    const given = {
      push,
      identity: await identityFrom(files, identity),
      signer: await signerFrom(files, signKey),
      copy: copy && (await storeCopy(deps, copy)),
    };
    const archive = await openArchive(deps, to);
    try {
      const paths = [...new Set(bags)];
      const results = new Map<string, ReceivedBag>();
      const found = await lookedAt(deps, paths, (path, bag) => results.set(path, bag));
      const tell = together([...found.values()], clock, progress);
      await atMost(atOnce, jobsOf([...found.values()]), async ({ copies, myTurn, done }) => {
        for (const looked of copies) {
          const onProgress = (bytes: number): void => tell(looked, bytes);
          const bag = await oneOf({ ...deps, ...given, archive, signal, myTurn, onProgress }, looked);
          for (const [path, each] of found) if (each === looked) results.set(path, { ...bag, bag: path });
        }
        done();
      });
      if (signal.aborted) throw cancelled('Receiving');
      return summed(
        paths.flatMap(path => results.get(path) ?? []),
        archive.index.warnings,
      );
    } finally {
      archive.close();
    }
  };

/** A stop is told once for all; everything else is the trouble of this bag alone. */
async function oneOf(taking: Taking, looked: LookedAt): Promise<ReceivedBag> {
  try {
    taking.signal.throwIfAborted();
    return await takeIn(taking, looked);
  } catch (thrown) {
    return notTaken(looked.folder, worked(thrown), looked);
  }
}

const taken: ReadonlySet<ReceivedBag['is']> = new Set(['received', 'again', 'not-restorable']);

const summed = (bags: readonly ReceivedBag[], warnings: readonly string[]): HqReceived => {
  const received = bags.filter(each => taken.has(each.is)).length;
  return { bags, received, refused: bags.length - received, warnings };
};

export function requireWhole(path: string): void {
  if (isAbsolute(path)) return;
  throw new FieldError({
    code: 'bad-ask',
    says: 'Files and folders are named by their full path here.',
    about: path,
    untouched: 'Nothing was done.',
    next: 'Name it from the root.',
  });
}
