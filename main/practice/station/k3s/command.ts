import { createPublicKey, createHash, X509Certificate } from 'node:crypto';
import { stringify } from 'yaml';
import type { Unit } from '../services.ts';
import { options } from '../commands/options.ts';
import { human } from '../commands/listing.ts';
import { table } from '../commands/system.ts';
import { rootCred } from '../disk/nodes.ts';
import type { Call, Program } from '../shell/call.ts';
import { readConfig, snapshotFlags } from './config.ts';
import { leaves } from './leaves.ts';
import { kubectl } from './kubectl.ts';
import { clusterReset } from './reset.ts';
import { sandboxes } from './sandboxes.ts';
import { dataFolder } from './server.ts';
import type { K3s } from './server.ts';

const server = `${dataFolder}/server`;
const defaultFolder = `${server}/db/snapshots`;

/** The k3s binary: what it does by the name it was called with and by its first word. */
export const k3sProgram =
  (k3s: K3s): Program =>
  async call => {
    const name = ['kubectl', 'crictl', 'ctr'].includes(call.name) ? call.name : undefined;
    const [verb = '', ...rest] = name === undefined ? call.args : [name, ...call.args];
    const inner: Call = { ...call, args: rest };
    switch (verb) {
      case '--version':
      case '-v':
        return (
          await call.out(`k3s version ${k3s.binaryVersion ?? ''} (1e9a8bc0)\ngo version go1.24.6\n`),
          0
        );
      case 'kubectl':
        return kubectl(k3s)({ ...inner, name: 'kubectl' });
      case 'ctr':
        return images(inner, k3s, 'ctr');
      case 'crictl':
        return images(inner, k3s, 'crictl');
      case 'etcd-snapshot':
        return etcdSnapshot(inner, k3s);
      case 'token':
        return token(inner, k3s);
      case 'secrets-encrypt':
        return secretsEncrypt(inner, k3s);
      case 'certificate':
        return certificate(inner, k3s);
      case 'check-config':
        return (
          await call.out(
            '\nVerifying binaries in /var/lib/rancher/k3s/data/current/bin:\n- sha256sum: good\n- links: good\n\nSystem:\n- cgroup hierarchy: cgroups Hybrid mounted, cpuset|memory controllers status: good\n\nSTATUS: pass\n',
          ),
          0
        );
      case 'server':
      case 'agent': {
        if (verb === 'server' && rest.some(arg => /^--cluster-reset(=true)?$/.test(arg)))
          return clusterReset(inner, k3s, (level, text) => say(call, level, text));
        if (rest.some(arg => arg.startsWith('--cluster-reset'))) {
          await say(
            call,
            'fatal',
            'invalid flag use; --cluster-reset required with --cluster-reset-restore-path',
          );
          return 1;
        }
        await say(call, 'fatal', `k3s ${verb} runs as a service here: systemctl start k3s`);
        return 1;
      }
      case '':
      case 'help':
      case '--help':
      case '-h':
        return (
          await call.out(
            'NAME:\n   k3s - Kubernetes, but small and simple\n\nUSAGE:\n   k3s [global options] command [command options]\n\nCOMMANDS:\n   server, agent, kubectl, crictl, ctr, check-config, token, etcd-snapshot, secrets-encrypt, certificate\n',
          ),
          0
        );
      default:
        await call.err(`No help topic for '${verb}'\n`);
        return 3;
    }
  };

const say = (call: Call, level: string, text: string): Promise<void> =>
  call.err(
    `time="${new Date(call.station.now()).toISOString().replace(/\.\d+Z/, 'Z')}" level=${level} msg="${text.replaceAll('"', '\\"')}"\n`,
  );

const notRoot = async (call: Call, path: string): Promise<number> => {
  await say(call, 'fatal', `Error: open ${path}: permission denied`);
  return 1;
};

/** Reasons why the server cannot be asked; undefined when it can. */
function noServer(call: Call, k3s: K3s, etcd: boolean): string | undefined {
  if (!call.station.tree.peek(`${server}/token`)) return `Error: ${server}/token: no such file or directory`;
  if (!k3s.running)
    return 'Error: failed to get CA certs: Get "https://127.0.0.1:6443/cacerts": dial tcp 127.0.0.1:6443: connect: connection refused';
  return etcd && k3s.datastore !== 'etcd' ? 'Error: etcd datastore disabled' : undefined;
}

async function etcdSnapshot(call: Call, k3s: K3s): Promise<number> {
  const verbs = ['save', 'ls', 'list', 'l', 'delete', 'prune'];
  const verb = call.args.find(arg => verbs.includes(arg)) ?? 'save';
  const given = options(
    call.args.filter(arg => arg !== verb),
    'o:',
    [
      'output=',
      'name=',
      'dir=',
      'etcd-snapshot-dir=',
      'snapshot-compress',
      'etcd-snapshot-compress',
      'snapshot-retention=',
      'etcd-snapshot-retention=',
      'data-dir=',
      'debug',
      'etcd-s3=',
      'etcd-s3',
      'node-name=',
      'log=',
    ],
  );
  if (call.who.uid !== 0) return notRoot(call, '/etc/rancher/k3s/config.yaml');
  if (given.unknown !== undefined) {
    await call.err(`Incorrect Usage: flag provided but not defined: ${given.unknown.replace(/^--/, '-')}\n`);
    return 1;
  }
  const config = readConfig(call.station);
  for (const key of config.keys())
    if (!snapshotFlags.has(key))
      await say(call, 'warning', `Unknown flag --${key} found in config.yaml, skipping`);
  const problem = noServer(call, k3s, true);
  if (problem !== undefined) {
    await say(call, 'fatal', problem);
    return 1;
  }
  const folder =
    given.value('dir', 'etcd-snapshot-dir') ?? config.get('etcd-snapshot-dir')?.at(-1) ?? defaultFolder;
  if (verb === 'save')
    return save(call, k3s, given.value('name') ?? config.get('name')?.at(-1) ?? 'on-demand', folder);
  if (verb === 'delete') return remove(call, k3s, given.rest, folder);
  if (verb === 'prune')
    return prune(
      call,
      k3s,
      given.value('name') ?? 'on-demand',
      Number(given.value('snapshot-retention', 'etcd-snapshot-retention') ?? 5),
      folder,
    );
  return list(call, k3s, given.value('o', 'output') ?? 'table', folder);
}

async function serverError(call: Call, k3s: K3s, why: string): Promise<number> {
  const id = 10_000 + (((call.station.chance.bytes(2)[0] ?? 0) << 8) % 80_000);
  call.station.log(
    'k3s.service',
    'k3s',
    `time="${new Date(call.station.now()).toISOString()}" level=error msg="etcd-snapshot error ID ${id}: ${why}"`,
    { priority: 3, pid: (k3s.unit as Unit).pid },
  );
  await say(call, 'fatal', `Error: see server log for details: etcd-snapshot error ID ${id}`);
  return 1;
}

/** Servers that save a snapshot now: K3s does one at a time. */
const saving = new WeakSet<K3s>();

async function save(call: Call, k3s: K3s, base: string, folder: string): Promise<number> {
  const { tree } = call.station;
  if (folder !== defaultFolder && tree.peek(folder)?.kind !== 'folder')
    return serverError(call, k3s, `failed to stat snapshot dir ${folder}: no such file or directory`);
  if (saving.has(k3s)) return serverError(call, k3s, 'snapshot save already in progress');
  saving.add(k3s);
  try {
    if (folder === defaultFolder) tree.makeFolders(folder, 0o700, rootCred);
    await call.station.pause(250, call.process.signal);
    // Names are dated to the second: two in one second would be one file.
    while (tree.peek(`${folder}/${base}-${k3s.kept.nodeName}-${Math.floor(call.station.now() / 1000)}`))
      await call.station.pause(100, call.process.signal);
    const { name } = k3s.saveSnapshot(base, folder);
    call.station.log(
      'k3s.service',
      'k3s',
      `time="${new Date(call.station.now()).toISOString()}" level=info msg="Saving etcd snapshot to ${folder}/${name}"`,
      { pid: (k3s.unit as Unit).pid },
    );
    await say(call, 'info', `Snapshot ${name} saved.`);
    return 0;
  } finally {
    saving.delete(k3s);
  }
}

interface Snapshot {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly at: number;
}

function snapshots(call: Call, folder: string): Snapshot[] {
  const node = call.station.tree.peek(folder);
  if (node?.kind !== 'folder') return [];
  return [...node.entries]
    .flatMap(([name, file]) =>
      file.kind === 'file' && !name.endsWith('.part')
        ? [
            {
              name,
              path: `${folder}/${name}`,
              size: file.size,
              at: Number(/(\d+)(?:\.zip)?$/.exec(name)?.[1] ?? 0) * 1000 || file.modified,
            },
          ]
        : [],
    )
    .sort((a, b) => a.at - b.at);
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');

async function list(call: Call, k3s: K3s, how: string, folder: string): Promise<number> {
  const all = snapshots(call, folder);
  if (how === 'table') {
    await call.out(
      table(
        [
          ['Name', 'Location', 'Size', 'Created'],
          ...all.map(each => [each.name, `file://${each.path}`, String(each.size), stamp(each.at)]),
        ],
        true,
      ),
    );
    return 0;
  }
  const flat = all.map(each => ({
    name: each.name,
    location: `file://${each.path}`,
    nodeName: k3s.kept.nodeName,
    createdAt: stamp(each.at),
    size: each.size,
    status: 'successful',
    compressed: false,
  }));
  const items = all.map(each => ({
    apiVersion: 'k3s.cattle.io/v1',
    kind: 'ETCDSnapshotFile',
    metadata: {
      name: `local-${each.name}-${createHash('sha256').update(each.name).digest('hex').slice(0, 6)}`,
      annotations: { 'etcd.k3s.cattle.io/snapshot-token-hash': k3s.tokenHash },
      labels: { 'etcd.k3s.cattle.io/snapshot-storage-node': k3s.kept.nodeName },
      creationTimestamp: stamp(each.at),
    },
    spec: { snapshotName: each.name, nodeName: k3s.kept.nodeName, location: `file://${each.path}` },
    status: { size: String(each.size), creationTime: stamp(each.at), readyToUse: true },
  }));
  const whole =
    call.station.scenario.snapshotList === 'flat'
      ? flat
      : { apiVersion: 'v1', items, kind: 'List', metadata: {} };
  await call.out(how === 'yaml' ? stringify(whole) : `${JSON.stringify(whole)}\n`);
  return 0;
}

async function remove(call: Call, _: K3s, names: readonly string[], folder: string): Promise<number> {
  for (const name of names) {
    const there = call.station.tree.peek(`${folder}/${name}`) !== undefined;
    if (there) call.station.tree.unlink(`${folder}/${name}`, rootCred);
    await say(call, there ? 'info' : 'warning', `Snapshot ${name} ${there ? 'deleted' : 'not found'}.`);
  }
  return 0;
}

async function prune(call: Call, k3s: K3s, base: string, keep: number, folder: string): Promise<number> {
  const own = snapshots(call, folder).filter(each => each.name.startsWith(`${base}-${k3s.kept.nodeName}-`));
  return remove(
    call,
    k3s,
    own.slice(0, Math.max(0, own.length - keep)).map(each => each.name),
    folder,
  );
}

async function images(call: Call, k3s: K3s, tool: 'ctr' | 'crictl'): Promise<number> {
  if (call.who.uid !== 0) {
    await call.err(
      `${tool}: failed to dial "/run/k3s/containerd/containerd.sock": connect: permission denied\n`,
    );
    return 1;
  }
  if (!k3s.running) {
    await call.err(
      `${tool}: cannot access socket /run/k3s/containerd/containerd.sock: no such file or directory\n`,
    );
    return 1;
  }
  const words = call.args.filter(arg => !arg.startsWith('-'));
  const { kept } = k3s;
  const json = call.args.some(arg => /json/.test(arg));
  if (tool === 'crictl' && words[0] === 'pods')
    return (await call.out(sandboxes(call.station, k3s, json)), 0);
  if (words[0] === 'ps')
    return (
      await call.out(
        'CONTAINER           IMAGE               CREATED             STATE               NAME\n',
      ),
      0
    );
  if (tool === 'ctr' && call.args.some(arg => arg === '-q' || arg === '--quiet'))
    return (await call.out(kept.images.map(name => `${name}\n`).join('')), 0);
  const id = (name: string) => createHash('sha256').update(name).digest('hex');
  if (tool === 'crictl' && json) {
    await call.out(
      `${JSON.stringify({ images: kept.images.map(name => ({ id: `sha256:${id(name)}`, repoTags: [name], pinned: true, size: '4096' })) }, null, 2)}\n`,
    );
    return 0;
  }
  const rows = kept.images.map(name =>
    tool === 'ctr'
      ? [
          name,
          'application/vnd.oci.image.manifest.v1+json',
          `sha256:${id(name)}`,
          '4.0 KiB',
          `linux/${call.station.arch}`,
          'io.cattle.k3s.pinned=pinned,io.cri-containerd.pinned=pinned',
        ]
      : [name.replace(/:[^:]*$/, ''), name.split(':').at(-1) ?? '', id(name).slice(0, 13), human(4096)],
  );
  await call.out(
    table(
      [
        tool === 'ctr'
          ? ['REF', 'TYPE', 'DIGEST', 'SIZE', 'PLATFORMS', 'LABELS']
          : ['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'],
        ...rows,
      ],
      true,
    ),
  );
  return 0;
}

async function token(call: Call, k3s: K3s): Promise<number> {
  const [verb = ''] = call.args.filter(arg => !arg.startsWith('-'));
  if (verb === 'generate')
    return (
      await call.out(
        `${Buffer.from(call.station.chance.bytes(3)).toString('hex')}.${Buffer.from(call.station.chance.bytes(8)).toString('hex')}\n`,
      ),
      0
    );
  if (call.who.uid !== 0) return notRoot(call, `${server}/token`);
  const problem = noServer(call, k3s, false);
  if (problem !== undefined) {
    await say(call, 'fatal', problem);
    return 1;
  }
  if (verb === 'list') return (await call.out('TOKEN  TTL  EXPIRES  USAGES  DESCRIPTION  EXTRA GROUPS\n'), 0);
  await say(call, 'fatal', `Error: the practice station does not ${verb || 'do that with'} tokens`);
  return 1;
}

async function secretsEncrypt(call: Call, k3s: K3s): Promise<number> {
  if (call.who.uid !== 0) return notRoot(call, `${server}/token`);
  const problem = noServer(call, k3s, false);
  if (problem !== undefined) {
    await say(call, 'fatal', problem);
    return 1;
  }
  const on = call.station.tree.peek(`${server}/cred/encryption-config.json`) !== undefined;
  if (call.args.some(arg => /json/.test(arg))) {
    await call.out(
      `${JSON.stringify({ enable: on, ...(on ? { stage: 'start', activekey: 'aescbckey', hashmatch: true, inactivekeys: [] } : {}) })}\n`,
    );
    return 0;
  }
  await call.out(
    on
      ? `Encryption Status: Enabled\nCurrent Rotation Stage: start\nServer Encryption Hashes: All hashes match\n\nActive  Key Type  Name\n------  --------  ----\n *      AES-CBC   aescbckey\n`
      : 'Encryption Status: Disabled, no configuration file found\n',
  );
  return 0;
}

/** `k3s certificate rotate`: the leaves are set aside and made anew at the next start. */
async function rotate(call: Call, k3s: K3s): Promise<number> {
  if (k3s.running) {
    await say(call, 'fatal', 'Error: k3s must be stopped before its certificates are rotated');
    return 1;
  }
  const { tree } = call.station;
  const aside = `${server}/tls-${Math.floor(call.station.now() / 1000)}`;
  tree.makeFolders(`${aside}/etcd`, 0o700, rootCred);
  for (const { file } of leaves)
    for (const end of ['crt', 'key'])
      if (tree.peek(`${server}/tls/${file}.${end}`))
        tree.rename(`${server}/tls/${file}.${end}`, `${aside}/${file}.${end}`, rootCred);
  tree.removeAll(`${server}/tls/dynamic-cert.json`);
  await say(
    call,
    'info',
    `Successfully backed up certificates for all services to path ${aside}, please restart k3s server or agent to rotate certificates`,
  );
  return 0;
}

async function certificate(call: Call, k3s: K3s): Promise<number> {
  if (call.who.uid !== 0) return notRoot(call, `${server}/tls`);
  if (call.args.includes('rotate')) return rotate(call, k3s);
  const { tree } = call.station;
  const rows: string[][] = [];
  for (const name of [
    'serving-kube-apiserver.crt',
    'client-admin.crt',
    'etcd/server-client.crt',
    'etcd/client.crt',
    'etcd/peer-server-client.crt',
    'server-ca.crt',
    'client-ca.crt',
    'etcd/server-ca.crt',
    'etcd/peer-ca.crt',
  ]) {
    const path = `${server}/tls/${name}`;
    if (!tree.peek(path)) continue;
    const cert = new X509Certificate(tree.read(path));
    const late = cert.validToDate.getTime() < call.station.now();
    rows.push([
      name,
      cert.subject.replaceAll('\n', ','),
      createPublicKey(cert.publicKey.export({ type: 'spki', format: 'pem' })).asymmetricKeyType ?? '',
      cert.validToDate.toISOString().replace(/\.\d+Z/, 'Z'),
      late ? 'EXPIRED' : 'OK',
    ]);
  }
  await call.out(table([['CERTIFICATE', 'SUBJECT', 'KEY', 'EXPIRES', 'STATUS'], ...rows], true));
  return 0;
}
