import type { PlanCommand, PlanStep, SiteNode } from '../../../preload/contract/domain.ts';
import type { FieldError } from '../../../preload/contract/failure.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import type { Judged, StepHead } from '../../core/runbook/step.ts';
import type { Secret } from '../../core/secret.ts';
import type { Sh } from '../../core/sh.ts';
import type { ExecOptions, Exit, Link } from '../../ports.ts';
import type { VaultFile } from '../bundles/bundles.ts';

export type As = 'login' | 'root';

export interface Asking extends Pick<ExecOptions, 'stdin' | 'timeoutMs' | 'keepBytes'> {
  readonly as: As;
  /** One of many equal looks: neither journaled nor shown. */
  readonly again?: boolean;
  /** Its answer is not for the terminal: too long, or shown in another form. */
  readonly hush?: boolean;
}

/** What a step works with. Everything sent through `exec` stands in the journal first and in the terminal. */
export interface Hands {
  readonly link: Link;
  readonly node: SiteNode;
  readonly run: RunId;
  readonly signal: AbortSignal;
  exec(command: Sh, asking: Asking): Promise<Exit>;
  /** A sentence for the journal and the terminal. */
  note(says: string): void;
  /** Text for the terminal alone, such as a service's log while waiting. */
  show(text: string): void;
  /** How much of the present step is done (0…1), and what is going on. */
  progress(done: number, what?: string): void;
  /** From now on this value is masked in terminal, journal and failures. */
  hide(secret: Secret): void;
  /** Whether this run changed the one step's matter after it last did the other's. */
  changedSince(step: string, since: string): boolean;
  /** Whether this run made a step so and saw that it held, in whichever sitting. */
  didBefore(step: string): boolean;
  /** Milliseconds that never jump back. */
  monotonic(): number;
  sleep(ms: number): Promise<void>;
}

/** A look at how things are: shown in the plan, decided by a pure judge. */
export interface Look {
  readonly shows: readonly PlanCommand[];
  look(hands: Hands, again: boolean): Promise<Judged>;
  /** What is not so yet may become so: look again until then. */
  readonly patience?: Patience;
}

export interface Patience {
  readonly everyMs: number;
  readonly forMs: number;
  /** What is waited for, for the progress line. */
  readonly what: string;
  /** Looked at while waiting; a sentence ends the waiting as a failure. */
  hopeless?(hands: Hands): Promise<string | undefined>;
}

/** One thing a step does. */
export type Action =
  | {
      readonly is: 'command';
      readonly as: As;
      readonly command: Sh;
      readonly timeoutMs?: number;
      /** What an exit status or an answer means: a sentence is a failure, a thrown FieldError a particular one. Default: anything but status 0 is a failure. */
      readonly fails?: (exit: Exit, hands: Hands) => string | undefined;
    }
  /** Work that must not die with the cable; `command` runs as root with its output in a log. */
  | {
      readonly is: 'job';
      readonly name: string;
      readonly command: Sh;
      readonly timeoutMs: number;
      /** What another status than 0 means, by the last of the log: a failure of its own, or none. */
      readonly fails?: (tail: string, hands: Hands) => FieldError | undefined;
      /** Sees each new piece of the log, for the progress. */
      readonly tells?: (log: string, hands: Hands) => void;
    }
  | {
      readonly is: 'write';
      readonly path: string;
      readonly mode: number;
      /** The content as the plan shows it, secrets masked. */
      readonly shown: string;
      content(hands: Hands): Secret | Uint8Array;
    }
  | {
      readonly is: 'upload';
      readonly file: VaultFile;
      readonly path: string;
      readonly mode: number;
      /** Where a later action puts it, and with which rights: a file that lies there already is not sent. */
      readonly endsAt?: { readonly path: string; readonly mode: number };
      /** A step before it took the file off a stick: nothing is sent, only looked for. */
      readonly byStick?: boolean;
    }
  /** Something on the laptop, or a read whose answer may not be shown. Gives a sentence for the terminal. */
  | { readonly is: 'laptop'; readonly says: string; work(hands: Hands): Promise<string | undefined> };

export interface Step {
  readonly id: string;
  /** The node of the same site it works on, where that is not the run's own. Its id then ends in `@` and the name. */
  readonly on?: SiteNode;
  readonly title: string;
  /** One plain sentence for the technician. */
  readonly why: string;
  readonly weight: number;
  readonly mayLose?: string;
  /** False for steps that only look or tidy up; they never make a run a changing one. */
  readonly changes: boolean;
  /** Is it already so? Without one the step is done in every sitting. */
  readonly probe?: Look;
  readonly apply: readonly Action[];
  /** Is it so now? Nothing but this (or the probe) can make a step green. */
  readonly verify: Look;
}

/** A runbook made for one node: what is shown in the plan and walked through in a run. */
export interface Book {
  readonly title: string;
  readonly steps: readonly Step[];
  readonly warnings: readonly string[];
  /** Done when a run ends before its last step: gives back the lock and, when it was stopped on purpose, tidies up. */
  release?(hands: Hands, why: 'failed' | 'cancelled'): Promise<void>;
  /** What to do after a failure. */
  readonly afterFailure?: string;
}

export const headOf = ({ id, title, why, weight, changes }: Step): StepHead => ({
  id,
  title,
  why,
  weight,
  changes,
});

/**
 * The same step on another node. What it asks of itself (`didBefore`, `changedSince`, notes on the node) is then about
 * that node too.
 */
export const onNode = (node: SiteNode, step: Step): Step => ({
  ...step,
  id: `${step.id}@${node.name}`,
  on: node,
});

/** The other nodes a book works on, each once. */
export const othersOf = ({ steps }: Pick<Book, 'steps'>): readonly SiteNode[] => [
  ...new Map(steps.flatMap(({ on }) => (on ? [[on.id, on] as const] : []))).values(),
];

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

function shownOf(action: Action): PlanCommand {
  switch (action.is) {
    case 'command':
      return { text: action.command.text, as: action.as, phase: 'change' };
    case 'job':
      return {
        text: `${action.command.text}\n# runs detached; its log and status lie in /run/coldstart/RUN-ID/${action.name}.1`,
        as: 'root',
        phase: 'change',
      };
    case 'write':
      return {
        text: `write ${action.path} (root:root, ${octal(action.mode)}):\n${action.shown}`,
        as: 'root',
        phase: 'change',
      };
    case 'upload':
      if (action.byStick === true)
        return {
          text: `look for ${action.file.name} (SHA-256 ${action.file.sha256}) at ${action.path}, where it came by stick`,
          as: 'root',
          phase: 'change',
        };
      return {
        text: `upload ${action.file.name} (${action.file.bytes} bytes, SHA-256 ${action.file.sha256}) to ${action.path}`,
        as: 'login',
        phase: 'change',
      };
    case 'laptop':
      return { text: action.says, as: 'laptop', phase: 'change' };
    default:
      return action satisfies never;
  }
}

/** A step as the plan shows it: looks, changes and checks with their exact commands. */
export const planStepOf = (step: Step): PlanStep => ({
  id: step.id,
  title: step.title,
  why: step.why,
  weight: step.weight,
  commands: [
    ...(step.probe?.shows ?? []).map(one => ({ ...one, phase: 'look' as const })),
    ...step.apply.map(shownOf),
    ...step.verify.shows.map(one => ({ ...one, phase: 'check' as const })),
  ].map(one => ({ ...one, ...(step.on && one.as !== 'laptop' && { node: step.on.name }) })),
  ...(step.mayLose !== undefined && { mayLose: step.mayLose }),
});

/** A look by one command. */
export const asking = (
  as: As,
  command: Sh,
  judge: (exit: Exit) => Judged,
  more: {
    readonly patience?: Patience;
    readonly timeoutMs?: number;
    readonly hush?: boolean;
    readonly keepBytes?: number;
  } = {},
): Look => {
  const { patience, ...rest } = more;
  return {
    shows: [{ text: command.text, as }],
    look: async (hands, again) => judge(await hands.exec(command, { as, timeoutMs: 60_000, again, ...rest })),
    ...(patience && { patience }),
  };
};

/** A look at what the laptop knows, or at something on the node whose answer may not be shown. */
export const looking = (says: string, look: (hands: Hands) => Judged | Promise<Judged>): Look => ({
  shows: [{ text: says, as: 'laptop' }],
  look: async hands => await look(hands),
});

export const so = (saw: string): Judged => ({ is: 'so', saw });
export const notSo = (saw: string): Judged => ({ is: 'not-so', saw });

/** The last lines of what a command said, for a failure. */
export const tailOf = (exit: Pick<Exit, 'stdout' | 'stderr'>, lines = 3): string =>
  `${exit.stdout}\n${exit.stderr}`
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .slice(-lines)
    .join(' · ')
    .slice(0, 600);
