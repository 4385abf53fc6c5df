import { script } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Book, Step } from '../book.ts';
import { unlock } from '../lock.ts';

/** Only memory is touched: the disk may be full, read-only or dying. */
export const tidyMemory = (run: string): Sh =>
  script(
    String.raw`# take away what this run left in the node's memory
rm -rf "/run/coldstart/$1"
grep -qx "run=$1" /run/coldstart/lock/holder 2>/dev/null && rm -rf /run/coldstart/lock
rmdir /run/coldstart 2>/dev/null
exit 0`,
    run,
  );

const leftScript = String.raw`# is anything of this run left?
[ -e "/run/coldstart/$1" ] && echo "/run/coldstart/$1"
grep -qx "run=$1" /run/coldstart/lock/holder 2>/dev/null && echo the lock
exit 0`;

export const tidyMemoryStep = (run: string): Step => ({
  id: 'tidy',
  title: 'Leave the node clean',
  why: 'The reservation and what the run kept in memory are taken away.',
  weight: 1,
  changes: false,
  apply: [{ is: 'command', as: 'root', command: tidyMemory(run) }],
  verify: asking('root', script(leftScript, run), ({ stdout }) =>
    stdout.trim() === ''
      ? so('nothing of the runbook is left in the node’s memory')
      : notSo(`left: ${stdout.trim().split('\n').join(', ')}`),
  ),
});

/** What a book does when its run ends early: stopped on purpose, its memory is tidied; else only the node is given back. */
export const givesBack =
  (run: string): NonNullable<Book['release']> =>
  async (hands, why) => {
    await hands.exec(why === 'cancelled' ? tidyMemory(run) : unlock(run), { as: 'root', timeoutMs: 15_000 });
  };
