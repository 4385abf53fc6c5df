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
import { database, renewed, withTrailer } from './snapshot.ts';

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
}

const nothing: Kept = {
  readyAt: 0,
  clusterUid: '',
  images: [],
  nodeName: '',
  nodeIp: '',
  createdAt: 0,
  version: '',
};

/** `k3s server` of the pretended node. */
export class K3s implements Daemon {
  readonly #station: Station;
  readonly #snapshots: string;
  kept: Kept = { ...nothing };

  /** `resources` is the practice folder of the app's resources. */
  constructor(station: Station, resources: string) {
    this.#station = station;
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
    return this.running && this.#station.now() >= this.kept.readyAt;
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
    const turn = this.#turn.then(() => this.#begin(unit, say, signal));
    this.#turn = turn.catch(() => undefined);
    try {
      await turn;
    } catch (thrown) {
      if (!(thrown instanceof Fatal)) throw thrown;
      say('fatal', thrown.message);
      throw new ServiceFailed(thrown.message);
    }
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
    this.#checkGround();
    const fresh = station.tree.peek(`${server}/tls/server-ca.crt`) === undefined;
    await this.#datastore(config, say, fresh);
    if (fresh) await this.#install(config, say, version);
    else this.#checkToken(config);
    await this.#serving(config, say);
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

  async stop(unit: Unit): Promise<void> {
    this.#say(unit, 'info', 'Shutdown request received: "terminated"');
  }

  #checkGround(): void {
    const { scenario } = this.#station;
    if (scenario.cgroups === 'v2-without-memory') throw new Fatal('failed to find memory cgroup (v2)');
    if (!scenario.defaultRoute) throw new Fatal('unable to select an IP from default routes');
    for (const port of [6443, 2379, 2380, 10250])
      if (scenario.portsTaken.includes(port))
        throw new Fatal(
          `starting kubernetes: preparing server: init cluster datastore and https: listen tcp :${port}: bind: address already in use`,
        );
    if (this.#station.tree.free < 1 << 20)
      throw new Fatal(`write ${server}/tls/server-ca.crt: no space left on device`);
  }

  async #datastore(config: ServerConfig, say: Say, fresh: boolean): Promise<void> {
    if (config.values.has('server'))
      throw new Fatal(
        `starting kubernetes: preparing server: failed to get CA certs: Get "${config.values.get('server') ?? ''}/cacerts": dial tcp: connect: no route to host`,
      );
    if (this.datastore === 'etcd')
      return say('info', 'Managed etcd cluster bootstrap already complete and initialized');
    if (config.values.get('cluster-init') === 'true') {
      if (!fresh) throw new Fatal('the practice station cannot migrate SQLite to etcd');
      say('info', 'Managed etcd cluster initializing');
    } else
      say(
        'info',
        'Configuring sqlite3 database connection pooling: maxIdleConns=2, maxOpenConns=0, connMaxLifetime=0s',
      );
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

  async #install(config: ServerConfig, say: Say, version: string): Promise<void> {
    const { authority, leaf } = await signing();
    const station = this.#station;
    const { tree, chance } = station;
    const now = station.now();
    const seconds = Math.floor(now / 1000);
    const password = this.#password(config);
    const nodeName = (config.values.get('node-name') ?? station.hostname).toLowerCase();
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
    const admin = await leaf({
      by: client,
      subject: 'O=system:masters,CN=system:admin',
      use: 'client',
      now,
      chance,
    });
    tree.write(`${server}/tls/client-admin.crt`, admin.cert, 0o644);
    tree.write(`${server}/tls/client-admin.key`, admin.key, 0o600);
    for (const [name, by, subject, use] of [
      ['etcd/server-client', etcdServer, 'CN=etcd-server', 'both'],
      ['etcd/client', etcdServer, 'CN=etcd-client', 'client'],
      ['etcd/peer-server-client', etcdPeer, 'CN=etcd-peer', 'both'],
    ] as const) {
      const pair = await leaf({
        by,
        subject,
        use,
        names: use === 'both' ? ['localhost', nodeName, '127.0.0.1', nodeIp] : [],
        now,
        chance,
      });
      tree.write(`${server}/tls/${name}.crt`, pair.cert, 0o600);
      tree.write(`${server}/tls/${name}.key`, pair.key, 0o600);
    }
    this.#tokens(password, Buffer.from(serving.cert), config);
    const encryption = this.#encryption(config);
    const etcd = config.values.get('cluster-init') === 'true';
    if (etcd) this.#etcd({ client, serving, header, etcdServer, etcdPeer, service, password, encryption });
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

  #encryption(config: ServerConfig): Uint8Array | undefined {
    if (config.values.get('secrets-encryption') !== 'true') return undefined;
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
    return key;
  }

  #etcd(made: {
    client: Authority;
    serving: Authority;
    header: Authority;
    etcdServer: Authority;
    etcdPeer: Authority;
    service: string;
    password: string;
    encryption: Uint8Array | undefined;
  }): void {
    const station = this.#station;
    const { tree } = station;
    const read = (path: string) => (tree.peek(path) ? tree.read(path) : '');
    const contents: Readonly<Record<string, string>> = {
      ServerCA: made.serving.cert,
      ServerCAKey: made.serving.key,
      ClientCA: made.client.cert,
      ClientCAKey: made.client.key,
      ServiceKey: made.service,
      PasswdFile: read(`${server}/cred/passwd`),
      RequestHeaderCA: made.header.cert,
      RequestHeaderCAKey: made.header.key,
      IPSECKey: read(`${server}/cred/ipsec.psk`),
      EncryptionConfig: read(`${server}/cred/encryption-config.json`),
      EncryptionHash: read(`${server}/cred/encryption-state.json`),
      ETCDServerCA: made.etcdServer.cert,
      ETCDServerCAKey: made.etcdServer.key,
      ETCDPeerCA: made.etcdPeer.cert,
      ETCDPeerCAKey: made.etcdPeer.key,
    };
    const at = new Date(station.now()).toISOString();
    const bootstrap = JSON.stringify(
      Object.fromEntries(
        Object.entries(contents).map(([name, text]) => [
          name,
          { Timestamp: at, Content: Buffer.from(text).toString('base64') },
        ]),
      ),
    );
    const { identity, chance } = station;
    const db = database(
      this.#snapshots,
      {
        password: made.password,
        bootstrap,
        secretKey: made.encryption,
        clusterUid: this.kept.clusterUid,
        machineId: identity.machineId,
        bootId: identity.bootId,
        createdAt: this.kept.createdAt,
      },
      chance,
    );
    tree.write(`${server}/db/etcd/member/snap/db`, db, 0o600);
    tree.write(
      `${server}/db/etcd/member/wal/0000000000000000-0000000000000000.wal`,
      new Uint8Array(65_536),
      0o600,
    );
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

type Say = (level: string, text: string) => void;

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

/** What ends K3s at once. */
class Fatal extends Error {}
