import type { PlanCommand } from '../../../preload/contract/domain.ts';
import type { Scrubber } from '../../core/scrub.ts';
import type { RunTerminal } from './terminal.ts';

/** What a run's terminal shows: who acts, what is sent, what is answered; secrets masked, lines ended for xterm. */
export interface Console {
  step(nth: number, of: number, title: string): void;
  /** `command` as it is sent, with the prompt of whoever runs it; `on` names the node where it is not the run's own. */
  sent(as: PlanCommand['as'], command: string, on?: string): void;
  /** A sentence of Coldstart itself. */
  note(says: string): void;
  /** Output of one command; call `end` when the command ended, so that held-back bytes appear. */
  output(): { take(bytes: Uint8Array): Promise<void> | void; end(): void };
}

const mostLines = 14;
/** Long scripts stand in the plan; the terminal shows how they begin. */
function shortened(command: string): string {
  const lines = command.split('\n');
  return lines.length <= mostLines
    ? command
    : `${lines.slice(0, 3).join('\n')}\n… (${lines.length} lines, in full in the plan and the journal)`;
}

const withReturns = (text: string): string => text.replaceAll(/\r?\n/g, '\r\n');
const prompts = {
  root: '\u001b[31m#\u001b[0m',
  login: '\u001b[32m$\u001b[0m',
  laptop: '\u001b[36mlaptop>\u001b[0m',
} as const;

export function consoleOf(terminal: RunTerminal, scrub: Scrubber): Console {
  const say = (text: string): void => {
    void terminal.write(Buffer.from(withReturns(scrub.text(text))));
  };
  return {
    step: (nth, of, title) => {
      say(`\n\u001b[1m── ${nth}/${of} · ${title}\u001b[0m\n`);
    },
    sent: (as, command, on) => {
      const where = on === undefined || as === 'laptop' ? '' : `\u001b[35m${on}\u001b[0m `;
      say(`${where}${prompts[as]} ${shortened(command)}\n`);
    },
    note: says => {
      // Grey, not dim: a dim text is drawn with half its contrast and cannot be read in sunlight.
      say(`\u001b[90m${says}\u001b[0m\n`);
    },
    output() {
      const stream = scrub.stream();
      let last = 10;
      const show = (bytes: Uint8Array): Promise<void> | void => {
        if (bytes.length === 0) return undefined;
        const text = Buffer.from(bytes)
          .toString('latin1')
          .replaceAll(/(?<!\r)\n/g, '\r\n');
        last = bytes.at(-1) ?? last;
        return terminal.write(Buffer.from(text, 'latin1'));
      };
      return {
        take: bytes => show(stream.push(bytes)),
        end() {
          void show(stream.flush());
          if (last !== 10) say('\n');
        },
      };
    },
  };
}
