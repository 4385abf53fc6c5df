import type { SiteNode } from '../../../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../../../preload/contract/failure.ts';
import type { NodeId } from '../../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../../core/runbook/preflight/disk.ts';
import { facts } from '../../../../core/runbook/preflight/facts.ts';
import type { Base } from '../../../../core/runbook/remedies/base.ts';
import { maskedText } from '../../../../core/runbook/remedies/config-repair.ts';
import { placeInMetrics, placeInNames } from '../../../../core/runbook/restore-many/raft.ts';
import type { RaftPlace } from '../../../../core/runbook/restore-many/raft.ts';
import { script } from '../../../../core/sh.ts';
import { configPath } from '../../install-single/ground.ts';
import { hashOf } from '../../remedies/backup.ts';
import type { Looker, RemedyParts } from '../../remedies/frame.ts';
import { lookAtBase, lookAtBaseIfAny, lookerOn, saying } from '../../remedies/look.ts';

/** What a restore of several servers has to know of one of them, or of an agent. Without secrets. */
export interface Standing {
  readonly base: Base;
  readonly configHash: string;
  readonly masked: string;
  /** The node's address in its own network, where the others join it. */
  readonly address: string;
  /** Its service would be told to join a server by its environment, which K3s refuses at a reset. */
  readonly joinsByEnvironment: boolean;
  readonly snapshots: number;
  /** S3 is configured: a reset from a local file then has to be told so. */
  readonly s3: boolean;
  readonly place?: RaftPlace;
}

/** Another node of the site: how it stands, or why it did not answer. */
export type Other = { readonly id: NodeId; readonly name: string } & (
  { readonly is: 'there'; readonly standing: Standing } | { readonly is: 'silent'; readonly says: string }
);

const lookScript = `# what of etcd is here, and how far has it come?
${saying}${String.raw`d=$1/server/db/etcd/member c=$2
a=$(sed -n 's/^node-ip:[[:space:]]*//p' "$c" 2>/dev/null | head -n 1 | tr -d "\"'" | cut -d , -f 1)
[ -n "$a" ] || a=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')
say address "$a"
grep -qs '^K3S_URL=.' /etc/systemd/system/k3s.service.env /etc/rancher/k3s/k3s.env /etc/default/k3s /etc/sysconfig/k3s && say joins yes
grep -qs '^etcd-s3:' "$c" && say s3 yes
n=0; for f in "$1"/server/db/snapshots/*; do [ -f "$f" ] && n=$((n + 1)); done; say snapshots "$n"
has curl && curl -s --max-time 5 http://127.0.0.1:2381/metrics 2>/dev/null | grep '^etcd_server_proposals_applied_total ' | each metric
for f in "$d"/wal/*.wal "$d"/snap/*.snap; do [ -e "$f" ] && say file "$(basename "$f")"; done
say end 1`}`;

/** How one node stands. Throws `refused` where there is no K3s to restore. */
export async function standingOf(looker: Looker, parts: RemedyParts): Promise<Standing> {
  const base = await lookAtBase(looker, parts.clock);
  const config = (await looker.read(configPath)) ?? '';
  const seen = facts((await looker.ask(script(lookScript, dataFolder, configPath))).stdout);
  const place = placeInMetrics(seen.one('metric') ?? '') ?? placeInNames(seen.all('file'));
  return {
    base,
    configHash: hashOf(config),
    masked: maskedText(config),
    address: seen.one('address') ?? '',
    joinsByEnvironment: seen.one('joins') === 'yes',
    snapshots: Number(seen.one('snapshots') ?? 0),
    s3: seen.one('s3') === 'yes',
    ...(place && { place }),
  };
}

/** A node that is silent this long counts as out of reach. */
const patienceMs = 20_000;

/** Failures that only the technician can lift: the node is there, and says so. */
const asksTheTechnician = new Set<string>([
  'host-key-unknown',
  'host-key-changed',
  'password-needed',
  'passphrase-needed',
  'sudo-password-needed',
  'another-node',
  'vault-locked',
]);

/** Undefined for a machine without K3s: it is no part of the cluster. */
async function lookAtOther(
  parts: RemedyParts,
  node: SiteNode,
  signal: AbortSignal,
): Promise<Other | undefined> {
  const { id, name } = node;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  try {
    const standing = await parts.nodes.withLink(id, limit, async link => {
      const looker = await lookerOn(link, node, limit);
      return (await lookAtBaseIfAny(looker, parts.clock)) && (await standingOf(looker, parts));
    });
    return standing && { id, name, is: 'there', standing };
  } catch (thrown) {
    if (signal.aborted || asksTheTechnician.has(failureOf(thrown).code)) throw thrown;
    // One that refuses has to be understood first.
    if (thrown instanceof FieldError && thrown.failure.code === 'refused') throw thrown;
    return { id, name, is: 'silent', says: limit.aborted ? 'It does not answer.' : failureOf(thrown).says };
  }
}

/** Every other node of the site, all asked at once. */
export const lookAtOthers = async (
  parts: RemedyParts,
  node: SiteNode,
  signal: AbortSignal,
): Promise<readonly Other[]> =>
  (
    await Promise.all(
      parts.nodes
        .ofSite(node.site)
        .filter(({ id }) => id !== node.id)
        .map(other => lookAtOther(parts, other, signal)),
    )
  ).filter(other => other !== undefined);
