import { join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CapacityCheck } from '../../../preload/contract/supply/sticks.ts';
import { pace } from '../../core/pace.ts';
import type { Chance, Clock, Files, OnProgress, Work } from '../../ports.ts';

export interface CapacityDeps {
  readonly files: Files;
  readonly work: Work;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Left behind only by a laptop that went off meanwhile; the next check takes it away first. */
const folderName = 'coldstart-check';
/** Small enough for FAT, and for telling where a stick begins to lie. */
const fileBytes = 256 * 2 ** 20;

const gib = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.floor(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/**
 * Whether a stick really keeps what its free space promises: fills it with noise, reads all of it back past the laptop's
 * memory, compares, and takes it away again. What lies on the stick is not touched; a stick that lies may have lost it
 * before. Throws `not-writable`, `gone-away`, `refused` where no medium can be read back.
 */
export async function checkCapacity(
  { files, work, clock, chance }: CapacityDeps,
  path: string,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: OnProgress },
): Promise<CapacityCheck> {
  const folder = join(path, folderName);
  if (await files.stat(folder)) await files.remove(folder);
  const { free } = await files.space(path);
  const measured = pace(() => clock.monotonic());
  // Everything is written once and read once.
  const tell = (what: string, done: number): void => {
    const remainingSeconds = measured.remaining(done, 2 * free);
    progress({
      what,
      done,
      total: 2 * free,
      unit: 'bytes',
      ...(remainingSeconds !== undefined && { remainingSeconds }),
    });
  };
  await files.makeFolder(folder);
  try {
    const filled: { readonly path: string; readonly bytes: number; readonly sha256: string }[] = [];
    let written = 0;
    for (let left = free; left > 0;) {
      const to = join(folder, `${filled.length}.noise`);
      const before = written;
      const wanted = Math.min(left, fileBytes);
      const one = await work.fill(to, wanted, chance.bytes(32), {
        signal,
        onProgress: done => tell('Filling the stick', before + done),
      });
      filled.push({ path: to, ...one });
      written += one.bytes;
      left = one.bytes < wanted ? 0 : free - written;
    }
    await files.syncFolder(folder);
    const back = await work.readBack(
      filled.map(each => each.path),
      { signal, sha512: false, onProgress: done => tell('Reading it back', written + done) },
    );
    if (back.reached !== 'from-medium') throw notReached(path);
    const wrong = filled.findIndex((each, i) => back.files[i]?.sha256 !== each.sha256);
    const keeps = filled.slice(0, Math.max(0, wrong)).reduce((sum, each) => sum + each.bytes, 0);
    return wrong < 0
      ? {
          holds: true,
          bytes: written,
          keeps: written,
          says: `All of ${gib(written)} came back as it was written.`,
        }
      : {
          holds: false,
          bytes: written,
          keeps,
          says: `Of ${gib(written)} that were written, what lies behind the first ${gib(keeps)} came back changed. This stick does not hold what it claims, or it is dying.`,
          next: 'Use another stick. Do not trust what lies on this one.',
        };
  } finally {
    await files.remove(folder);
  }
}

const notReached = (path: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'Here it cannot be proven that the stick itself is read, and not this laptop’s memory.',
    about: path,
    untouched: 'What was written for the check was taken away again.',
    next: 'Check the stick on a laptop with Linux, mounted as a device of its own.',
  });
