import { createHash } from 'node:crypto';
import type { ExportItem, Site, SiteNode, Snapshot } from '../../../preload/contract/domain.ts';
import { ageRecipient, sealedBytes } from '../../core/age-recipient.ts';
import { tokenHash } from '../../core/server-token.ts';
import { audited } from '../../store/audit.ts';
import { bundleVersions, exports } from '../../store/exports.ts';
import { proofsOf } from '../../store/proofs.ts';
import type { ProofRecord } from '../../store/proofs.ts';
import { technician } from '../../store/settings.ts';
import type { SupplyDeps } from './deps.ts';

/** One file before it is sealed: a snapshot's copy on the laptop, or a text that never lies on its disk. */
export interface Content {
  /** In the bag, sealed: `data/….age`. Opaque, because names on a stick stand in the clear. */
  readonly path: string;
  readonly what: ExportItem['what'];
  readonly bytes: number;
  readonly from:
    { readonly is: 'snapshot'; readonly snapshot: Snapshot } | { readonly is: 'text'; readonly text: string };
}

/** What an export of a site carries now. */
export interface Contents {
  readonly site: Site;
  readonly recipients: readonly string[];
  readonly carried: readonly Snapshot[];
  /** Everything but the inventory, which is made when the rest is sealed. */
  readonly content: readonly Content[];
  /** The same as long as the same would be carried to the same recipients: an interrupted export is then taken up again. */
  readonly digest: string;
}

export const inventoryPath = 'data/inventory/inventory.json.age';

/** Intact copies that are in no earlier export, and the newest intact one in any case. */
export function chosen(all: readonly Snapshot[], earlier: ReadonlySet<string>): readonly Snapshot[] {
  const intact = all.filter(each => each.check.intact);
  return intact.filter((each, i) => i === 0 || !earlier.has(each.id));
}

const snapshotPath = ({ id, name }: Snapshot): string =>
  `data/snapshots/${id}.${name.endsWith('.zip') ? 'zip' : 'db'}.age`;

/** Gathers what goes out. Throws `vault-locked` while the server tokens cannot be read. */
export function contentsOf(deps: SupplyDeps, site: Site): Contents {
  const earlier = new Set(deps.store.read(db => exports(db, site.id)).flatMap(each => each.snapshots));
  const carried = chosen(deps.snapshots.ofSite(site.id), earlier);
  const recipients = site.recipients.map(ageRecipient);
  const tokens = deps.nodes.history(site.id, 'server-token').map(({ madeAt, note, secret }) => ({
    madeAt,
    note,
    tokenHash: tokenHash(secret),
    token: secret.reveal(),
  }));
  const runs = deps.runs.ofSite(site.id);
  const text = (path: string, what: ExportItem['what'], content: string): Content => ({
    path,
    what,
    bytes: Buffer.byteLength(content),
    from: { is: 'text', text: content },
  });
  const decisions = deps.store.read(audited);
  const content: Content[] = [
    ...carried.map((snapshot): Content => ({
      path: snapshotPath(snapshot),
      what: 'snapshot',
      bytes: snapshot.bytes,
      from: { is: 'snapshot', snapshot },
    })),
    text('data/config/server-tokens.json.age', 'config', json({ format: 1, site: site.id, tokens })),
    text(
      'data/audit/decisions.jsonl.age',
      'audit',
      decisions.map(entry => `${JSON.stringify(entry)}\n`).join(''),
    ),
    ...runs.map(run => text(`data/audit/run-${run.id}.jsonl.age`, 'audit', deps.runs.auditRecord(run.id))),
  ];
  const digest = createHash('sha256')
    .update(
      JSON.stringify([
        recipients.toSorted(),
        carried.map(each => [each.id, each.sha256]),
        runs.map(run => [run.id, run.state]),
        tokens.map(each => each.tokenHash),
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
    files: packed.map(({ path, what, plain }) => ({ path, what, ...plain })),
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
