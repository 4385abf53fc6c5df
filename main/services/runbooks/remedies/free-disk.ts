import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { facts, space } from '../../../core/runbook/preflight/facts.ts';
import type { Facts } from '../../../core/runbook/preflight/facts.ts';
import { mebibytes } from '../../../core/runbook/preflight/sight.ts';
import { isUp } from '../../../core/runbook/remedies/base.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import {
  goerLabel,
  goersIn,
  isProposed,
  kindOfGoer,
  oldArchives,
  oldSnapshots,
  tooFull,
} from '../../../core/runbook/remedies/free-disk.ts';
import type { Fullness, Goer } from '../../../core/runbook/remedies/free-disk.ts';
import { Secret } from '../../../core/secret.ts';
import { script } from '../../../core/sh.ts';
import { asking, looking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { pullAll } from '../remove-k3s/copies.ts';
import { copyStep } from './copies.ts';
import { failingDisk, refused, remedyKind } from './frame.ts';
import type { Looker, Of, RemedyParts } from './frame.ts';
import { lookAtBase, saying } from './look.ts';
import { startStep, worksStep } from './service.ts';

/** Kept of the journal when it is shortened. */
const journalKeptMiB = 64;

const fullScript = String.raw`df -Pk "$d" 2>/dev/null | tail -n 1 | awk '{print $2 " " $4 " " $6}' | each data.kib
df -Pi "$d" 2>/dev/null | tail -n 1 | awk '{print $2 " " $4}' | each data.inodes
`;

/** Sizes are disk blocks, as `du` counts them. */
const lookScript = `# what lies on this disk that nobody needs?
${saying}d=$1
${fullScript}${String.raw`case $( (: >"$d/.coldstart-write-test") 2>&1) in *[Rr]ead-only*) say readonly yes; dmesg 2>/dev/null | grep -i -E 'I/O error|EXT4-fs error|mmc[0-9]+: error' | tail -n 1 | each error; say end 1; exit 0 ;; esac
rm -f "$d/.coldstart-write-test"
goer() { say goer "$(du -sk "$1" 2>/dev/null | awk '{print $1 * 1024}') $(find "$1" 2>/dev/null | wc -l | tr -d ' ') $1"; }
for p in "$d"/server/db/etcd-old-* "$d"/server/db/etcd-backup-* "$d"/server/db-old-* "$d"/server/tls-* "$d"/agent/containerd.bad* "$d"/agent/containerd.old*; do [ -e "$p" ] && goer "$p"; done
for p in "$d"/server/db/snapshots/*; do case $p in *.part) continue ;; esac
  [ -f "$p" ] && { goer "$p"; say snapshot "$(stat -c %Y "$p") $p"; }; done
n=0; for p in "$d"/agent/images/k3s-airgap-images-*; do [ -f "$p" ] && n=$((n + 1)); done
[ "$n" -gt 1 ] && for p in "$d"/agent/images/k3s-airgap-images-*; do goer "$p"; say archive "$(sha256sum <"$p" | cut -c 1-64) $p"; done
sum() { awk '{n++; s += $1} END {print s + 0, n + 0}'; }
old() { find "$@" -exec stat -c %s {} + 2>/dev/null | sum; }
j=$(du -sk /var/log/journal 2>/dev/null | awk '{print $1}'); [ "$(printf '%s' "$j" | tr -cd 0-9)" ] && [ "$j" -gt $(($2 * 1024)) ] && say goer "$(((j - $2 * 1024) * 1024)) 1 journal"
say goer "$(old /var/cache/apt/archives -xdev -type f -name '*.deb') apt"
say goer "$(old /var/log -xdev -type f -name '*.gz') logs"
say goer "$(old /tmp /var/tmp -xdev -type f -mtime +10) tmp"
say goer "$(old /var/lib/systemd/coredump /var/crash -xdev -type f) cores"
say end 1`}`;

interface DiskGround {
  readonly base: Base;
  readonly goers: readonly Goer[];
  readonly full: Fullness;
  readonly says: string;
}

function fullnessIn(seen: Facts, about: string): Fullness {
  const disk = space(seen, 'data');
  if (!disk)
    throw refused(about, 'The node did not say how full its disk is.', 'Look with df in the terminal.');
  const inodes = Number(/^(\d+) /.exec(seen.one('data.inodes') ?? '')?.[1] ?? 0);
  return {
    total: disk.total,
    free: disk.free,
    inodes: inodes > 0 ? inodes : undefined,
    freeInodes: disk.freeInodes,
  };
}

/** Takes out what has to stay: the newest snapshot, the running version's images, the only data there are. */
function allowed(goers: readonly Goer[], seen: Facts, base: Base, { bundles }: RemedyParts): readonly Goer[] {
  const pairs = (key: string): readonly (readonly [string, string])[] =>
    seen.all(key).map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
  const snapshots = new Set(oldSnapshots(pairs('snapshot').map(([at, path]) => ({ at: Number(at), path }))));
  const versions = (sha256: string): readonly string[] =>
    bundles
      .all()
      .filter(({ files }) => files.some(file => file.sha256 === sha256))
      .map(({ k3sVersion }) => k3sVersion);
  const archives = new Set(
    oldArchives(
      pairs('archive').map(([sha256, path]) => ({ sha256, path })),
      base.version,
      versions,
    ),
  );
  return goers.filter(({ kind, value }) => {
    if (kind === 'snapshot') return snapshots.has(value);
    if (kind === 'archive') return archives.has(value);
    // with no data in place, what was put aside may be all there is
    return kind !== 'etcd-old' || base.db === 'etcd';
  });
}

/** A disk the kernel closed frees nothing. `error` is the kernel's line, where it said one. */
const readOnly = (about: string, error: string | undefined): FieldError =>
  error === undefined
    ? refused(
        about,
        'The disk is read-only: nothing on it can be removed.',
        'Let the doctor look at why it is.',
      )
    : failingDisk(about, error);

async function look(looker: Looker, parts: RemedyParts): Promise<DiskGround> {
  const base = await lookAtBase(looker, parts.clock);
  const about = looker.node.name;
  const { stdout } = await looker.ask(script(lookScript, dataFolder, String(journalKeptMiB)), {
    timeoutMs: 300_000,
  });
  const seen = facts(stdout);
  if (!seen.whole) throw refused(about, 'The look at the disk stopped before its end.', 'Try once more.');
  if (seen.one('readonly') === 'yes') throw readOnly(about, seen.one('error'));
  const full = fullnessIn(seen, about);
  const goers = allowed(goersIn(seen.all('goer')), seen, base, parts);
  if (goers.length === 0)
    throw refused(
      about,
      `Nothing on this disk may go: ${mebibytes(full.free)} are free, and what lies there is needed or not known to us.`,
      'Look with du what fills it, or use a bigger disk.',
    );
  return {
    base,
    goers,
    full,
    says: tooFull(full) ?? `${mebibytes(full.free)} free of ${mebibytes(full.total)}`,
  };
}

const fields = ({ goers, says }: DiskGround): readonly RemedyField[] => [
  {
    name: 'away',
    label: 'What may go',
    says: `The disk has ${says}. Never offered: the newest snapshot, the running version’s images, images without an archive.`,
    kind: 'many',
    options: goers.map(goer => ({ value: goer.value, ...goerLabel(goer) })),
    value: goers
      .filter(isProposed)
      .map(({ value }) => value)
      .join('\n'),
  },
];

const journalScript = String.raw`# what K3s said last
journalctl -u k3s -u k3s-agent -n 3000 --no-pager -q 2>/dev/null || tail -n 3000 /var/log/k3s.log 2>/dev/null
exit 0`;

/** What was said before anything is removed: a journal that is shortened says it no more. */
const evidenceStep = ({ strongbox }: RemedyParts, run: RunId): Step => ({
  id: 'evidence',
  title: 'Keep what K3s said last',
  why: 'The log of the failure goes to the laptop first.',
  weight: 2,
  changes: false,
  apply: [
    {
      is: 'laptop',
      says: 'keep the last 3000 lines of K3s’ journal on the laptop, sealed',
      work: async hands => {
        const { stdout } = await hands.exec(script(journalScript), {
          as: 'root',
          hush: true,
          timeoutMs: 120_000,
          keepBytes: 2 ** 21,
        });
        return await strongbox.keep(run, 'k3s-journal.txt', new Secret(stdout));
      },
    },
  ],
  verify: looking('is the journal kept?', hands =>
    hands.signal.aborted ? notSo('stopped') : so('the journal is on the laptop'),
  ),
});

/** Every chosen snapshot is on the laptop, intact, before it goes. */
function pulledStep(parts: RemedyParts, node: SiteNode, chosen: readonly string[]): Step {
  const names = chosen.map(path => path.split('/').at(-1) ?? path);
  return {
    id: 'snapshots',
    title: 'Pull the snapshots',
    why: 'A snapshot goes only when an intact copy of it is on the laptop.',
    weight: 10,
    changes: false,
    apply: [
      {
        is: 'laptop',
        says: `pull every snapshot in ${dataFolder}/server/db/snapshots that is not on the laptop yet, and check it`,
        work: hands => pullAll(parts, { node }, hands),
      },
    ],
    verify: looking('is every chosen snapshot on the laptop, intact?', () => {
      const intact = new Set(
        parts.snapshots
          .ofNode(node.id)
          .filter(({ check }) => check.intact)
          .map(({ name }) => name),
      );
      const missing = names.filter(name => !intact.has(name));
      if (missing.length > 0)
        throw new FieldError({
          code: 'no-proven-copy',
          says: `${missing.join(', ')} is not intact on the laptop.`,
          about: node.name,
          untouched: 'Nothing was removed.',
          next: 'Begin anew without that snapshot.',
        });
      return so(names.length === 0 ? 'no snapshot is to go' : `${names.join(', ')} intact on the laptop`);
    }),
  };
}

const removeScript = String.raw`# remove what was chosen, and nothing else
keep=$1; shift
gone() { find "$@" -exec rm -f -- {} + 2>/dev/null; }
for p in "$@"; do
  case $p in
    journal) journalctl --rotate >/dev/null 2>&1; journalctl --vacuum-size="$keep"M 2>&1 | tail -n 1 ;;
    apt) gone /var/cache/apt/archives -xdev -type f -name '*.deb' ;;
    logs) gone /var/log -xdev -type f -name '*.gz' ;;
    tmp) gone /tmp /var/tmp -xdev -type f -mtime +10 ;;
    cores) gone /var/lib/systemd/coredump /var/crash -xdev -type f ;;
    /var/lib/rancher/k3s/*) rm -rf -- "$p" || exit 1; echo "removed $p" ;;
  esac
done
exit 0`;

const leftScript = `# is it gone, and is there room?
${saying}d=$1; shift
${fullScript}${String.raw`for p in "$@"; do [ -e "$p" ] && say left "$p"; done
say end 1`}`;

function gone(node: SiteNode, chosen: readonly string[], before: Fullness): Look {
  const paths = chosen.filter(one => one.startsWith('/'));
  return asking('root', script(leftScript, dataFolder, ...paths), ({ stdout }) => {
    const seen = facts(stdout);
    const left = seen.all('left');
    if (left.length > 0) return notSo(`still there: ${left.join(', ')}`);
    const now = fullnessIn(seen, node.name);
    const short = tooFull(now);
    return short === undefined
      ? so(
          `${mebibytes(now.free)} free now, ${mebibytes(before.free)} before${now.freeInodes === undefined ? '' : `; ${now.freeInodes} inodes left`}`,
        )
      : notSo(`there is still too little room: ${short}. Choose more, or use a bigger disk`);
  });
}

function removeStep({ node, ground, answers }: Of<DiskGround>): Step {
  const chosen = answers.many('away');
  const wanted = ground.goers.filter(({ value }) => chosen.includes(value));
  const serious = wanted.filter(({ kind }) => kind === 'etcd-old' || kind === 'containerd-old');
  return {
    id: 'remove',
    title: 'Remove what was chosen',
    why: `About ${mebibytes(wanted.reduce((sum, { bytes }) => sum + bytes, 0))} become free.`,
    weight: 5,
    changes: true,
    ...(serious.length > 0 && {
      mayLose: `For good: ${serious.map(({ value }) => value).join(', ')}. The laptop keeps no copy of these.`,
    }),
    apply: [
      {
        is: 'job',
        name: 'remove',
        command: script(removeScript, String(journalKeptMiB), ...chosen),
        timeoutMs: 15 * 60_000,
      },
    ],
    verify: gone(node, chosen, ground.full),
  };
}

export const freeDisk = remedyKind<DiskGround>({
  title: node => `Free disk space on ${node.name}`,
  says: 'Offers what may go from the disk K3s lives on. Token, settings, the journal and the snapshots go to the laptop first; then there must be room, and K3s is started again if it was down.',
  look,
  fields,
  typedName: true,
  steps: (parts, of) => {
    const { node, ground, answers, run } = of;
    const chosen = answers.many('away');
    if (chosen.length === 0 || chosen.some(one => kindOfGoer(one) === undefined))
      throw new FieldError({
        code: 'bad-ask',
        says: 'Nothing is chosen that may go.',
        about: node.name,
        untouched: 'Nothing was changed on the node.',
        next: 'Choose at least one thing.',
      });
    return [
      copyStep(parts, node, run),
      evidenceStep(parts, run),
      pulledStep(
        parts,
        node,
        chosen.filter(one => kindOfGoer(one) === 'snapshot'),
      ),
      removeStep(of),
      // One that ran when the plan was made may have died since; one that tried to start has to try anew.
      startStep(
        ground.base,
        run,
        isUp(ground.base) ? 'start' : 'restart',
        'K3s dies of a full disk; with room on it, it starts again.',
      ),
      worksStep(ground.base),
    ];
  },
  afterFailure: 'Begin it anew to choose more, or continue the run to look again.',
});
