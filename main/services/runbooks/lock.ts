import { FieldError } from '../../../preload/contract/failure.ts';
import { script } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import { asking, notSo, so } from './book.ts';
import type { Hands, Look, Step } from './book.ts';

/**
 * One operator at a time: a folder made on the node, which only one can make. It lies in memory, so a restart clears it.
 * Fails and says who holds it, or `work=…` for a piece of work of another run that is still going on.
 */
const lockScript = String.raw`# take the lock, or say who holds it
mkdir -p /run/coldstart && chmod 0755 /run/coldstart || exit 1
if mkdir /run/coldstart/lock 2>/dev/null; then
  printf 'run=%s\nowner=%s\nsince=%s\n' "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >/run/coldstart/lock/holder
else cat /run/coldstart/lock/holder 2>/dev/null; exit 1; fi
for j in /run/coldstart/*/*; do
  case $j in "/run/coldstart/$1/"*) continue ;; esac
  [ -d "$j/claim" ] && [ ! -f "$j/status" ] || continue
  p=$(cat "$j/pid" 2>/dev/null) && kill -0 "$p" 2>/dev/null || continue
  rm -rf /run/coldstart/lock; echo "work=$j"; exit 1
done
exit 0`;

const readScript = `# who holds the lock?
cat /run/coldstart/lock/holder 2>/dev/null; exit 0`;

/** Gives back the lock if this run holds it. */
const unlockScript = String.raw`# give back the lock, if it is this one
grep -qx "run=$1" /run/coldstart/lock/holder 2>/dev/null && rm -rf /run/coldstart/lock
exit 0`;

export interface Holder {
  readonly run: string;
  readonly owner: string;
  readonly since: string;
}

/** Reads the lines of the lock's file; undefined when nobody holds it. */
export function holderIn(text: string): Holder | undefined {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return field('run') === ''
    ? undefined
    : { run: field('run'), owner: field('owner'), since: field('since') };
}

/** Whose lock it is: one of this laptop's runs that ended, one that is going on, or somebody else's. */
export type Whose = (run: string) => 'ours' | 'ours-running' | 'foreign';

const heldBy = (about: string, { owner, since, run }: Holder): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: `${owner || 'Somebody'} is working on this node since ${since || 'some time'}.`,
    about,
    untouched: 'Nothing was changed on the node.',
    next: 'Ask them. If nobody is there any more, begin again and take over by repeating the run’s id, or restart the node: the lock goes with it.',
    facts: { holder: owner, run, since },
  });

const stillWorking = (about: string, work: string): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: `Work of an earlier run is still going on here (${work}).`,
    about,
    untouched: 'It was left alone, and nothing was begun.',
    next: 'Continue that run, or wait until it is done.',
  });

const mine = (run: string): Look =>
  asking('root', script(readScript), exit => {
    const holder = holderIn(exit.stdout);
    return holder?.run === run
      ? so(`held by this run since ${holder.since}`)
      : notSo(holder ? `held by ${holder.owner}` : 'nobody holds it');
  });

/** Takes the lock for a run; `owner` is whom a second laptop would be told. */
export const takeLock = (run: string, owner: string): Sh => script(lockScript, run, owner);
export const unlock = (run: string): Sh => script(unlockScript, run);

/** Gives back a lock that may be taken over: left by a run of this laptop that ended, or named by the technician. */
async function clearOld(
  hands: Hands,
  whose: Whose,
  takeOver: string | undefined,
): Promise<string | undefined> {
  const holder = holderIn((await hands.exec(script(readScript), { as: 'root' })).stdout);
  if (!holder || holder.run === hands.run) return undefined;
  const by = whose(holder.run);
  if (by !== 'ours' && (by === 'ours-running' || takeOver !== holder.run))
    throw heldBy(hands.node.name, holder);
  await hands.exec(unlock(holder.run), { as: 'root' });
  return by === 'ours'
    ? `The lock was left by an earlier run of this laptop (${holder.run}); it was given back.`
    : `The lock of ${holder.owner} (run ${holder.run}, since ${holder.since}) was taken over because the technician said so.`;
}

/** The step that takes the lock. */
export function lockStep(run: string, owner: string, whose: Whose, takeOver: string | undefined): Step {
  return {
    id: 'lock',
    title: 'Reserve the node',
    why: 'A note in the node’s memory keeps a second laptop from working on it at the same time.',
    weight: 1,
    changes: false,
    probe: mine(run),
    apply: [
      {
        is: 'laptop',
        says: 'look who holds /run/coldstart/lock; give it back if it is of a run of this laptop that ended, or the one to be taken over',
        work: hands => clearOld(hands, whose, takeOver),
      },
      {
        is: 'command',
        as: 'root',
        command: takeLock(run, owner),
        fails: ({ code, stdout, stderr }, { node }) => {
          if (code === 0) return undefined;
          const work = /^work=(.+)$/m.exec(stdout)?.[1];
          if (work !== undefined) throw stillWorking(node.name, work);
          const holder = holderIn(stdout);
          if (holder) throw heldBy(node.name, holder);
          return `The lock could not be taken: ${stderr.trim() || 'somebody is just taking it'}.`;
        },
      },
    ],
    verify: mine(run),
  };
}
