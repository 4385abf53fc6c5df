import { script } from '../../../core/sh.ts';
import type { Look } from '../book.ts';
import { notSo, so } from '../book.ts';
import { nodeFolder } from '../job.ts';

/** Where a run notes on the node, in memory, what it has done: for work whose result cannot be seen afterwards. */
export const noteOf = (run: string, step: string): string => `${nodeFolder}/${run}/${step}.done`;

const readScript = `# did this run do it already?
[ -e "$1" ] && echo done
exit 0`;

/** Was a step done by this run? Its note on the node tells, or the journal when the note was tidied away or lost in a reboot. */
export function doneOnce(run: string, step: string, saw: string): Look {
  const command = script(readScript, noteOf(run, step));
  return {
    shows: [{ text: command.text, as: 'root' }],
    look: async (hands, again) => {
      if (hands.didBefore(step)) return so(saw);
      const { stdout } = await hands.exec(command, { as: 'root', again, timeoutMs: 30_000 });
      return stdout.includes('done') ? so(saw) : notSo('not done yet');
    },
  };
}
