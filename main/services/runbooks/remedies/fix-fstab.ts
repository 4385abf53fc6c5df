import { FieldError } from '../../../../preload/contract/failure.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import { changedLines } from '../../../core/runbook/remedies/diff.ts';
import { fstabLines, isRoot, mayBeMissing, mended } from '../../../core/runbook/remedies/fstab.ts';
import type { FstabFix, FstabLine } from '../../../core/runbook/remedies/fstab.ts';
import { script, sh } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { editStep, writable } from './backup.ts';
import { failingDisk, refused, remedyKind } from './frame.ts';
import type { Looker, Of, RemedyParts } from './frame.ts';
import { saying } from './look.ts';

const path = '/etc/fstab';

/** What keeps this machine from booting: `fs=<line> <state>` for each entry, and how the system stands. */
const lookScript = `# which lines of fstab keep this machine from booting?
${saying}${String.raw`[ -d /run/systemd/system ] && say init systemd
say running "$(systemctl is-system-running 2>/dev/null)"
for u in emergency rescue; do [ "$(systemctl is-active $u.target 2>/dev/null)" = active ] && say stuck "$u"; done
systemctl list-units --state=failed --no-legend --plain --no-pager 2>/dev/null | head -n 50 | each failed
t=/etc/.coldstart-write-test; if (: >"$t") 2>/dev/null; then rm -f "$t"; say root yes; else say root no; fi
dmesg 2>/dev/null | grep -i -E 'I/O error|EXT4-fs error|mmc[0-9]+: error' | tail -n 3 | each kernel.error
dev() {
  case $1 in
    'UUID='*) v=by-uuid ;; 'LABEL='*) v=by-label ;; 'PARTUUID='*) v=by-partuuid ;; 'PARTLABEL='*) v=by-partlabel ;;
    /dev/*) [ -e "$1" ]; return ;;
    *) return 2 ;;
  esac
  m=$(printf '%s' "$1" | cut -d = -f 2- | tr -d '"')
  [ -e "/dev/disk/$v/$m" ] && return 0
  has findfs && findfs "$(printf '%s' "$1" | tr -d '"')" >/dev/null 2>&1 && return 0
  return 1
}
n=0
while IFS= read -r l || [ -n "$l" ]; do
  n=$((n + 1)); set -f; set -- $l; set +f
  case $1 in ''|'#'*) continue ;; esac
  if grep -q " $2 " /proc/mounts 2>/dev/null; then s=mounted
  else dev "$1"; case $? in 0) s=there ;; 1) s=missing ;; *) s=other ;; esac; fi
  say fs "$n $s"
done </etc/fstab
say end 1`}`;

/** What was found. The fstab holds no secret; credentials of network shares lie in files of their own. */
interface Blocking extends FstabLine {
  readonly state: 'missing' | 'failed';
}
interface FstabGround {
  readonly fstab: string;
  readonly blocking: readonly Blocking[];
  readonly stuck: boolean;
  readonly readOnly: boolean;
}

/** The mount unit of a path, as systemd names it where nothing has to be escaped. */
const unitOf = (at: string): string => `${at.replace(/^\/+|\/+$/g, '').replaceAll('/', '-')}.mount`;

async function look(looker: Looker, _parts: RemedyParts): Promise<FstabGround> {
  const about = looker.node.name;
  const seen = facts((await looker.ask(script(lookScript))).stdout);
  if (seen.one('init') !== 'systemd')
    throw refused(
      about,
      'This machine does not run systemd: a missing disk does not stop its boot there.',
      'Look at the console for what it waits for.',
    );
  const fstab = await looker.read(path);
  if (fstab === undefined || !seen.whole)
    throw refused(about, `${path} could not be read.`, 'Look at it in the terminal.');
  const readOnly = seen.one('root') === 'no';
  const [error] = seen.all('kernel.error');
  if (readOnly && error !== undefined) throw failingDisk(about, error);
  const states = new Map(seen.all('fs').map(line => line.split(' ') as [string, string]));
  const failed = new Set(seen.all('failed').map(line => line.split(/\s+/)[0] ?? ''));
  const blocking = fstabLines(fstab).flatMap((line): Blocking[] => {
    if (mayBeMissing(line) || isRoot(line)) return [];
    if (states.get(String(line.nth)) === 'missing') return [{ ...line, state: 'missing' }];
    return failed.has(unitOf(line.at)) ? [{ ...line, state: 'failed' }] : [];
  });
  if (blocking.length === 0)
    throw refused(
      about,
      `No line of ${path} keeps this machine from booting: every disk it needs is there, or may be missing.`,
      'Let the doctor look at what else keeps the boot waiting.',
    );
  return { fstab, blocking, stuck: seen.all('stuck').length > 0, readOnly };
}

/** The lines to mend and the file after it. Throws `bad-ask` when none is chosen. */
function chosen({ ground, answers }: Of<FstabGround>): { after: string; lines: readonly FstabLine[] } {
  const lines = ground.blocking.filter(({ nth }) => answers.many('lines').includes(String(nth)));
  if (lines.length === 0)
    throw new FieldError({
      code: 'bad-ask',
      says: 'No line of fstab is chosen.',
      untouched: 'Nothing was changed on the node.',
      next: 'Choose at least one line to mend.',
    });
  const how = answers.text('how') as FstabFix;
  const after = lines.reduce((fstab, { nth }) => mended(fstab, nth, how) ?? fstab, ground.fstab);
  return { after, lines };
}

const remountStep: Step = {
  id: 'remount',
  title: 'Make the disk writable',
  why: 'A boot that stopped early leaves the root file system read-only.',
  weight: 1,
  changes: true,
  probe: writable('/etc'),
  apply: [{ is: 'command', as: 'root', command: sh`mount -o remount,rw /` }],
  verify: writable('/etc'),
};

const stuckScript = String.raw`# does the machine run, or does it wait for somebody?
for u in emergency rescue; do [ "$(systemctl is-active $u.target 2>/dev/null)" = active ] && echo "stuck=$u"; done
echo "running=$(systemctl is-system-running 2>/dev/null)"
echo "target=$(systemctl is-active default.target 2>/dev/null)"
systemctl list-units --state=failed --no-legend --plain --no-pager 2>/dev/null | head -n 20 | cut -d ' ' -f 1 | sed 's/^/failed=/'
exit 0`;

const normal: Look = asking('root', script(stuckScript), ({ stdout }) => {
  const stuck = /^stuck=(\w+)$/m.exec(stdout)?.[1];
  const running = /^running=(\S*)$/m.exec(stdout)?.[1] ?? '';
  if (stuck !== undefined) return notSo(`the machine is in ${stuck} mode`);
  if (running !== 'running' && running !== 'degraded') return notSo(`the machine is ${running || 'silent'}`);
  // Between emergency mode and the services systemd already calls itself running or degraded.
  if (!/^target=active$/m.test(stdout)) return notSo('the machine is still starting its services');
  const failed = stdout.split('\n').flatMap(line => /^failed=(.+)$/.exec(line)?.[1] ?? []);
  return so(
    failed.length === 0
      ? 'the machine runs normally'
      : `the machine runs; not running are ${failed.join(', ')}`,
  );
});

/** Leaving emergency mode ends the very shell this is typed in, so it is only told to happen. */
const leaveStep: Step = {
  id: 'leave',
  title: 'Go on booting',
  why: 'systemd reads the mended file and goes on to its normal state. The emergency shell ends with that; on a cable the run may have to be continued.',
  weight: 5,
  changes: true,
  probe: normal,
  apply: [
    { is: 'command', as: 'root', command: sh`systemctl daemon-reload` },
    { is: 'command', as: 'root', command: sh`systemctl --no-block default` },
  ],
  verify: { ...normal, patience: { everyMs: 2000, forMs: 5 * 60_000, what: 'Booting' } },
};

/** A machine that runs already only has to read the file anew. */
const reloadStep: Step = {
  id: 'reload',
  title: 'Have it read anew',
  why: 'systemd reads the mended file, so that the next boot is as it will be.',
  weight: 1,
  changes: true,
  apply: [{ is: 'command', as: 'root', command: sh`systemctl daemon-reload` }],
  verify: normal,
};

export const fixFstab = remedyKind<FstabGround>({
  title: node => `Mend the disk list of ${node.name} and go on booting`,
  says: 'A line of /etc/fstab names a disk that is not there, so the boot stops in emergency mode. The line is mended, the change is shown first, and the boot goes on.',
  look,
  fields: ({ blocking }) => [
    {
      name: 'lines',
      label: 'Lines to mend',
      says: 'Lines whose disk is missing or could not be mounted.',
      kind: 'many',
      options: blocking.map(line => ({
        value: String(line.nth),
        label: `${line.device} at ${line.at}`,
        says: line.state === 'missing' ? 'the disk is not there' : 'it could not be mounted',
      })),
      value: blocking.map(({ nth }) => String(nth)).join('\n'),
    },
    {
      name: 'how',
      label: 'How',
      says: 'Either way the boot goes on without that disk.',
      kind: 'choice',
      options: [
        { value: 'nofail', label: 'Mount it when it is there', says: 'adds nofail and a wait of 5 s' },
        { value: 'comment', label: 'Take the line out', says: 'puts # before it' },
      ],
      value: 'nofail',
    },
  ],
  warnings: of => {
    const { lines } = chosen(of);
    const left = of.ground.blocking.length - lines.length;
    return [
      `What lies on ${lines.map(({ at }) => at).join(', ')} is missing until its disk is back; what is written there goes to the root disk meanwhile.`,
      ...(left > 0 ? [`${left} more lines keep the boot waiting: it will stop again.`] : []),
    ];
  },
  steps: (parts, of) => {
    const { after } = chosen(of);
    const { fstab, readOnly, stuck } = of.ground;
    const edit = { path, mode: 0o644, before: fstab, after, shown: changedLines(fstab, after) };
    return [
      ...(readOnly ? [remountStep] : []),
      editStep(parts, of, edit, {
        id: 'fstab',
        title: 'Mend the disk list',
        why: 'Only these lines change; copies of the file are kept on the laptop and beside it.',
      }),
      stuck ? leaveStep : reloadStep,
    ];
  },
  afterFailure:
    'Continue the run: it looks at the machine again. The old file lies beside it as /etc/fstab.before-….',
});
