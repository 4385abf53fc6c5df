import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { weightOfBytes } from '../../../core/runbook/weights.ts';
import { script } from '../../../core/sh.ts';
import type { MeasuredKine } from '../../../ports.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { holdsFile, place, prepareStage, stage } from '../install-single/deliver.ts';
import { markerPath } from '../remedies/etcd-aside.ts';

const db = `${dataFolder}/server/db`;

/** The old database and what SQLite keeps beside it go together: a log of another database would spoil the new one. */
const moveScript = String.raw`# move the database aside, only while K3s cannot start by itself
[ -e "$3" ] || { echo 'the mark is missing' >&2; exit 1; }
if [ "$1" = systemd ]; then case $(systemctl is-active "$2" 2>/dev/null) in inactive | failed | unknown) ;; *) echo 'K3s runs' >&2; exit 1 ;; esac
else rc-service "$2" status >/dev/null 2>&1 && { echo 'K3s runs' >&2; exit 1; }; fi
mkdir -p "$5" && chmod 0700 "$5" || exit 1
for f in state.db state.db-wal state.db-shm; do [ ! -e "$4/$f" ] || mv "$4/$f" "$5/$f" || exit 1; done
: >"$5/moved" && sync`;

const movedScript = String.raw`# was it moved aside?
[ -e "$1/moved" ] && echo moved; exit 0`;

/** Renames the database that is there, once a run. */
export function asideSqliteStep({ init, unit }: Base, run: string): Step {
  const aside = `${db}/sqlite-aside-${run.slice(0, 8)}`;
  const moved: Look = asking('root', script(movedScript, aside), ({ stdout }) =>
    stdout.includes('moved') ? so(`the old database lies in ${aside}`) : notSo('not moved yet'),
  );
  return {
    id: 'move',
    title: 'Move the database aside',
    why: `It is renamed into ${aside}, and can be renamed back.`,
    weight: 2,
    changes: true,
    mayLose: 'What was written since the copy is in the database that is moved aside, and nowhere else.',
    probe: moved,
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script(moveScript, init, unit, markerPath, db, aside),
        timeoutMs: 120_000,
      },
    ],
    verify: moved,
  };
}

/** One file of the copy goes to where K3s looks for it; its hash is compared on both ends. */
export function bringSqliteStep(
  file: MeasuredKine['files'][number],
  login: { readonly uid: number; readonly gid: number },
): Step {
  const to = `${db}/${file.name}`;
  const there = holdsFile(to, file.sha256, '-rw-------');
  return {
    id: `bring-${file.name}`,
    title: `Bring ${file.name}`,
    why: 'It takes the place of the one that was moved aside; its SHA-256 is compared on both ends.',
    weight: 2 + weightOfBytes(file.bytes),
    changes: true,
    probe: there,
    apply: [
      prepareStage(login),
      { is: 'upload', file, path: `${stage}/${file.name}`, mode: 0o600 },
      place(file, to, `${to}.part`, '0600'),
    ],
    verify: there,
  };
}

const goneScript = `# take the empty folder of the files that came away
rmdir "$1" 2>/dev/null; exit 0`;
const isGoneScript = `# is it gone?
[ -e "$1" ] || echo gone; exit 0`;

/** The folder the files came through is empty by now. */
export const stageGoneStep: Step = {
  id: 'clear',
  title: 'Take the folder of what was brought away',
  why: 'The files lie where K3s looks for them; nothing else of the run stays on the disk.',
  weight: 1,
  changes: false,
  apply: [{ is: 'command', as: 'root', command: script(goneScript, stage) }],
  verify: asking('root', script(isGoneScript, stage), ({ stdout }) =>
    stdout.includes('gone') ? so('it is gone') : notSo('it is still there, and not empty'),
  ),
};
