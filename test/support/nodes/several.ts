import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RunNews, SiteNode } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { runId } from '../../../preload/contract/ids.ts';
import type { RemedyChoice } from '../../../preload/contract/doctor.ts';
import { scrubber } from '../../../main/core/scrub.ts';
import { told } from '../../../main/core/runbook/step.ts';
import type { JournalLine, Told } from '../../../main/core/runbook/step.ts';
import { sshLinks } from '../../../main/links/ssh/links.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { openHome } from '../../../main/machine/home.ts';
import { openVault } from '../../../main/machine/vault.ts';
import { work } from '../../../main/machine/work.ts';
import { answersTo } from '../../../main/core/runbook/remedies/answers.ts';
import { unlock } from '../../../main/services/runbooks/lock.ts';
import { lookerOn } from '../../../main/services/runbooks/remedies/look.ts';
import { tidyMemory } from '../../../main/services/runbooks/remedies/tidy.ts';
import { comparedStep } from '../../../main/services/runbooks/restore/inside.ts';
import { severalFields, severalSteps } from '../../../main/services/runbooks/restore/several/book.ts';
import type { FromSnapshot } from '../../../main/services/runbooks/restore/several/book.ts';
import { lookAtOthers, standingOf } from '../../../main/services/runbooks/restore/several/look.ts';
import { requireBestSurvivor } from '../../../main/services/runbooks/restore/several/survivor.ts';
import { bundleService } from '../../../main/services/bundles/service.ts';
import type { Book } from '../../../main/services/runbooks/book.ts';
import type { Console } from '../../../main/services/runbooks/console.ts';
import type { SittingEnd } from '../../../main/services/runbooks/ending.ts';
import { headOf } from '../../../main/services/runbooks/book.ts';
import type { RemedyParts } from '../../../main/services/runbooks/remedies/frame.ts';
import { Sitting } from '../../../main/services/runbooks/sitting.ts';
import { strongbox } from '../../../main/services/runbooks/strongbox.ts';
import { siteService } from '../../../main/services/sites/service.ts';
import { proveService } from '../../../main/services/snapshots/prove.ts';
import { snapshotService } from '../../../main/services/snapshots/service.ts';
import { openStore } from '../../../main/store/open.ts';
import { resourcesFolder } from '../../../main/version.ts';
import { folder } from '../folder.ts';
import { context, passphrase, stopless } from '../sites.ts';
import type { NspawnNode } from './nspawn.ts';
import { nodeLan, nspawnNode } from './nspawn.ts';
import { runningAgent, runningK3s } from './running-k3s.ts';

/** Three servers with a common etcd, and an agent, in a network of their own. */
export interface Cluster {
  readonly cp1: NspawnNode;
  readonly cp2: NspawnNode;
  readonly cp3: NspawnNode;
  readonly w1: NspawnNode;
  readonly servers: readonly NspawnNode[];
  readonly all: readonly NspawnNode[];
}

export async function threeServers(t: TestContext): Promise<Cluster> {
  const lan = nodeLan(t);
  const boot = (name: string): Promise<NspawnNode> => nspawnNode(t, { name, lan, diskMiB: 3000 });
  const [cp1, cp2, cp3, w1] = await Promise.all([boot('cp1'), boot('cp2'), boot('cp3'), boot('w1')]);
  await runningK3s(cp1);
  await runningK3s(cp2, { joins: cp1.inside });
  await runningK3s(cp3, { joins: cp1.inside });
  await runningAgent(w1, cp1.inside);
  return { cp1, cp2, cp3, w1, servers: [cp1, cp2, cp3], all: [cp1, cp2, cp3, w1] };
}

const server = '/var/lib/rancher/k3s/server';
/** An etcdctl on a server, past Coldstart. */
const ctl = `ETCDCTL_API=3 /usr/local/lib/stand-in/etcdctl --cacert ${server}/tls/etcd/server-ca.crt --cert ${server}/tls/etcd/client.crt --key ${server}/tls/etcd/client.key --endpoints https://127.0.0.1:2379`;

/** Puts a value into the cluster's etcd. */
export const put = (node: NspawnNode, key: string, value: string): Promise<string> =>
  node.done(`${ctl} put '${key}' '${value}'`);

/** A ConfigMap as Kubernetes would read it; etcd holds it as JSON. */
export const configMap = (name: string, value: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { value },
  });

/** Every key under /registry/ with its value, as this server's etcd has them. */
export async function content(node: NspawnNode): Promise<ReadonlyMap<string, string>> {
  const lines = (await node.done(`${ctl} get /registry/ --prefix`)).split('\n');
  return new Map(lines.flatMap((line, i) => (i % 2 === 0 ? [[line, lines[i + 1] ?? ''] as const] : [])));
}

/** Names of etcd's voting members, as this server lists them. */
export const voters = async (node: NspawnNode): Promise<readonly string[]> =>
  (await node.done(`${ctl} member list`))
    .split('\n')
    .filter(line => line.endsWith('false'))
    .map(line => line.split(', ')[2]?.replace(/-[0-9a-f]{8}$/, '') ?? '')
    .toSorted();

/** The CA of the cluster a server belongs to: a new cluster has a new one. */
export const clusterCa = (node: NspawnNode): Promise<string> =>
  node.done(`sha256sum <${server}/tls/server-ca.crt | cut -c 1-12`);

/** Every server runs with this content, in this cluster, with all of them voting. */
export async function assertRestored(
  servers: readonly NspawnNode[],
  { before, ca }: { readonly before: ReadonlyMap<string, string>; readonly ca: string },
): Promise<void> {
  const names = servers.map(({ name }) => name).toSorted();
  for (const server of servers) {
    assert.deepEqual(await voters(server), names, server.name);
    assert.equal(await clusterCa(server), ca, `${server.name} is in another cluster`);
    assert.equal(await server.done('systemctl is-enabled k3s; systemctl is-active k3s'), 'enabled\nactive');
    const now = await content(server);
    // each server writes its own Node anew when it starts
    for (const [key, value] of before)
      if (!key.startsWith('/registry/minions/')) assert.equal(now.get(key), value, key);
    assert.deepEqual([...now.keys()], [...before.keys()], server.name);
  }
}

/** A laptop that knows these nodes, with the services the runbooks work with. */
export interface SeveralLaptop {
  readonly parts: RemedyParts;
  readonly node: (name: string) => SiteNode;
}

export async function severalLaptop(t: TestContext, nodes: readonly NspawnNode[]): Promise<SeveralLaptop> {
  const home = openHome({ env: { COLDSTART_HOME: join(folder(t), 'home') }, world: 'real' });
  const store = openStore(home.db);
  const vault = openVault(home.vault, { practice: false, chance: systemChance });
  await vault.create(passphrase);
  const knownHostsFile = home.knownHosts;
  const [clock, chance, files, worker] = [systemClock, systemChance, localFiles(), work()];
  const ssh = sshLinks({ knownHostsFile, userSshFolder: undefined, agentSocket: undefined, clock });
  const sites = siteService({ store, vault, clock, chance, links: ssh, world: 'real' });
  t.after(async () => {
    await sites.close();
    store.close();
  });
  const site = await sites.calls['site.create']({ name: 'Dome C' }, context());
  for (const one of nodes) {
    const login = { is: 'key', path: one.key } as const;
    const asked = {
      site: site.id,
      name: one.name,
      address: one.address,
      port: one.port,
      user: 'root',
      login,
    };
    const { id } = await sites.calls['node.add'](asked, context());
    await sites.calls['node.trust']({ node: id, fingerprint: one.fingerprint }, context());
  }
  const all = { ...sites.nodes, ...sites.secrets };
  const shippedKeys = join(resourcesFolder(), 'keys');
  const { bundles } = bundleService({ store, files, work: worker, clock, home, world: 'real', shippedKeys });
  const common = { store, clock, chance, files, work: worker, nodes: all, world: 'real' } as const;
  const { proofs } = proveService({ ...common, bundles, home, supplyRunDays: () => 7 });
  const { snapshots } = snapshotService({ ...common, proofs, home: home.folder });
  const box = strongbox({ files, vault, clock, runs: home.runs });
  return {
    parts: {
      ...common,
      bundles,
      snapshots,
      runs: home.runs,
      scratch: home.folder,
      strongbox: box,
      supplyRunDays: () => 7,
    },
    node: name => {
      const found = all.ofSite(site.id).find(one => one.name === name);
      if (!found) throw new Error(`no node ${name}`);
      return found;
    },
  };
}

/** A run of a book, sitting after sitting. */
export class SeveralRun {
  readonly id = runId(systemChance.uuid());
  readonly #lines: JournalLine[] = [];
  readonly #laptop: SeveralLaptop;
  readonly #node: SiteNode;
  readonly #book: Book;
  /** All that was sent, with where. */
  readonly sent: string[] = [];
  terminal = '';
  /** Told before each step begins; may pull a plug. */
  before: (step: string) => Promise<void> | void = () => undefined;
  heard: (news: RunNews) => void = () => undefined;

  constructor(laptop: SeveralLaptop, node: SiteNode, book: (run: SeveralRun) => Book) {
    this.#laptop = laptop;
    this.#node = node;
    this.#book = book(this);
    const steps = this.#book.steps.map(headOf);
    this.#lines.push({ at: '', entry: { is: 'began', steps, ground: undefined } });
  }

  get told(): Told {
    return told(this.#lines);
  }
  get book(): Book {
    return this.#book;
  }

  async sit(): Promise<SittingEnd> {
    const { parts } = this.#laptop;
    const console: Console = {
      step: (nth, of, title) =>
        (this.terminal += `── ${nth}/${of} ${title} (${Math.round(performance.now() / 1000)} s)\n`),
      sent: (as, command, on) => {
        this.sent.push(`${on ?? this.#node.name} ${as} ${command}`);
        this.terminal += `${on ?? this.#node.name} ${as}> ${command.split('\n')[0] ?? ''}\n`;
      },
      note: says => (this.terminal += `${says}\n`),
      output: () => ({
        take: bytes => {
          this.terminal += Buffer.from(bytes).toString();
        },
        end: () => undefined,
      }),
    };
    const steps = this.#book.steps.map(step => ({
      ...step,
      probe: {
        shows: step.probe?.shows ?? [],
        look: async (...args: Parameters<NonNullable<typeof step.probe>['look']>) => {
          await this.before(step.id);
          return step.probe ? await step.probe.look(...args) : { is: 'not-so' as const, saw: 'no look' };
        },
      },
    }));
    return await new Sitting({
      run: this.id,
      node: this.#node,
      book: { ...this.#book, steps },
      lines: this.#lines,
      journal: {
        write: (entry, step) => {
          const line = { at: new Date().toISOString(), entry, ...(step !== undefined && { step }) };
          this.#lines.push(line);
          return line;
        },
        end: () => undefined,
      },
      console,
      scrub: scrubber([]),
      clock: systemClock,
      files: parts.files,
      signal: new AbortController().signal,
      news: news => {
        this.heard(news);
      },
      withLink: (id, signal, use) => parts.nodes.withLink(id, signal, use),
    }).run();
  }

  /** Continues until it ends otherwise than by a lost link; gives how, and how often it broke. */
  async toItsEnd(most = 12): Promise<{ readonly end: SittingEnd; readonly breaks: number }> {
    for (let breaks = 0; ; breaks++) {
      const end = await this.sit();
      if (end.state !== 'interrupted') return { end, breaks };
      if (breaks >= most) throw new Error(`it never ends: ${failureOf(end.failure).says}\n${this.terminal}`);
    }
  }
}

/** A snapshot that lies on the node already, whose content is not compared. */
const lyingThere = (snapshot: string): FromSnapshot => ({
  bring: [],
  snapshot,
  compare: () => comparedStep({ nodes: [], servers: [], workloads: [], more: 0 }, []),
  clear: [],
});

/** The book of a restore (or, without a snapshot, of a reset) that begins on this node, for these answers. */
export type SeveralBook = (choices?: readonly RemedyChoice[]) => (run: SeveralRun) => Book;

/** Looks at all of the nodes, as for a plan that begins on this one. */
export async function severalBook(
  { parts, node }: SeveralLaptop,
  name: string,
  snapshot?: string,
): Promise<SeveralBook> {
  const own = await parts.nodes.withLink(node(name).id, stopless, async link =>
    standingOf(await lookerOn(link, node(name), stopless), parts),
  );
  const ground = { own, others: await lookAtOthers(parts, node(name), stopless) };
  if (snapshot === undefined) requireBestSurvivor(node(name), ground);
  return (choices = []) => {
    const answers = answersTo(severalFields(ground, false), choices);
    return ({ id }) => ({
      title: 'restore',
      warnings: [],
      steps: severalSteps(
        parts,
        {
          node: node(name),
          ground,
          answers,
          run: id,
          owner: 'test',
          whose: () => 'ours',
          takeOver: undefined,
        },
        snapshot === undefined ? undefined : lyingThere(snapshot),
      ),
      release: async (hands, why) => {
        await hands.exec(why === 'cancelled' ? tidyMemory(id) : unlock(id), { as: 'root' });
      },
    });
  };
}

/** Which nodes of the cluster run a K3s that serves another cluster than this one, or none of its data. */
export async function strangers(
  servers: readonly NspawnNode[],
  ca: string,
  key: string,
): Promise<readonly string[]> {
  const found = await Promise.all(
    servers.map(async one => {
      if ((await one.run(`${ctl} endpoint health`)).code !== 0) return [];
      const own = (await clusterCa(one)) === ca && (await one.done(`${ctl} get '${key}'`)) !== '';
      return own ? [] : [one.name];
    }),
  );
  return found.flat();
}
