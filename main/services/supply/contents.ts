import { createHash } from 'node:crypto';
import type { ExportItem, Site, SiteNode, Snapshot } from '../../../preload/contract/domain.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { exportChoices } from '../../../preload/contract/supply/exports.ts';
import type { ExportChoice } from '../../../preload/contract/supply/exports.ts';
import { spanOfDay } from '../../core/metrics/days.ts';
import { sealedBytes } from '../../core/age-recipient.ts';
import { tokenHash } from '../../core/server-token.ts';
import { audited } from '../../store/audit.ts';
import { bundleVersions, choicesOf, confirmedSnapshots, exports } from '../../store/exports.ts';
import { proofsOf } from '../../store/proofs.ts';
import type { ProofRecord } from '../../store/proofs.ts';
import { technician } from '../../store/settings.ts';
import type { ConfigurationSet } from '../snapshots/configuration.ts';
import type { SupplyDeps } from './deps.ts';
import { recipientsOf } from './recipients.ts';

/** One file before it is sealed: a snapshot's copy on the laptop, or content that never lies on its disk. */
export interface Content {
  /** In the bag, sealed: `data/….age`. Opaque, because names on a stick stand in the clear. */
  readonly path: string;
  readonly what: ExportItem['what'];
  readonly bytes: number;
  readonly from:
    | { readonly is: 'snapshot'; readonly snapshot: Snapshot }
    | { readonly is: 'text'; readonly text: string | Uint8Array }
    /** A span of time (milliseconds since 1970, both ends included), written out when it is sealed. */
    | { readonly is: 'metrics'; readonly from: number; readonly to: number };
}

/** What an export of a site carries now. */
export interface Contents {
  readonly site: Site;
  /** Headquarters' and the one in the site's safe. */
  readonly recipients: readonly string[];
  readonly carried: readonly Snapshot[];
  /** Everything but the inventory, which is made when the rest is sealed. */
  readonly content: readonly Content[];
  /** The same as long as the same would be carried to the same recipients: an interrupted export is then taken up again. */
  readonly digest: string;
}

export const inventoryPath = 'data/inventory/inventory.json.age';

/** Intact copies that headquarters has not confirmed, and the newest intact one in any case. */
export function chosen(all: readonly Snapshot[], confirmed: ReadonlySet<string>): readonly Snapshot[] {
  const intact = all.filter(each => each.check.intact);
  return intact.filter((each, i) => i === 0 || !confirmed.has(each.id));
}

const snapshotPath = ({ id, name }: Snapshot): string =>
  `data/snapshots/${id}.${name.endsWith('.zip') ? 'zip' : 'db'}.age`;

/** `bytes` is what will be sealed. */
const made = (path: string, what: ExportItem['what'], text: string | Uint8Array): Content => ({
  path,
  what,
  bytes: Buffer.byteLength(text),
  from: { is: 'text', text },
});

const runsOf = (deps: SupplyDeps, site: SiteId): readonly Content[] =>
  deps.runs
    .ofSite(site)
    .map(run => made(`data/audit/run-${run.id}.jsonl.age`, 'audit', deps.runs.auditRecord(run.id)));

const decisionsOf = (deps: SupplyDeps): Content =>
  made(
    'data/audit/decisions.jsonl.age',
    'audit',
    deps.store
      .read(audited)
      .map(entry => `${JSON.stringify(entry)}\n`)
      .join(''),
  );

/** The newest configuration set of each node that ever gave one. */
const configurationsOf = (deps: SupplyDeps, site: SiteId): readonly Content[] =>
  deps.nodes.ofSite(site).flatMap(node => {
    const kept = deps.nodes.latest(node.id, 'configuration');
    if (!kept) return [];
    const { files, ...sheet } = JSON.parse(kept.secret.reveal()) as ConfigurationSet;
    const at = `data/config/${node.id}`;
    return [
      made(`${at}.json.age`, 'config', json({ ...sheet, takenAt: kept.madeAt })),
      ...(files === '' ? [] : [made(`${at}.tar.gz.age`, 'config', Buffer.from(files, 'base64'))]),
    ];
  });

/** Examinations that no confirmed export carried. */
const evidenceOf = (deps: SupplyDeps, site: SiteId, since: string | undefined): readonly Content[] =>
  deps.evidence
    .of(deps.nodes.ofSite(site).map(node => node.id))
    .filter(each => since === undefined || each.at > since)
    .map(each => made(`data/evidence/${each.id}.tar.gz.age`, 'evidence', each.archive()));

const boxLines = 5000;

/** What came over the cables of this site's nodes, with its times, since the last confirmed export. */
async function boxesOf(
  { blackBoxes, nodes }: SupplyDeps,
  site: SiteId,
  since: string | undefined,
): Promise<readonly Content[]> {
  const cables = nodes.ofSite(site).flatMap(({ id, cable }) => (cable ? [{ id, port: cable.port }] : []));
  const boxes = await blackBoxes.list();
  const content: Content[] = [];
  for (const { id, port } of cables) {
    if (!boxes.some(each => each.port === port)) continue;
    const lines: string[] = [];
    for (let offset = 0; ;) {
      const page = await blackBoxes.read(port, { offset, mostLines: boxLines });
      for (const line of page.lines)
        if (since === undefined || line.at > since) lines.push(`${line.at}\t${line.text}\n`);
      const last = page.lines.at(-1);
      if (!page.more || !last) break;
      offset = last.offset + 1;
    }
    if (lines.length > 0)
      content.push(made(`data/evidence/console-${id}.log.age`, 'black-box', lines.join('')));
  }
  return content;
}

/** What a sample takes as compressed text, measured on node_exporter and etcd; what is sealed later is what it is. */
const packedSampleBytes = 6;

/** Each UTC day of what was logged since the last confirmed export, compressed, as Prometheus takes it. */
async function metricsOf(
  { metrics, clock }: SupplyDeps,
  site: SiteId,
  since: string | undefined,
): Promise<readonly Content[]> {
  const { targets } = await metrics.held(site);
  const [begin, now] = [since === undefined ? 0 : Date.parse(since) + 1, clock.now().getTime()];
  const days = [...new Set(targets.flatMap(target => target.days))].toSorted();
  return days.flatMap((day): Content[] => {
    const span = spanOfDay(day);
    const from = Math.max(begin, span.from);
    if (from > span.to) return [];
    const samples = targets.reduce(
      (sum, target) => sum + (target.days.includes(day) ? target.samples / target.days.length : 0),
      0,
    );
    return [
      {
        path: `data/metrics/${day}.om.gz.age`,
        what: 'metrics',
        bytes: Math.ceil(samples * packedSampleBytes),
        // What is logged while this is sealed goes out with the next one.
        from: { is: 'metrics', from, to: Math.min(span.to, Math.max(now, span.from)) },
      },
    ];
  });
}

/** What an export of this site carries beside snapshots, tokens and inventory; all of it until somebody chooses. */
export const choicesFor = (deps: Pick<SupplyDeps, 'store'>, site: SiteId): readonly ExportChoice[] =>
  deps.store.read(db => choicesOf(db, site)) ?? exportChoices;

/** Gathers what goes out. Throws `vault-locked` while the server tokens cannot be read, `no-recipient`. */
export async function contentsOf(deps: SupplyDeps, site: Site): Promise<Contents> {
  const [confirmed, before] = deps.store.read(db => [confirmedSnapshots(db), exports(db, site.id)] as const);
  const since = before.find(each => each.state === 'confirmed')?.at;
  const carried = chosen(deps.snapshots.ofSite(site.id), confirmed);
  const recipients = recipientsOf(deps, site);
  const tokens = deps.nodes.history(site.id, 'server-token').map(({ madeAt, note, secret }) => ({
    madeAt,
    note,
    tokenHash: tokenHash(secret),
    token: secret.reveal(),
  }));
  const choices = choicesFor(deps, site.id);
  const configurations = choices.includes('config') ? configurationsOf(deps, site.id) : [];
  const runs = choices.includes('audit') ? runsOf(deps, site.id) : [];
  const evidence = choices.includes('evidence') ? evidenceOf(deps, site.id, since) : [];
  const boxes = choices.includes('black-boxes') ? await boxesOf(deps, site.id, since) : [];
  const metrics = choices.includes('metrics') ? await metricsOf(deps, site.id, since) : [];
  const content: Content[] = [
    ...carried.map((snapshot): Content => ({
      path: snapshotPath(snapshot),
      what: 'snapshot',
      bytes: snapshot.bytes,
      from: { is: 'snapshot', snapshot },
    })),
    made('data/config/server-tokens.json.age', 'config', json({ format: 1, site: site.id, tokens })),
    ...configurations,
    ...(choices.includes('audit') ? [decisionsOf(deps)] : []),
    ...runs,
    ...evidence,
    ...boxes,
    ...metrics,
  ];
  const digest = createHash('sha256')
    .update(
      JSON.stringify([
        recipients.toSorted(),
        carried.map(each => [each.id, each.sha256]),
        deps.runs.ofSite(site.id).map(run => [run.id, run.state]),
        tokens.map(each => each.tokenHash),
        choices,
        [...configurations, ...evidence].map(({ path, bytes }) => [path, bytes]),
      ]),
    )
    .digest('hex');
  return { site, recipients, carried, content, digest };
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** What was sealed, by its path in the bag, with the hash it must have once opened. */
export interface Packed {
  readonly path: string;
  readonly what: ExportItem['what'];
  readonly plain: { readonly bytes: number; readonly sha256: string };
  /** The files it lies in, in order, when it is too large for one. */
  readonly parts?: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * The inventory: what the site is, what every file of the bag holds, and every snapshot on the laptop with its check; one
 * that is damaged or was carried before is named, not left out.
 */
export function inventory(
  deps: SupplyDeps,
  site: Site,
  exportId: string,
  at: string,
  packed: readonly Packed[],
): string {
  const inBag = new Set(packed.map(each => each.path));
  const who = deps.store.read(technician);
  const proofs = deps.store.read(db => proofsOf(db, site.id));
  return json({
    format: 1,
    kind: 'coldstart-inventory',
    practice: deps.world === 'practice',
    export: exportId,
    at,
    coldstart: deps.version,
    technician: who,
    site: { id: site.id, name: site.name, createdAt: site.createdAt },
    nodes: deps.nodes.ofSite(site.id).map(nodeEntry),
    snapshots: deps.snapshots.ofSite(site.id).map(each => snapshotEntry(each, inBag, proofs)),
    bundles: deps.store.read(bundleVersions),
    files: packed.map(({ path, what, plain, parts }) => ({ path, what, ...plain, parts })),
  });
}

/** All of a node but how this laptop logs in to it. */
const nodeEntry = (node: SiteNode): object => ({
  id: node.id,
  name: node.name,
  address: node.address,
  addedAt: node.addedAt,
  lastSeen: node.lastSeen,
  machineId: node.machineId,
  hostKey: node.hostKey,
  k3sVersion: node.k3sVersion,
  caHash: node.caHash,
});

/** All of a snapshot but where it lies on this laptop; in its place the file of the bag, or why it is left out. */
function snapshotEntry(each: Snapshot, inBag: ReadonlySet<string>, proofs: readonly ProofRecord[]): object {
  const file = snapshotPath(each);
  const left = each.check.intact ? 'carried before' : each.check.says;
  return {
    ...each,
    path: undefined,
    ...proofEntry(each, proofs),
    ...(inBag.has(file) ? { file } : { left }),
  };
}

/** The proof of exactly these bytes, so that headquarters sees what was known at the station. */
function proofEntry({ id, sha256 }: Snapshot, proofs: readonly ProofRecord[]): object {
  const found = proofs.find(each => each.snapshot === id && each.sha256 === sha256);
  return found ? { proof: { ...found.proof, path: undefined } } : {};
}

/** What the plan shows: every file with the exact size it will have once sealed. */
export function itemsOf(deps: SupplyDeps, { site, recipients, content }: Contents): readonly ExportItem[] {
  const packed = content.map(({ path, what, bytes }) => ({
    path,
    what,
    plain: { bytes, sha256: '0'.repeat(64) },
  }));
  const blank = '00000000-0000-4000-8000-000000000000';
  const sheet = inventory(deps, site, blank, deps.clock.now().toISOString(), packed);
  return [
    ...content,
    { path: inventoryPath, what: 'inventory' as const, bytes: Buffer.byteLength(sheet) },
  ].map(({ path, what, bytes }) => ({ path, what, bytes: sealedBytes(bytes, recipients.length) }));
}
