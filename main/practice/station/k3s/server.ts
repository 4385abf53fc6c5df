import { createHash, generateKeyPair } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bootstrapKey, caHash, fullToken, tokenForm } from '../../../core/server-token.ts';
import { rootCred } from '../disk/nodes.ts';
import { networkOf } from '../network.ts';
import { ServiceFailed } from '../services.ts';
import type { Daemon, Unit } from '../services.ts';
import type { Station } from '../station.ts';
import type { Authority, Pair } from './certificates.ts';
import { ConfigError, serverConfig } from './config.ts';
import type { ServerConfig } from './config.ts';
import { importImages } from './images.ts';
import { openDatastore, Rejoin } from './datastore.ts';
import { Fatal } from './fatal.ts';
import type { Say, SayEtcd } from './fatal.ts';
import { datesOf, isDue, leaves, makeLeaf, outOfDate, writeLeaf } from './leaves.ts';
import { bootstrapFiles, hasBootstrap } from './rebootstrap.ts';
import { Site } from './site.ts';
import { database, renewed, withTrailer } from './snapshot.ts';
import { writeWal } from './wal.ts';
import type { Member } from './wal.ts';

const datesUntil = (station: Station, path: string): number => datesOf(station, path)?.until ?? station.now();

/** The uid of the kube-system namespace, as it stands in the database behind its name. */
function clusterUidIn(db: Uint8Array): string | undefined {
  const text = Buffer.from(db).toString('latin1');
  const at = text.lastIndexOf('/registry/namespaces/kube-system');
  return /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(text.slice(at, at + 2000))?.[0];
}

const makeKeys = promisify(generateKeyPair);
// Loaded at the first install: it takes longer than all the rest of the station.
const signing = () => import('./certificates.ts');
export const dataFolder = '/var/lib/rancher/k3s';
const server = `${dataFolder}/server`;

/** What of the running K3s is kept beside the files it wrote. */
interface Kept {
  /** When the node is Ready, on the node's clock. */
  readyAt: number;
  clusterUid: string;
  images: string[];
  nodeName: string;
  nodeIp: string;
  createdAt: number;
  version: string;
  /** Deployments of kube-system that somebody deleted. */
  deleted: readonly string[];
  /** What was deleted when each of these databases was saved, by the hash of it; of others nothing was. */
  savedWithout: Readonly<Record<string, readonly string[]>>;
}

const nothing: Kept = {
  readyAt: 0,
  clusterUid: '',
  images: [],
  nodeName: '',
  nodeIp: '',
  createdAt: 0,
  version: '',
  deleted: [],
  savedWithout: {},
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `k3s server` of the pretended node. */
export class K3s implements Daemon {
  readonly #station: Station;
  readonly #snapshots: string;
  kept: Kept = { ...nothing };
  readonly site: Site;

  /** `resources` is the practice folder of the app's resources. */
  constructor(station: Station, resources: string) {
    this.#station = station;
    this.site = new Site(station);
    this.#snapshots = join(resources, 'snapshot');
    station.parts.set('k3s', {
      save: () => this.kept,
      load: saved => void (this.kept = { ...nothing, ...(saved as Partial<Kept> | undefined) }),
    });
  }

  /** Version the installed binary tells of itself; undefined when there is none. */
  get binaryVersion(): string | undefined {
    const node = this.#station.tree.peek('/usr/local/bin/k3s');
    if (node?.kind !== 'file') return undefined;
    return /k3s version (v[\w.+-]+)/.exec(
      Buffer.from(node.content.subarray(0, node.size)).toString('latin1'),
    )?.[1];
  }

  get unit(): Unit | undefined {
    return this.#station.services.unit('k3s');
  }
  get running(): boolean {
    return this.unit?.active === 'active';
  }
  get ready(): boolean {
    return this.running && this.#station.now() >= this.kept.readyAt && this.trouble === undefined;
  }
  /** Why a running API server serves nobody: its certificates have run out since it started. */
  get trouble(): string | undefined {
    return this.running ? outOfDate(this.#station) : undefined;
  }
  /** etcd runs and waits for enough of the others. */
  get waitsForLeader(): boolean {
    return this.#opening && this.unit?.active === 'activating';
  }
  #opening = false;
  /** This server as the datastore knows it, at the address it has now. */
  self(config?: ServerConfig): Member {
    const address = config?.lists.get('node-ip')?.[0] ?? networkOf(this.#station).address;
    return { name: `${this.kept.nodeName}-5c0fde57`, peer: `https://${address}:2380` };
  }
  get datastore(): 'etcd' | 'sqlite' | 'none' {
    const { tree } = this.#station;
    if (tree.peek(`${server}/db/etcd/member`)) return 'etcd';
    return tree.peek(`${server}/db/state.db`) ? 'sqlite' : 'none';
  }

  #say(unit: Unit, level: string, text: string): void {
    const time = new Date(this.#station.now()).toISOString().replace(/\.\d+Z/, 'Z');
    const quoted = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    const priority = { error: 3, fatal: 3, warning: 4 }[level] ?? 6;
    this.#station.log(unit.name, 'k3s', `time="${time}" level=${level} msg="${quoted}"`, {
      pid: unit.pid,
      priority,
    });
  }

  /** Settles when an earlier start is out of the way. */
  #turn: Promise<void> = Promise.resolve();

  async start(unit: Unit, signal: AbortSignal): Promise<void> {
    const say = (level: string, text: string) => this.#say(unit, level, text);
    // A start that was killed is still making keys; the next one must not make others beside it.
    const stopped = new AbortController();
    this.#stopped = stopped;
    const until = AbortSignal.any([signal, stopped.signal]);
    const turn = this.#turn.then(() => this.#begin(unit, say, until));
    this.#turn = turn.catch(() => undefined);
    try {
      await turn;
    } catch (thrown) {
      if (!(thrown instanceof Fatal)) throw thrown;
      if (thrown.status === 1) say('fatal', thrown.message);
      else this.#station.log(unit.name, 'k3s', thrown.message, { pid: unit.pid, priority: 3 });
      throw new ServiceFailed(thrown.message, thrown.status);
    }
  }
  #stopped = new AbortController();

  #etcdSays(unit: Unit): SayEtcd {
    return (level, caller, msg, more = {}) =>
      this.#station.log(
        unit.name,
        'k3s',
        JSON.stringify({ level, ts: new Date(this.#station.now()).toISOString(), caller, msg, ...more }),
        { pid: unit.pid, priority: { info: 6, warn: 4 }[level as string] ?? 3 },
      );
  }

  async #begin(unit: Unit, say: Say, signal: AbortSignal): Promise<void> {
    const station = this.#station;
    const version = this.binaryVersion;
    if (version === undefined) throw new ServiceFailed('no binary', 203);
    let config: ServerConfig;
    try {
      config = serverConfig(station, unit);
    } catch (thrown) {
      if (thrown instanceof ConfigError) throw new Fatal(thrown.message);
      throw thrown;
    }
    for (const key of config.unknown) say('warning', `Unknown flag --${key} found in config.yaml, skipping`);
    say('info', 'Acquiring lock file /var/lib/rancher/k3s/data/.lock');
    say(
      'info',
      `Preparing data dir ${dataFolder}/data/a25a18c4d1a5b5ae5d7e4b2e3f6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8`,
    );
    say('info', `Starting k3s ${version} (1e9a8bc0)`);
    this.#checkGround(config);
    this.#join(config, say);
    const fresh = station.tree.peek(`${server}/tls/server-ca.crt`) === undefined;
    if (!fresh) this.#checkDates();
    await this.#datastore(config, say, fresh);
    if (fresh) await this.#install(config, say, version);
    else {
      this.#checkToken(config);
      await this.#renew(config, say);
    }
    if (this.datastore === 'etcd') {
      await this.#open(config, unit, say, signal);
      this.#checkOpens();
    }
    await this.#serving(config, say);
    this.#containerd(say);
    say(
      'info',
      'Running kube-apiserver --advertise-port=6443 --allow-privileged=true --anonymous-auth=false --authorization-mode=Node,RBAC --bind-address=127.0.0.1 --secure-port=6444',
    );
    say(
      'info',
      'Running kube-scheduler --authentication-kubeconfig=/var/lib/rancher/k3s/server/cred/scheduler.kubeconfig --bind-address=127.0.0.1 --secure-port=10259',
    );
    say(
      'info',
      'Running kube-controller-manager --allocate-node-cidrs=true --bind-address=127.0.0.1 --cluster-cidr=10.42.0.0/16 --secure-port=10257',
    );
    say('info', 'Waiting for API server to become available to start embedded etcd controller');
    this.kept.images = importImages(station, say);
    await station.pause(station.scenario.k3sStartMs, signal);
    say('info', 'Wrote kubeconfig /etc/rancher/k3s/k3s.yaml');
    say('info', 'Run: k3s kubectl');
    say('info', 'Kube API server is now running');
    say(
      'info',
      this.datastore === 'etcd' ? 'ETCD server is now running' : 'Kine available at unix://kine.sock',
    );
    station.tree.removeAll(`${server}/db/reset-flag`);
    say('info', 'k3s is up and running');
    this.kept = { ...this.kept, readyAt: station.now() + station.scenario.k3sReadyMs, version };
    void this.#afterStart(unit, say);
  }

  /** What the journal tells once the node is Ready. */
  async #afterStart(unit: Unit, say: Say): Promise<void> {
    const until = unit.pid;
    await this.#station.pause(this.#station.scenario.k3sReadyMs, new AbortController().signal);
    if (unit.pid !== until || this.unit?.active !== 'active') return;
    say('info', `Labels and annotations have been set successfully on node: ${this.kept.nodeName}`);
    say('info', `Started tunnel to ${this.kept.nodeIp}:6443`);
    this.#station.important();
  }

  /** A snapshot took the place of the data: the cluster is the one that made it, also on a machine that was in none. */
  restored(db: Uint8Array): void {
    const uid = clusterUidIn(db);
    const deleted = this.kept.savedWithout[sha256(db)] ?? [];
    this.kept = { ...this.kept, deleted, ...(uid !== undefined && { clusterUid: uid }) };
  }

  async stop(unit: Unit): Promise<void> {
    this.#stopped.abort();
    this.#say(unit, 'info', 'Shutdown request received: "terminated"');
  }

  #checkGround(config: ServerConfig): void {
    const { scenario } = this.#station;
    if (scenario.cgroups === 'v2-without-memory') throw new Fatal('failed to find memory cgroup (v2)');
    if (scenario.cgroups === 'v1' && this.#refusesV1(config))
      throw new Fatal(
        'kubelet exited: failed to run Kubelet: kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release',
      );
    if (this.#station.tree.readOnly)
      throw new Fatal(`failed to acquire lock: open ${dataFolder}/data/.lock: read-only file system`);
    const wanted = config.lists.get('node-ip')?.[0];
    if (!scenario.defaultRoute && wanted === undefined)
      throw new Fatal('unable to select an IP from default routes');
    const own = networkOf(this.#station).address;
    if (wanted !== undefined && wanted !== own)
      throw new Fatal(
        `starting kubernetes: preparing server: start managed database: listen tcp ${wanted}:2380: bind: cannot assign requested address`,
      );
    const taken = networkOf(this.#station)
      .listening()
      .filter(({ process }) => !process.startsWith('k3s'));
    for (const port of [6443, 2379, 2380, 10250])
      if (taken.some(each => each.port === port))
        throw new Fatal(
          `starting kubernetes: preparing server: init cluster datastore and https: listen tcp :${port}: bind: address already in use`,
        );
    const { tree } = this.#station;
    if (tree.free < 4 << 20 || tree.inodesFree < 16)
      throw new Fatal(
        tree.peek(`${server}/db/etcd`)
          ? `starting kubernetes: preparing server: start managed database: write ${server}/db/etcd/member/wal/0.tmp: no space left on device`
          : `write ${server}/tls/server-ca.crt: no space left on device`,
      );
  }

  /** The kubelet refuses cgroup v1 from Kubernetes 1.35 on, unless it is told otherwise. */
  #refusesV1(config: ServerConfig): boolean {
    const minor = Number(/^v1\.(\d+)/.exec(this.binaryVersion ?? '')?.[1] ?? 0);
    return minor >= 35 && !(config.lists.get('kubelet-arg') ?? []).includes('fail-cgroupv1=false');
  }

  /** A server without data is given everything by the one it joins. */
  #join(config: ServerConfig, say: Say): void {
    const url = config.values.get('server');
    const { tree } = this.#station;
    if (url === undefined || tree.peek(`${server}/db/etcd/member`)) return;
    if (tree.peek(`${server}/db/etcd/tombstone`)) return;
    const preparing = 'starting kubernetes: preparing server: ';
    if (!this.site.at(url))
      throw new Fatal(
        `${preparing}failed to get CA certs: Get "${url}/cacerts": dial tcp: connect: no route to host`,
      );
    const given =
      config.values.get('token') ?? (tree.peek(`${server}/token`) ? tree.read(`${server}/token`) : '');
    const refused = this.site.refuses(given);
    if (refused !== undefined) throw new Fatal(preparing + refused);
    const name = this.#nodeName(config);
    const password = tree.peek('/etc/rancher/node/password')
      ? tree.read('/etc/rancher/node/password').trim()
      : '';
    const known = this.site.kept.nodes[name];
    if (known !== undefined && known !== password) {
      say('error', `unable to verify password for node ${name}: hash does not match`);
      throw new Fatal(
        `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag`,
      );
    }
    this.site.give();
    const { address } = networkOf(this.#station);
    this.kept = { ...this.kept, nodeName: name, nodeIp: address, version: this.binaryVersion ?? '' };
    this.site.kept.nodes[name] = password;
    say('info', `Adding member ${this.self(config).name}=${this.self(config).peer} to etcd cluster`);
    writeWal(tree, { members: [this.self(config), ...this.site.members], last: 4242, confirmed: 4242 });
    say('info', `Promoted learner ${this.self(config).name} to voting member`);
  }

  #nodeName(config: ServerConfig): string {
    const name = (config.values.get('node-name') ?? this.#station.hostname).toLowerCase();
    return config.values.get('with-node-id') === 'true'
      ? `${name}-${this.#station.identity.machineId.slice(0, 8)}`
      : name;
  }

  /** Certificates that are not valid yet stop every connection; those that ran out are made anew first. */
  #checkDates(): void {
    const problem = outOfDate(this.#station);
    if (problem !== undefined && problem.includes(' is before '))
      throw new Fatal(
        `starting kubernetes: preparing server: CA cert validation failed: Get "https://127.0.0.1:6443/cacerts": ${problem}`,
      );
  }

  /** At every start K3s makes anew what expires within 120 days. */
  async #renew(config: ServerConfig, say: Say): Promise<void> {
    const station = this.#station;
    const names = ['localhost', this.kept.nodeName, '127.0.0.1', this.self(config).peer.slice(8, -5)];
    for (const leaf of leaves) {
      const path = `${server}/tls/${leaf.file}.crt`;
      if (!isDue(station, path)) continue;
      const late = datesUntil(station, path);
      say(
        'warning',
        `certificate ${leaf.subject} will expire in ${Math.floor((late - station.now()) / 86_400_000)} days at ${new Date(late).toISOString()}, renewing`,
      );
      writeLeaf(station, leaf, await makeLeaf(station, leaf, names, station.now()));
      if (leaf.file === 'client-admin')
        this.#kubeconfig(config, station.tree.read(`${server}/tls/server-ca.crt`), {
          cert: station.tree.read(path),
          key: station.tree.read(`${server}/tls/client-admin.key`),
        });
    }
    if (isDue(station, `${server}/tls/serving-kube-apiserver.crt`))
      station.tree.removeAll(`${server}/tls/dynamic-cert.json`);
  }

  /** Opens the datastore; a removed member that was told whom to join begins anew. */
  async #open(config: ServerConfig, unit: Unit, say: Say, signal: AbortSignal): Promise<void> {
    const opening = {
      station: this.#station,
      site: this.site,
      unit,
      self: this.self(config),
      joins: config.values.get('server'),
      say,
      etcd: this.#etcdSays(unit),
      signal,
    };
    this.#opening = true;
    try {
      await openDatastore(opening);
    } catch (thrown) {
      if (!(thrown instanceof Rejoin)) throw thrown;
      this.#join(config, say);
      await openDatastore(opening);
    } finally {
      this.#opening = false;
    }
    this.kept = { ...this.kept, nodeIp: this.self(config).peer.slice(8, -5) };
  }

  /** containerd opens its metadata; K3s ends with it when it cannot. */
  #containerd(say: Say): void {
    const { tree } = this.#station;
    const folder = `${dataFolder}/agent/containerd`;
    const meta = `${folder}/io.containerd.metadata.v1.bolt/meta.db`;
    const log = (level: string, text: string): void => {
      const before = tree.peek(`${folder}/containerd.log`) ? tree.read(`${folder}/containerd.log`) : '';
      const time = new Date(this.#station.now()).toISOString();
      tree.write(`${folder}/containerd.log`, `${before}time="${time}" level=${level} msg="${text}"\n`);
    };
    if (!tree.peek(meta)) tree.write(meta, 'coldstart practice metadata, sound\n', 0o600);
    log('info', 'starting containerd revision=fb4c30d4ede3531652d86197bf3fc9515e5276d9 version=v2.1.4-k3s1');
    if (tree.read(meta).includes('sound')) return log('info', 'containerd successfully booted in 0.031s');
    log(
      'error',
      'failed to recover state: failed to get metadata for stored sandbox \\"6c1f\\": invalid page type: 0: 4',
    );
    log(
      'fatal',
      'Failed to run CRI service: failed to recover state: failed to get metadata for stored sandbox: invalid page type',
    );
    say('error', 'containerd exited: exit status 1');
    throw new Fatal('failed to start container runtime: containerd exited: exit status 1');
  }

  async #datastore(config: ServerConfig, say: Say, fresh: boolean): Promise<void> {
    const { tree } = this.#station;
    if (config.values.has('server') && fresh)
      throw new Fatal(
        `starting kubernetes: preparing server: failed to get CA certs: Get "${config.values.get('server') ?? ''}/cacerts": dial tcp: connect: no route to host`,
      );
    if (this.datastore === 'etcd' || tree.peek(`${server}/db/etcd/tombstone`))
      return say('info', 'Managed etcd cluster bootstrap already complete and initialized');
    if (config.values.get('cluster-init') === 'true') {
      if (this.datastore === 'sqlite') throw new Fatal('the practice station cannot migrate SQLite to etcd');
      say('info', 'Managed etcd cluster initializing');
      // Certificates without data: K3s begins a new, empty cluster with them.
      if (!fresh) this.#emptyCluster();
    } else
      say(
        'info',
        'Configuring sqlite3 database connection pooling: maxIdleConns=2, maxOpenConns=0, connMaxLifetime=0s',
      );
  }

  #emptyCluster(): void {
    const station = this.#station;
    const form = tokenForm(station.tree.read(`${server}/token`));
    this.kept = {
      ...this.kept,
      clusterUid: station.chance.uuid(),
      createdAt: Math.floor(station.now() / 1000),
    };
    this.#etcd(form?.is === 'full' ? form.password : '');
  }

  #password(config: ServerConfig): string {
    const { tree, chance } = this.#station;
    const file = config.values.get('token-file');
    const given = config.values.get('token') ?? (file && tree.peek(file) ? tree.read(file) : undefined);
    if (given === undefined || given.trim() === '') return Buffer.from(chance.bytes(16)).toString('hex');
    const form = tokenForm(given);
    if (!form || form.is === 'join')
      throw new Fatal(
        'starting kubernetes: preparing server: failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>',
      );
    return form.password;
  }

  /** A started cluster keeps its token: another one in the configuration does not open its bootstrap data. */
  #checkToken(config: ServerConfig): void {
    if (!config.values.has('token') && !config.values.has('token-file')) return;
    const form = tokenForm(this.#station.tree.read(`${server}/token`));
    if (form?.is === 'full' && form.password !== this.#password(config))
      throw new Fatal(
        'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
      );
  }

  /** The token must be the one the data were made with. */
  #checkOpens(): void {
    const { tree } = this.#station;
    const node = tree.peek(`${server}/db/etcd/member/snap/db`);
    const form = tokenForm(tree.peek(`${server}/token`) ? tree.read(`${server}/token`) : '');
    if (node?.kind !== 'file' || form?.is !== 'full') return;
    const db = node.content.subarray(0, node.size);
    if (hasBootstrap(db) && !Site.opens(db, form.password))
      throw new Fatal(
        'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
      );
  }

  async #install(config: ServerConfig, say: Say, version: string): Promise<void> {
    const { authority } = await signing();
    const station = this.#station;
    const { tree, chance } = station;
    const now = station.now();
    const seconds = Math.floor(now / 1000);
    const password = this.#password(config);
    const nodeName = this.#nodeName(config);
    const nodeIp = config.lists.get('node-ip')?.[0] ?? networkOf(station).address;
    this.kept = { ...nothing, clusterUid: chance.uuid(), nodeName, nodeIp, createdAt: seconds, version };
    tree.makeFolders(`${server}/db/snapshots`, 0o755, rootCred);
    for (const path of [
      server,
      `${server}/db`,
      `${server}/db/snapshots`,
      `${server}/tls`,
      `${server}/cred`,
    ]) {
      tree.makeFolders(path, 0o700, rootCred);
      tree.chmod(path, 0o700, rootCred);
    }
    const ca = (name: string) =>
      authority(`k3s-${name}-ca@${seconds}`.replace(/^k3s-etcd/, 'etcd'), now, chance);
    const [client, serving, header, etcdServer, etcdPeer] = (await Promise.all(
      ['client', 'server', 'request-header', 'etcd-server', 'etcd-peer'].map(ca),
    )) as [Authority, Authority, Authority, Authority, Authority];
    const service = (await makeKeys('rsa', { modulusLength: 2048 })).privateKey
      .export({ type: 'pkcs1', format: 'pem' })
      .toString();
    const put = (name: string, pair: Pair) => {
      tree.write(`${server}/tls/${name}.crt`, pair.cert, 0o644);
      tree.write(`${server}/tls/${name}.key`, pair.key, 0o600);
      say(
        'info',
        `generated self-signed CA certificate CN=${'name' in pair ? String(pair.name) : name}: notBefore=${new Date(now).toISOString()} notAfter=${new Date(now + 315_360_000_000).toISOString()}`,
      );
    };
    put('client-ca', client);
    put('server-ca', serving);
    put('request-header-ca', header);
    put('etcd/server-ca', etcdServer);
    put('etcd/peer-ca', etcdPeer);
    tree.write(`${server}/tls/service.key`, service, 0o600);
    for (const each of leaves)
      writeLeaf(
        station,
        each,
        await makeLeaf(station, each, ['localhost', nodeName, '127.0.0.1', nodeIp], now),
      );
    const read = (name: string): string => tree.read(`${server}/tls/${name}`);
    const admin = { cert: read('client-admin.crt'), key: read('client-admin.key') };
    this.#tokens(password, Buffer.from(serving.cert), config);
    this.#encryption(config);
    if (config.values.get('cluster-init') === 'true') this.#etcd(password);
    else
      tree.write(
        `${server}/db/state.db`,
        Buffer.concat([Buffer.from('SQLite format 3\0'), chance.bytes(8176)]),
        0o600,
      );
    this.#kubeconfig(config, serving.cert, admin);
    this.#afterwards();
    say('info', `Server node token is available at ${server}/token`);
    say(
      'info',
      `To join server node to cluster: k3s server -s https://${nodeIp}:6443 -t \${SERVER_NODE_TOKEN}`,
    );
    say('info', `Agent node token is available at ${server}/agent-token`);
    this.#station.important();
  }

  #tokens(password: string, cacerts: Uint8Array, config: ServerConfig): void {
    const { tree, chance } = this.#station;
    const hash = caHash(cacerts) ?? '';
    tree.write(`${server}/token`, `${fullToken(hash, password)}\n`, 0o600);
    for (const name of ['node-token', 'agent-token']) tree.removeAll(`${server}/${name}`);
    tree.makeLink(`${server}/token`, `${server}/node-token`, rootCred);
    const agent = config.values.get('agent-token');
    if (agent === undefined) tree.makeLink(`${server}/token`, `${server}/agent-token`, rootCred);
    else tree.write(`${server}/agent-token`, `${fullToken(hash, agent, 'node')}\n`, 0o600);
    tree.write(
      `${server}/cred/passwd`,
      `${password},node,node,k3s:agent\n${password},server,server,k3s:server\n`,
      0o600,
    );
    tree.write(`${server}/cred/ipsec.psk`, `${Buffer.from(chance.bytes(48)).toString('hex')}\n`, 0o600);
    if (!tree.peek('/etc/rancher/node/password'))
      tree.write('/etc/rancher/node/password', `${Buffer.from(chance.bytes(16)).toString('hex')}\n`, 0o600);
  }

  #encryption(config: ServerConfig): void {
    if (config.values.get('secrets-encryption') !== 'true') return;
    const { tree, chance } = this.#station;
    const key = chance.bytes(32);
    const providers = [
      { aescbc: { keys: [{ name: 'aescbckey', secret: Buffer.from(key).toString('base64') }] } },
      { identity: {} },
    ];
    const text = JSON.stringify({
      kind: 'EncryptionConfiguration',
      apiVersion: 'apiserver.config.k8s.io/v1',
      resources: [{ resources: ['secrets'], providers }],
    });
    tree.write(`${server}/cred/encryption-config.json`, text, 0o600);
    tree.write(
      `${server}/cred/encryption-state.json`,
      `start-${createHash('sha256').update(text).digest('hex')}`,
      0o600,
    );
  }

  /** Makes the database of a new cluster out of the files that lie under `tls` and `cred`. */
  #etcd(password: string): void {
    const station = this.#station;
    const { tree } = station;
    const read = (path: string) => (tree.peek(path) ? tree.read(path) : '');
    const key = /"secret":"([^"]+)"/.exec(read(`${server}/cred/encryption-config.json`))?.[1];
    const at = new Date(station.now()).toISOString();
    const bootstrap = JSON.stringify(
      Object.fromEntries(
        bootstrapFiles.map(([name, path]) => [
          name,
          { Timestamp: at, Content: Buffer.from(read(`${server}/${path}`)).toString('base64') },
        ]),
      ),
    );
    const { identity, chance } = station;
    const db = database(
      this.#snapshots,
      {
        password,
        bootstrap,
        secretKey: key === undefined ? undefined : Buffer.from(key, 'base64'),
        clusterUid: this.kept.clusterUid,
        machineId: identity.machineId,
        bootId: identity.bootId,
        createdAt: this.kept.createdAt,
      },
      chance,
    );
    tree.write(`${server}/db/etcd/member/snap/db`, db, 0o600);
    writeWal(tree, { members: [this.self()], last: 195, confirmed: 195 });
    tree.write(`${server}/db/etcd/name`, `${this.kept.nodeName}-5c0fde57`, 0o600);
    tree.write(
      `${server}/db/etcd/config`,
      `name: ${this.kept.nodeName}-5c0fde57\nheartbeat-interval: 500\nelection-timeout: 5000\ndata-dir: ${server}/db/etcd\n`,
      0o600,
    );
    for (const path of ['', '/member', '/member/snap', '/member/wal'])
      tree.chmod(`${server}/db/etcd${path}`, 0o700, rootCred);
  }

  #kubeconfig(config: ServerConfig, ca: string, admin: Pair): void {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const path = config.values.get('write-kubeconfig') ?? '/etc/rancher/k3s/k3s.yaml';
    const mode = Number.parseInt(config.values.get('write-kubeconfig-mode') ?? '600', 8);
    this.#station.tree.write(
      path,
      `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(ca)}
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${base64(admin.cert)}
    client-key-data: ${base64(admin.key)}
`,
      mode || 0o600,
    );
  }

  /** Folders that are there after a first start and that others look at. */
  #afterwards(): void {
    const { tree } = this.#station;
    for (const path of [
      `${dataFolder}/agent/containerd`,
      `${dataFolder}/agent/etc`,
      `${dataFolder}/agent/images`,
      `${dataFolder}/data/current`,
      `${dataFolder}/storage`,
      '/run/k3s',
      '/var/lib/kubelet/pods',
      `${server}/manifests`,
    ])
      tree.makeFolders(path, 0o755, rootCred);
    for (const name of ['ccm', 'coredns', 'local-storage', 'rolebindings', 'runtimes', 'traefik'])
      tree.write(`${server}/manifests/${name}.yaml`, `# practice ${name}\n`, 0o600);
  }

  /** The certificate of port 6443, with the names asked for now; made anew at a start when they changed. */
  async #serving(config: ServerConfig, say: Say): Promise<void> {
    const station = this.#station;
    const { tree } = station;
    const names = [
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      'localhost',
      this.kept.nodeName,
      ...(config.lists.get('tls-san') ?? []),
      '127.0.0.1',
      '::1',
      '10.43.0.1',
      this.kept.nodeIp,
    ];
    const wanted = [...new Set(names.filter(name => name !== '' && !name.includes('*')))];
    for (const name of names) if (name.includes('*')) say('error', `dropping invalid CN: ${name}`);
    const path = `${server}/tls/dynamic-cert.json`;
    const before = tree.peek(path)
      ? Object.keys((JSON.parse(tree.read(path)) as ServingSecret).metadata.annotations)
      : [];
    const noted = Object.fromEntries(wanted.map(name => [`listener.cattle.io/cn-${name}`, name]));
    if (before.join() === Object.keys(noted).join()) return;
    const { leaf, openAuthority } = await signing();
    const by = await openAuthority(
      tree.read(`${server}/tls/server-ca.crt`),
      tree.read(`${server}/tls/server-ca.key`),
    );
    const pair = await leaf({
      by,
      subject: 'O=k3s,CN=k3s',
      use: 'server',
      names: wanted,
      now: station.now(),
      chance: station.chance,
    });
    tree.write(
      `${server}/tls/serving-kube-apiserver.crt`,
      pair.cert + tree.read(`${server}/tls/server-ca.crt`),
      0o644,
    );
    tree.write(`${server}/tls/serving-kube-apiserver.key`, pair.key, 0o600);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const chain = pair.cert + tree.read(`${server}/tls/server-ca.crt`);
    const secret: ServingSecret = {
      metadata: { name: 'k3s-serving', namespace: 'kube-system', annotations: noted },
      data: { 'tls.crt': base64(chain), 'tls.key': base64(pair.key) },
      type: 'kubernetes.io/tls',
    };
    tree.write(path, JSON.stringify(secret), 0o600);
    say(
      'info',
      `certificate CN=k3s,O=k3s signed by CN=${by.name}: notBefore=${new Date(station.now()).toISOString()} notAfter=${new Date(station.now() + 31_536_000_000).toISOString()}`,
    );
  }

  /** Writes a snapshot of the database and gives its name. The folder must be there. */
  saveSnapshot(base: string, folder: string): { readonly name: string; readonly path: string } {
    const station = this.#station;
    const node = station.tree.find(`${server}/db/etcd/member/snap/db`, rootCred);
    if (node.kind !== 'file') throw new Error('the practice database is no file');
    const db = Buffer.from(node.content.subarray(0, node.size));
    renewed(db, Math.floor(station.now() / 1000), (station.now() % 1000) * 1000);
    const { deleted, savedWithout } = this.kept;
    if (deleted.length > 0)
      this.kept = { ...this.kept, savedWithout: { ...savedWithout, [sha256(db)]: deleted } };
    const name = `${base}-${this.kept.nodeName}-${Math.floor(station.now() / 1000)}`;
    const path = `${folder}/${name}`;
    station.tree.write(`${path}.part`, withTrailer(db), 0o600);
    station.tree.rename(`${path}.part`, path, rootCred);
    station.important();
    return { name, path };
  }

  /** First 12 hex digits of the hash of the token's password, as K3s notes them with each snapshot. */
  get tokenHash(): string {
    const form = tokenForm(this.#station.tree.read(`${server}/token`));
    return form?.is === 'full' ? bootstrapKey(form.password).slice(-12) : '';
  }
}

/** The listener's own file, `tls/dynamic-cert.json`: a Secret as JSON (rancher/dynamiclistener). */
interface ServingSecret {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<'tls.crt' | 'tls.key', string>>;
  readonly type: string;
}
