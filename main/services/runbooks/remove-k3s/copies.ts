import type { NodeSnapshot, SiteNode, Snapshot } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { tokenHash } from '../../../core/server-token.ts';
import { Secret } from '../../../core/secret.ts';
import { script } from '../../../core/sh.ts';
import type { KeptSecrets, Nodes } from '../../sites/nodes.ts';
import type { Snapshots } from '../../snapshots/snapshots.ts';
import { asking, looking, notSo, so } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { secretFile } from '../secret-file.ts';
import type { Strongbox } from '../strongbox.ts';
import type { RemoveGround } from './ground.ts';

export interface CopyParts {
  readonly nodes: Nodes & KeptSecrets;
  readonly snapshots: Snapshots;
  readonly strongbox: Strongbox;
}
export interface CopyOf {
  readonly node: SiteNode;
  readonly ground: RemoveGround;
  readonly run: RunId;
}

const tokenPath = `${dataFolder}/server/token`;
export const settings: readonly string[] = [
  '/etc/rancher/k3s/config.yaml',
  '/etc/rancher/k3s/registries.yaml',
  '/etc/rancher/node/password',
  '/etc/systemd/system/k3s.service',
  '/etc/systemd/system/k3s.service.env',
];

const goneScript = `# is anything of K3s there?
[ -e "$1/server" ] || [ -e /etc/rancher/k3s ] || [ -e "$1/agent" ] || echo gone; exit 0`;

/** Nothing is there to be copied: it was removed in an earlier sitting, or never was. */
const nothingLeft: Look = asking('root', script(goneScript, dataFolder), ({ stdout }) =>
  stdout.trim() === 'gone'
    ? so('nothing of K3s’ data is on the node any more')
    : notSo('K3s’ files are there'),
);

const nameOf = (path: string): string => path.slice(1).replaceAll('/', '-');

/** Keeps token and settings on the laptop, sealed, as far as they are there; gives a sentence. */
export async function copySettings(
  { nodes, strongbox }: CopyParts,
  { node, run }: Pick<CopyOf, 'node' | 'run'>,
  hands: Hands,
  { also = [], why }: { readonly also?: readonly string[]; readonly why: string },
): Promise<string> {
  const kept: string[] = [];
  for (const path of [...settings, ...also]) {
    const found = await secretFile(hands, path);
    if (!found) continue;
    await strongbox.keep(run, nameOf(path), found);
    kept.push(path);
  }
  const token = await secretFile(hands, tokenPath);
  if (token) {
    const trimmed = new Secret(token.reveal().trim());
    hands.hide(trimmed);
    if (!nodes.history(node.site, 'server-token').some(({ secret }) => secret.reveal() === trimmed.reveal()))
      nodes.keep(node.site, 'server-token', trimmed, `copied off ${node.name} ${why}`);
    kept.push(tokenPath);
  }
  return kept.length === 0
    ? 'There was nothing to copy.'
    : `Sealed copies are on the laptop: ${kept.join(', ')}`;
}

/** Token and settings go to the laptop first, whatever is still alive. */
export function settingsStep(parts: CopyParts, of: CopyOf): Step {
  const kept: Look = looking(
    `read ${tokenPath} (as root; not shown) and compare it with what the laptop keeps`,
    async hands => {
      const token = await secretFile(hands, tokenPath);
      if (!token) return so('the node has no token of a server');
      const hash = tokenHash(token);
      return parts.nodes
        .history(of.node.site, 'server-token')
        .some(({ secret }) => tokenHash(secret) === hash)
        ? so(`the token ${hash} is kept on the laptop`)
        : notSo('the token is not kept yet');
    },
  );
  return {
    id: 'settings',
    title: 'Copy token and settings to the laptop',
    why: 'Removing deletes the token, and without it no snapshot opens ever again.',
    weight: 1,
    changes: false,
    probe: nothingLeft,
    apply: [
      {
        is: 'laptop',
        says: `keep sealed copies of ${[...settings, tokenPath].join(', ')}, as far as they are there`,
        work: hands => copySettings(parts, of, hands, { why: 'before K3s was removed' }),
      },
    ],
    verify: kept,
  };
}

const listScript = String.raw`# the snapshots on the disk: bytes, time, path
for f in "$1"/server/db/snapshots/*; do
  case $f in *.part) continue ;; esac
  [ -f "$f" ] && stat -c '%s %Y %n' "$f"
done
exit 0`;

/** Snapshot files as they lie on the disk, newest first; K3s itself may be dead. */
export function snapshotsOn(stdout: string, nodeName: string): readonly NodeSnapshot[] {
  return stdout
    .split('\n')
    .flatMap(line => {
      const found = /^(\d+) (\d+) (\/.+)$/.exec(line);
      const name = found?.[3]?.split('/').at(-1);
      if (!found || name === undefined) return [];
      const createdAt = new Date(Number(found[2]) * 1000).toISOString();
      return [
        {
          name,
          nodeName,
          location: `file://${found[3] ?? ''}`,
          bytes: Number(found[1]),
          createdAt,
          ready: true,
        },
      ];
    })
    .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** A snapshot of the present state, if K3s still answers. That it does not is no reason to stop: older ones may do. */
async function takeOne({ snapshots }: CopyParts, { node }: CopyOf, hands: Hands): Promise<string> {
  try {
    const taken = await snapshots.takeOver(hands.link, node.id, hands.signal);
    return `${taken.name} was taken.`;
  } catch (thrown) {
    if (hands.signal.aborted || !(thrown instanceof FieldError) || thrown.failure.code === 'link-lost')
      throw thrown;
    return `No new snapshot could be taken: ${thrown.failure.says}`;
  }
}

/** Pulls every snapshot of the node that is not intact on the laptop yet; gives a sentence. */
export async function pullAll(
  { snapshots }: CopyParts,
  { node }: Pick<CopyOf, 'node'>,
  hands: Hands,
): Promise<string> {
  const { stdout } = await hands.exec(script(listScript, dataFolder), { as: 'root' });
  const there = snapshotsOn(stdout, node.name);
  const intact = new Set(
    snapshots
      .ofNode(node.id)
      .filter(({ check }) => check.intact)
      .map(({ name }) => name),
  );
  const missing = there.filter(({ name }) => !intact.has(name));
  for (const [i, one] of missing.entries()) {
    const pulled = await snapshots.pullOver(hands.link, node.id, one, hands.signal, ({ done, total }) => {
      hands.progress(
        (i + (total === undefined || total === 0 ? 0 : done / total)) / missing.length,
        `Pulling ${one.name}`,
      );
    });
    hands.note(`${one.name}: ${pulled.check.says}`);
  }
  return missing.length === 0
    ? `All ${there.length} snapshots of the node are on the laptop.`
    : `${missing.length} of ${there.length} snapshots were pulled.`;
}

/** The newest snapshot of the node that is intact and whose token the laptop keeps. */
export function provenCopy(all: readonly Snapshot[], tokens: ReadonlySet<string>): Snapshot | undefined {
  return all
    .filter(({ check, tokenHash: hash }) => check.intact && tokens.has(hash))
    .toSorted((a, b) => (a.savedAt < b.savedAt ? 1 : -1))[0];
}

const noCopy = (node: SiteNode, says: string, next: string): FieldError =>
  new FieldError({
    code: 'no-proven-copy',
    says,
    about: node.name,
    untouched: 'K3s and all its data are still on the node.',
    next,
  });

function proven(parts: CopyParts, { node, ground }: CopyOf): Look {
  return looking('is an intact snapshot of this node on the laptop, and the token that opens it?', () => {
    if (ground.data === 'none') return so('it never became a cluster with data: nothing would be lost');
    if (ground.data === 'sqlite')
      throw noCopy(
        node,
        'This node keeps its data in SQLite, of which K3s makes no snapshots.',
        'Stop K3s, copy /var/lib/rancher/k3s/server/db/state.db* off by hand, check the copy, and remove K3s by its own script.',
      );
    const tokens = new Set(
      parts.nodes.history(node.site, 'server-token').map(({ secret }) => tokenHash(secret)),
    );
    const copy = provenCopy(parts.snapshots.ofNode(node.id), tokens);
    if (!copy)
      throw noCopy(
        node,
        'No intact snapshot of this node, with a token that opens it, is on the laptop.',
        'Bring K3s up and take a snapshot, or pull one whose hash was recorded; then continue.',
      );
    return so(
      `${copy.name} of ${copy.savedAt.slice(0, 16).replace('T', ' ')} is on the laptop, intact, with its token`,
    );
  });
}

/** Snapshots go to the laptop, and one of them must be proven; else the run stops here. */
export function snapshotStep(parts: CopyParts, of: CopyOf): Step {
  const { ground } = of;
  const take: Step['apply'] =
    ground.data === 'etcd'
      ? [
          {
            is: 'laptop',
            says: 'take a snapshot on the node: k3s etcd-snapshot save',
            work: hands => takeOne(parts, of, hands),
          },
          {
            is: 'laptop',
            says: `pull every snapshot in ${dataFolder}/server/db/snapshots that is not on the laptop yet, and check it`,
            work: hands => pullAll(parts, of, hands),
          },
        ]
      : [];
  return {
    id: 'snapshots',
    title: 'Copy the snapshots and prove one',
    why: 'Removing deletes every snapshot on the node. It goes on only when an intact one is on the laptop.',
    weight: 10,
    changes: false,
    probe: nothingLeft,
    apply: take,
    verify: proven(parts, of),
  };
}
