import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../../core/runbook/preflight/disk.ts';
import { changedLines } from '../../../../core/runbook/remedies/diff.ts';
import { withoutKey } from '../../../../core/runbook/remedies/join-config.ts';
import { restoreFailure } from '../../../../core/runbook/restore/failures.ts';
import { script } from '../../../../core/sh.ts';
import { asking, notSo, so } from '../../book.ts';
import type { Look, Step } from '../../book.ts';
import { configPath } from '../../install-single/ground.ts';
import { secretEditStep } from '../../remedies/backup.ts';
import type { RemedyParts } from '../../remedies/frame.ts';
import type { Standing } from './look.ts';

const db = `${dataFolder}/server/db`;

/**
 * Notes on the disk that it began and that it is done, so that it is done once though the machine loses power in the
 * middle. With a snapshot it may be done over: what lay there before stays under `etcd-old-…`. Without one K3s refuses
 * while its own flag of the first time is there, and then it is done. Newer releases say that they are done as an error,
 * so the words and the flag count, never the level.
 */
const resetScript = String.raw`# make this server the only member of its cluster
path=$1 db=$2 run=$3 s3=$4
note=$db/coldstart-reset-$run log=/run/coldstart/reset-$run.log
[ ! -e "$note.done" ] || { echo 'this run has done it before'; exit 0; }
finish() { mv "$note" "$note.done" && sync; }
if [ -z "$path" ] && [ -e "$note" ] && [ -e "$db/reset-flag" ]; then echo 'it was done when the power went'; finish; exit $?; fi
if [ ! -e "$note" ]; then
  [ ! -e "$db/reset-flag" ] || mv "$db/reset-flag" "$db/reset-flag.before-$run" || exit 1
  : >"$note" && sync || exit 1
fi
trap 'rm -f "$log"' EXIT
set -- server --cluster-reset
[ -z "$path" ] || set -- "$@" "--cluster-reset-restore-path=$path"
[ "$s3" != yes ] || set -- "$@" --etcd-s3=false
{ /usr/local/bin/k3s "$@" 2>&1; echo "status=$?"; } | tee "$log"
grep -q 'Managed etcd cluster membership has been reset' "$log" || { grep -q '^status=0$' "$log" && [ -e "$db/reset-flag" ]; } || exit 1
finish`;

const doneScript = String.raw`# did this run reset it?
[ -e "$1/coldstart-reset-$2.done" ] && echo done
for p in "$1"/etcd-old-*; do [ -d "$p" ] && echo "old=$p"; done
exit 0`;

/** What was seen to be done stays done, though its note on the node was taken away since. */
const wasReset = (run: string): Look => {
  const reset = isReset(run);
  return {
    shows: reset.shows,
    look: async (hands, again) => {
      const judged = await reset.look(hands, again);
      return judged.is === 'so' || !hands.didBefore('reset') ? judged : so('this run has done it before');
    },
  };
};

const isReset = (run: string): Look =>
  asking('root', script(doneScript, db, run.slice(0, 8)), ({ stdout }) => {
    const old = [...stdout.matchAll(/^old=(.+)$/gm)].map(([, path]) => path).at(-1);
    return /^done$/m.test(stdout)
      ? so(
          old === undefined
            ? 'it is the only member of its cluster'
            : `it is the only member of its cluster; the old data lie in ${old}`,
        )
      : notSo('not done in this run yet');
  });

export interface Reset {
  readonly node: SiteNode;
  readonly standing: Standing;
  readonly run: RunId;
  /** The snapshot on the node, by its full path; without one the data that are there are kept. */
  readonly snapshot?: string;
}

/** Settings that neither join a server nor reset one. */
export const asFirstServer = (text: string): string =>
  withoutKey(withoutKey(withoutKey(text, 'server'), 'cluster-reset'), 'cluster-reset-restore-path');

/** K3s refuses a reset while it is told to join a server; this server is the first one now. */
export const firstServerStep = (parts: RemedyParts, { node, standing, run }: Reset): Step => {
  return secretEditStep(
    parts,
    { node, run },
    {
      path: configPath,
      mode: 0o600,
      beforeHash: standing.configHash,
      shown: changedLines(standing.masked, asFirstServer(standing.masked)),
      done: text => asFirstServer(text) === text,
      change: asFirstServer,
    },
    {
      id: 'first',
      title: `Make ${node.name} the first server`,
      why: 'K3s refuses a reset while its settings tell it to join another server.',
    },
  );
};

const resetFailed = (log: string, about: string): FieldError | undefined => {
  const failure = restoreFailure(log);
  return (
    failure &&
    new FieldError({
      code: 'step-failed',
      says: failure.says,
      about,
      untouched:
        'The old data are where they were, or beside it under a name with etcd-old; nothing was deleted.',
      next: failure.next,
    })
  );
};

/** The point of no return: runs detached, so that a pulled cable does not end it. */
export function resetStep({ node, standing, run, snapshot }: Reset): Step {
  return {
    id: 'reset',
    title: snapshot === undefined ? `Reset etcd on ${node.name}` : `Restore the snapshot on ${node.name}`,
    why:
      snapshot === undefined
        ? 'K3s makes this server the only member of its cluster, with the data it has.'
        : 'K3s moves the old data aside and puts the snapshot in their place, with this server as the only member.',
    weight: 20,
    changes: true,
    mayLose:
      snapshot === undefined
        ? 'What was written last and had not reached this server.'
        : 'What the cluster wrote after the snapshot. It stays in the old data, which are moved aside.',
    probe: wasReset(run),
    apply: [
      {
        is: 'job',
        name: 'reset',
        command: script(resetScript, snapshot ?? '', db, run.slice(0, 8), standing.s3 ? 'yes' : 'no'),
        timeoutMs: 10 * 60_000,
        fails: (tail, hands) => resetFailed(tail, hands.node.name),
      },
    ],
    verify: isReset(run),
  };
}

const forgetScript = String.raw`# take away the note that it was reset by this run
rm -f "$1/coldstart-reset-$2.done"; exit 0`;
const forgottenScript = String.raw`# is the note gone?
[ -e "$1/coldstart-reset-$2.done" ] || echo gone; exit 0`;

/** Last of all: until then the note keeps a second reset from happening. */
export const forgetResetStep = (run: RunId): Step => ({
  id: 'forget',
  title: 'Take the note of the reset away',
  why: 'It kept the reset from being done twice; now nothing needs it any more.',
  weight: 1,
  changes: false,
  apply: [{ is: 'command', as: 'root', command: script(forgetScript, db, run.slice(0, 8)) }],
  verify: asking('root', script(forgottenScript, db, run.slice(0, 8)), ({ stdout }) =>
    stdout.includes('gone') ? so('the note is gone') : notSo('the note is still there'),
  ),
});

/** Waits as the step does; when K3s keeps dying, what its log says is explained. */
export const explained = (step: Step): Step => {
  const { patience } = step.verify;
  if (!patience?.hopeless) return step;
  return {
    ...step,
    verify: {
      ...step.verify,
      patience: {
        ...patience,
        hopeless: async hands => {
          const says = await patience.hopeless?.(hands);
          const failure = says === undefined ? undefined : restoreFailure(says);
          return failure ? `${failure.says} ${failure.next} (${says ?? ''})` : says;
        },
      },
    },
  };
};
