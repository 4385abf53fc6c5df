import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import { mebibytes } from '../../../core/runbook/preflight/sight.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { pullAll } from '../remove-k3s/copies.ts';
import { copyStep } from './copies.ts';
import { savedStep } from './saved.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase, saying } from './look.ts';
import type { Service } from './service.ts';

/** Says that the data were moved aside and nothing was put in their place: K3s would make an EMPTY cluster here. */
export const markerPath = `${dataFolder}/server/db/coldstart-aside`;

const lookScript = `# what of etcd is on this disk?
${saying}${String.raw`d=$1/server/db
[ -d "$d/etcd" ] && { say etcd yes; du -sk "$d/etcd" 2>/dev/null | awk '{print $1}' | each kib; }
[ -e "$2" ] && say marker yes
for p in "$d"/etcd-aside-*; do [ -d "$p" ] && say aside "$p"; done
n=0; for f in "$d"/snapshots/*; do [ -f "$f" ] && n=$((n + 1)); done; say snapshots "$n"
say end 1`}`;

interface AsideGround extends Base {
  readonly bytes: number;
  /** Snapshots on the node. */
  readonly snapshots: number;
}

async function lookAtEtcd(looker: Looker, parts: RemedyParts): Promise<AsideGround> {
  const base = await lookAtBase(looker, parts.clock);
  const about = looker.node.name;
  if (base.role === 'agent')
    throw refused(about, 'This node is an agent: it has no etcd.', 'Choose the server whose etcd is broken.');
  const seen = facts((await looker.ask(script(lookScript, dataFolder, markerPath))).stdout);
  if (base.db === 'sqlite')
    throw refused(
      about,
      'This node keeps its data in SQLite, not in etcd.',
      'Copy server/db/state.db off by hand.',
    );
  if (seen.one('etcd') !== 'yes')
    throw refused(
      about,
      seen.one('marker') === 'yes'
        ? 'The data of etcd were moved aside already, and K3s does not start by itself.'
        : 'There are no data of etcd on this node.',
      'Restore a snapshot on this node, or have it rejoin its cluster.',
    );
  return {
    ...base,
    bytes: Number(seen.one('kib') ?? 0) * 1024,
    snapshots: Number(seen.one('snapshots') ?? 0),
  };
}

/** The marker first, then no start by itself, and only then is anything moved: a power cut at any moment boots no empty cluster. */
const disableScript = String.raw`# mark it, and let nothing start K3s here by itself
mkdir -p "$(dirname "$3")" && printf 'run=%s\nsince=%s\n' "$4" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$3.part" && mv "$3.part" "$3" && { sync "$3" 2>/dev/null || sync; } || exit 1
if [ "$2" = systemd ]; then systemctl disable --now "$1" || exit 1
else rc-update del "$1" default 2>/dev/null; rc-service "$1" stop; fi
sync; exit 0`;

const disabledScript = String.raw`# can K3s start here by itself?
[ -e "$3" ] && echo marked
if [ "$2" = systemd ]; then echo "enabled=$(systemctl is-enabled "$1" 2>/dev/null)"; echo "active=$(systemctl is-active "$1" 2>/dev/null)"
else rc-update show default 2>/dev/null | grep -qw "$1" && echo enabled=enabled; rc-service "$1" status >/dev/null 2>&1 && echo active=active; fi
exit 0`;

/** Marked, stopped, and not started by itself at the next boot. */
export const isDisabled = ({ unit, init }: Service): Look =>
  asking('root', script(disabledScript, unit, init, markerPath), ({ stdout }) => {
    const enabled = /^enabled=(\S*)/m.exec(stdout)?.[1] ?? '';
    const active = /^active=(\S*)/m.exec(stdout)?.[1] ?? '';
    if (!stdout.includes('marked')) return notSo('there is no mark yet');
    if (enabled === 'enabled') return notSo('K3s would start by itself');
    return /^(inactive|failed|unknown|)$/.test(active)
      ? so('K3s is stopped and does not start by itself')
      : notSo(`K3s is ${active}`);
  });

export const disableStep = (service: Service, run: string): Step => ({
  id: 'disable',
  title: 'Stop K3s, and let it not start by itself',
  why: 'With its data gone K3s would make an empty cluster at its next start, also after a power cut. So it is forbidden first.',
  weight: 5,
  changes: true,
  probe: isDisabled(service),
  apply: [
    {
      is: 'job',
      name: 'disable',
      command: script(disableScript, service.unit, service.init, markerPath, run),
      timeoutMs: 5 * 60_000,
    },
  ],
  verify: { ...isDisabled(service), patience: { everyMs: 1000, forMs: 180_000, what: 'Stopping' } },
});

/** Refuses to move while K3s could still start. A rename: nothing is copied, nothing is deleted. */
const moveScript = String.raw`# move the data of etcd aside, only while K3s cannot start by itself
[ -e "$4" ] || { echo 'the mark is missing' >&2; exit 1; }
if [ "$2" = systemd ]; then
  [ "$(systemctl is-enabled "$1" 2>/dev/null)" != enabled ] || { echo 'K3s would start by itself' >&2; exit 1; }
  case $(systemctl is-active "$1" 2>/dev/null) in inactive | failed | unknown) ;; *) echo 'K3s runs' >&2; exit 1 ;; esac
else
  rc-update show default 2>/dev/null | grep -qw "$1" && { echo 'K3s would start by itself' >&2; exit 1; }
  rc-service "$1" status >/dev/null 2>&1 && { echo 'K3s runs' >&2; exit 1; }
fi
[ -d "$3/etcd" ] || exit 0
mv "$3/etcd" "$3/etcd-aside-$5" && sync`;

const movedScript = String.raw`# where are the data?
[ -d "$1/etcd" ] && echo there; [ -d "$1/etcd-aside-$2" ] && echo aside; exit 0`;

const asidePath = (run: string): string => `${dataFolder}/server/db/etcd-aside-${run.slice(0, 8)}`;

/** The data are aside, under a name that tells the run. */
export const moveStep = ({ unit, init }: Service, run: string): Step => {
  const db = `${dataFolder}/server/db`;
  const moved: Look = asking('root', script(movedScript, db, run.slice(0, 8)), ({ stdout }) =>
    stdout.includes('there')
      ? notSo('the data are in place')
      : stdout.includes('aside')
        ? so(`the data lie in ${asidePath(run)}`)
        : notSo('the data are neither here nor there'),
  );
  return {
    id: 'move',
    title: 'Move the data of etcd aside',
    why: `They are renamed to ${asidePath(run)}, and can be renamed back.`,
    weight: 2,
    changes: true,
    mayLose:
      'What was written since the newest snapshot is in the data that are moved aside, and nowhere else.',
    probe: moved,
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script(moveScript, unit, init, db, markerPath, run.slice(0, 8)),
        timeoutMs: 120_000,
      },
    ],
    verify: moved,
  };
};

/** Every snapshot goes to the laptop first; that none is there is told, not hidden. */
export const snapshotsStep = (parts: RemedyParts, node: SiteNode, count: number): Step => ({
  id: 'snapshots',
  title: 'Pull the snapshots',
  why: 'They are what a restore begins from, so they go to the laptop first.',
  weight: 10,
  changes: false,
  apply: [
    {
      is: 'laptop',
      says: `pull every snapshot in ${dataFolder}/server/db/snapshots that is not on the laptop yet, and check it`,
      work: hands => pullAll(parts, { node }, hands),
    },
  ],
  verify: {
    shows: [{ text: 'are the node’s snapshots on the laptop?', as: 'laptop' }],
    look: async () => {
      const here = parts.snapshots.ofNode(node.id);
      const intact = here.filter(({ check }) => check.intact).length;
      return await Promise.resolve(
        count === 0 || here.length > 0
          ? so(
              count === 0
                ? `the node has no snapshot; ${intact} intact ones of it are on the laptop`
                : `${intact} of ${here.length} on the laptop are intact`,
            )
          : notSo('no snapshot of this node is on the laptop'),
      );
    },
  },
});

/** The end of it is no working cluster, and says so. */
const endStep = (service: Service): Step => ({
  id: 'next',
  title: 'What has to come next',
  why: 'Nothing is in the place of the data yet. Restore a snapshot on this node, or have it rejoin its cluster; only that lets K3s start by itself again.',
  weight: 1,
  changes: false,
  apply: [],
  verify: {
    shows: isDisabled(service).shows,
    look: async (hands, again) => {
      const judged = await isDisabled(service).look(hands, again);
      return judged.is === 'so'
        ? so(
            'K3s stays stopped until a restore or a rejoin is done on this node. Do not start it by hand: it would make an empty cluster.',
          )
        : judged;
    },
  },
});

export const etcdAside = remedyKind<AsideGround>({
  title: node => `Move the broken etcd of ${node.name} aside`,
  says: 'The first half of a repair: stops K3s for good, copies everything to the laptop, and moves the broken data aside. A restore or a rejoin has to follow; until then K3s does not start.',
  look: lookAtEtcd,
  typedName: true,
  warnings: ({ ground }) => [
    'This alone repairs nothing: a restore or a rejoin has to follow at once.',
    ...(ground.snapshots === 0
      ? [
          'There is no snapshot on this node. Without one on the laptop or another server the data moved aside are all there is.',
        ]
      : []),
    `About ${mebibytes(ground.bytes)} of data are copied to the laptop first; over a serial cable that may take hours.`,
  ],
  steps: (parts, { node, ground, run }) => [
    copyStep(parts, node, run),
    snapshotsStep(parts, node, ground.snapshots),
    disableStep(ground, run),
    savedStep(
      parts,
      run,
      ['db/etcd', 'tls', 'cred'].map(one => `${dataFolder}/server/${one}`),
      { all: true },
    ),
    moveStep(ground, run),
    endStep(ground),
  ],
  afterFailure:
    'Continue the run. To go back instead: rename etcd-aside-… to etcd, delete coldstart-aside beside it, and enable k3s.',
});
