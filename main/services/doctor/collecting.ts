import { constants, gunzipSync } from 'node:zlib';
import { FieldError } from '../../../preload/contract/failure.ts';
import { answersOf } from '../../core/doctor/collect/answers.ts';
import type { Answer } from '../../core/doctor/collect/answers.ts';
import { chapterCommand, longest } from '../../core/doctor/collect/command.ts';
import type { Chapter } from '../../core/doctor/collect/item.ts';
import { Kept } from '../../core/kept.ts';
import type { Clock, Link } from '../../ports.ts';

/** A chapter's answers, and the laptop's clock before and after it was asked. */
export interface Asked {
  readonly answers: readonly Answer[];
  readonly before: number;
  readonly after: number;
}

/** All that one chapter may say; what its items keep is well below. */
const most = 4 * 1024 * 1024;
/** A slow line brings a chapter's packed answers within so many milliseconds more. */
const lineMs = 90_000;

/** The right to look as root, where there is one; without it much stays unseen, and is said to be. */
export async function rightOf(link: Link, signal: AbortSignal): Promise<'root' | 'login'> {
  try {
    return (await link.sudo(signal)) === 'none' ? 'login' : 'root';
  } catch (thrown) {
    // a password that is not known yet can be asked for; one that is refused cannot
    if (thrown instanceof FieldError && thrown.failure.code === 'sudo-refused') return 'login';
    throw thrown;
  }
}

function unpacked(said: string): string {
  const at = said.indexOf('@packed');
  if (at < 0) return said;
  const packed = Buffer.from(said.slice(at + '@packed'.length), 'base64');
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 4 * most }).toString();
  } catch {
    // Broken off before the first block was whole: then nothing was said.
    return '';
  }
}

/** Asks one chapter. A chapter that does not end in its time gives what it had said until then. */
export async function ask(
  link: Link,
  chapter: Chapter,
  as: 'root' | 'login',
  clock: Clock,
  signal: AbortSignal,
): Promise<Asked> {
  const slow = link.kind === 'serial';
  const heard = new Kept(most);
  const before = clock.now().getTime();
  const said = await link
    .exec(chapterCommand(chapter, { packed: slow }), {
      signal,
      as,
      timeoutMs: longest(chapter) * 1000 + (slow ? lineMs : 0),
      keepBytes: most,
      onOutput: (stream, bytes) => {
        if (stream === 'stdout') heard.take(bytes);
      },
    })
    .then(
      ({ stdout }) => stdout,
      (thrown: unknown) => {
        if (thrown instanceof FieldError && thrown.failure.code === 'timed-out') return heard.text();
        throw thrown;
      },
    );
  return { answers: answersOf(chapter, unpacked(said)), before, after: clock.now().getTime() };
}
