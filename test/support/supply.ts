import { metricsBox } from '../../main/machine/metrics.ts';
import { loggedMetrics } from '../../main/services/recorder/logged.ts';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress, Run, Site, SiteNode, Snapshot, World } from '../../preload/contract/domain.ts';
import type { NodeId, RunId, SiteId, SnapshotId } from '../../preload/contract/ids.ts';
import type { CallContext } from '../../main/bridge/handlers.ts';
import { tokenHash } from '../../main/core/server-token.ts';
import { Secret } from '../../main/core/secret.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import { work } from '../../main/machine/work.ts';
import type { Clock, Files, Link, Vault, Work } from '../../main/ports.ts';
import type { Runs } from '../../main/services/runbooks/runs.ts';
import type { KeptSecret, KeptSecrets, Nodes, SecretKind } from '../../main/services/sites/nodes.ts';
import { keysService } from '../../main/services/keys/service.ts';
import type { KeysDeps } from '../../main/services/keys/service.ts';
import { laptopKey } from '../../main/services/keys/laptop-key.ts';
import { trustedKeys } from '../../main/services/keys/trusted.ts';
import { openVault } from '../../main/machine/vault.ts';
import { snapshotService } from '../../main/services/snapshots/service.ts';
import { supplyService } from '../../main/services/supply/service.ts';
import { recordSnapshot } from '../../main/store/snapshots.ts';
import { setBreakGlass } from '../../main/store/keys.ts';
import { addSite, setRecipients, siteById } from '../../main/store/sites.ts';
import { openStore } from '../../main/store/open.ts';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Bytes with a sound SHA-256 trailer, as etcd writes a snapshot; the content is noise. */
export function snapshotBytes(pages = 4): Buffer {
  const image = randomBytes(pages * 4096);
  return Buffer.concat([image, sha256(image)]);
}

export interface BenchOptions {
  readonly world?: World;
  readonly recipients?: readonly string[];
  /** The site's key for the safe; null for a site without one. */
  readonly breakGlass?: string | null;
  readonly clockDoubtful?: boolean;
  readonly vault?: Vault;
  readonly prove?: KeysDeps['prove'];
  readonly link?: () => Promise<Link>;
  readonly clock?: Clock;
  readonly files?: Partial<Files>;
  readonly work?: Partial<Work>;
  readonly partBytes?: number;
  /** A home made by an earlier bench, to go on where that one stopped. */
  readonly folder?: string;
}

export const token = `K10${'ab'.repeat(32)}::server:correct-horse-battery`;
const siteOfBench = '0a1b2c3d-0000-4000-8000-000000000001' as SiteId;
const nodeOfBench = '0a1b2c3d-0000-4000-8000-000000000002' as NodeId;
const runOfBench = '0a1b2c3d-0000-4000-8000-000000000003' as RunId;

/** The recipient whose secret half is public on purpose. */
const practiceSafe = readFileSync(
  join(import.meta.dirname, '../../resources/practice/hq/break-glass-recipient.txt'),
  'utf8',
).trim();

/** One site with one node on a real store and real files; secrets and runs are kept in memory. */
export function supplyBench(options: BenchOptions = {}) {
  const { world = 'real' } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'coldstart-supply-'));
  const home = { folder: join(folder, 'home'), spool: join(folder, 'home', 'spool') };
  const stick = join(folder, 'stick');
  for (const path of [home.spool, stick]) mkdirSync(path, { recursive: true });
  const store = openStore(join(home.folder, 'coldstart.db'));
  const asMade: Site = {
    id: siteOfBench,
    name: 'Halley VI "north"',
    practice: world === 'practice',
    createdAt: '2026-01-01T00:00:00.000Z',
    recipients: options.recipients ?? [],
    ...(options.breakGlass === null
      ? {}
      : {
          breakGlass: {
            recipient: options.breakGlass ?? practiceSafe,
            madeAt: '2026-01-01T00:00:00.000Z',
          },
        }),
  };
  store.write(db => {
    if (!siteById(db, asMade.id)) addSite(db, asMade);
    if (asMade.breakGlass) setBreakGlass(db, asMade.id, asMade.breakGlass);
    setRecipients(db, asMade.id, asMade.recipients);
  });
  const site = (): Site => store.read(db => siteById(db, asMade.id)) ?? asMade;
  const node: SiteNode = {
    id: nodeOfBench,
    site: asMade.id,
    name: 'cp-1.station.example',
    address: '10.9.8.7',
    port: 22,
    user: 'anna',
    login: { is: 'auto' },
    over: 'ssh',
    practice: world === 'practice',
    addedAt: '2026-01-01T00:00:00.000Z',
    machineId: 'feedfacefeedfacefeedfacefeedface',
    k3sVersion: 'v1.33.5+k3s1',
  };
  const kept: (KeptSecret & { readonly kind: SecretKind })[] = [];
  const ofKind = (kind: SecretKind): readonly KeptSecret[] => kept.filter(each => each.kind === kind);
  const learned: object[] = [];
  const nodes: Nodes & KeptSecrets = {
    get: () => node,
    ofSite: () => [node],
    site,
    given: () => [],
    withLink: async (_id, _signal, job) => {
      if (!options.link) throw new Error('this bench has no link');
      const link = await options.link();
      try {
        return await job(link);
      } finally {
        await link.close();
      }
    },
    learned: (_id, facts) => void learned.push(facts),
    keep: (_owner, kind, secret, note) =>
      void kept.unshift({ kind, madeAt: new Date().toISOString(), note, secret }),
    latest: (_owner, kind) => ofKind(kind)[0],
    history: (_owner, kind) => ofKind(kind),
  };
  const run = { id: runOfBench, site: asMade.id, state: 'passed' } as unknown as Run;
  const runs: Runs = { ofSite: () => [run], auditRecord: () => '{"at":"2026-01-01","step":"1"}\n' };
  const deps = {
    store,
    clock: options.clock ?? systemClock,
    chance: systemChance,
    files: { ...localFiles(), ...options.files },
    work: { ...work(), ...options.work },
    nodes,
    world,
  };
  const snapshots = snapshotService({ ...deps, home: home.folder });
  const vault =
    options.vault ?? openVault(join(home.folder, 'vault.json'), { practice: true, chance: systemChance });
  const laptop = laptopKey({ store, vault, clock: deps.clock, chance: systemChance });
  const trusted = trustedKeys({ store, clock: deps.clock });
  const supply = supplyService({
    ...deps,
    snapshots: snapshots.snapshots,
    runs,
    evidence: { of: () => [] },
    blackBoxes: { list: () => Promise.resolve([]), read: () => Promise.resolve({ lines: [], more: false }) },
    metrics: loggedMetrics(metricsBox(), home.folder, id => ({ site: id })),
    trusted,
    laptop,
    clockDoubtful: () => options.clockDoubtful ?? false,
    partBytes: options.partBytes,
    supplyRunDays: () => 7,
    home,
    version: '0.1.0',
  });
  const keys = keysService({
    ...deps,
    trusted,
    laptop,
    home: home.folder,
    site,
    sites: () => [site()],
    prove: options.prove ?? (() => Promise.reject(new Error('this bench proves nothing'))),
  });
  const told: Progress[] = [];
  const context = (signal = new AbortController().signal): CallContext => ({
    signal,
    progress: progress => void told.push(progress),
  });
  return {
    folder,
    home,
    stick,
    store,
    site: asMade,
    node,
    kept,
    ofKind,
    learned,
    told,
    context,
    vault,
    trusted,
    supply,
    parts: deps,
    calls: { ...snapshots.calls, ...supply.calls, ...keys.calls },
    snapshots: snapshots.snapshots,
    keepToken: (text = token) => nodes.keep(asMade.id, 'server-token', new Secret(text), 'made for a test'),
    /** A snapshot that was pulled and found intact. */
    addSnapshot(savedAt: string, bytes = snapshotBytes(), name?: string): Snapshot {
      const id = randomUUID() as SnapshotId;
      const path = join(home.folder, 'snapshots', id);
      mkdirSync(join(home.folder, 'snapshots'), { recursive: true });
      writeFileSync(path, bytes, { mode: 0o600 });
      const snapshot: Snapshot = {
        id,
        site: asMade.id,
        node: node.id,
        nodeName: node.name,
        name: name ?? `on-demand-cp-1.station.example-${Math.floor(Date.parse(savedAt) / 1000)}`,
        bytes: bytes.length,
        sha256: sha256(bytes).toString('hex'),
        savedAt,
        pulledAt: savedAt,
        k3sVersion: 'v1.33.5+k3s1',
        tokenHash: tokenHash(new Secret(token)),
        check: { at: savedAt, trailer: 'holds', reference: 'equal', intact: true, says: 'Intact.' },
        path,
        practice: world === 'practice',
      };
      store.write(db => recordSnapshot(db, snapshot));
      return snapshot;
    },
    close(keep = false) {
      store.close();
      if (!keep && existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type SupplyBench = ReturnType<typeof supplyBench>;
