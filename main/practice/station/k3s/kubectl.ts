import { stringify } from 'yaml';
import { options } from '../commands/options.ts';
import { table } from '../commands/system.ts';
import type { Call, Program } from '../shell/call.ts';
import { kinds } from './cluster.ts';
import type { Kind, KubeObject } from './cluster.ts';
import { jsonpath } from './jsonpath.ts';
import { metricsOf } from './metrics.ts';
import type { K3s } from './server.ts';

const refused =
  'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n';
const long = [
  'output=',
  'namespace=',
  'all-namespaces',
  'no-headers',
  'raw=',
  'selector=',
  'field-selector=',
  'request-timeout=',
  'kubeconfig=',
  'for=',
  'timeout=',
  'client',
  'short',
  'sort-by=',
  'show-labels',
  'ignore-not-found',
  'watch',
  'all',
  'minify',
  'wait',
  'context=',
  'server=',
  'user=',
  'chunk-size=',
];

/** `k3s kubectl`: what an installer and a technician look at; nothing can be changed through it. */
export const kubectl =
  (k3s: K3s): Program =>
  async call => {
    const given = options(call.args, 'o:n:Al:s:wf:', long);
    const [verb = '', ...rest] = given.rest;
    if (verb === '' || verb === 'help')
      return (await call.out('kubectl controls the Kubernetes cluster manager.\n'), 0);
    const config = given.value('kubeconfig') ?? call.env.get('KUBECONFIG') ?? '/etc/rancher/k3s/k3s.yaml';
    if (verb === 'version' && given.has('client')) return version(call, k3s, false);
    const may = await readable(call, config);
    if (!may) return 1;
    if (verb === 'config')
      return (await call.out(call.station.tree.read(config).replace(/(data: ).*/g, '$1DATA+OMITTED')), 0);
    if (!k3s.running) {
      await call.err(refused);
      return 1;
    }
    const { trouble } = k3s;
    if (trouble !== undefined) {
      await call.err(`Unable to connect to the server: ${trouble}\n`);
      return 1;
    }
    switch (verb) {
      case 'get':
        return get(call, k3s, rest, given);
      case 'version':
        return version(call, k3s, true);
      case 'wait':
        return wait(call, k3s, rest, given);
      case 'cluster-info':
        return (await call.out('Kubernetes control plane is running at https://127.0.0.1:6443\n'), 0);
      case 'describe':
        return describe(call, k3s, rest);
      case 'label':
      case 'annotate':
      case 'taint':
      case 'cordon':
      case 'uncordon':
      case 'drain':
        await call.out(`node/${rest.find(word => !/^nodes?$/.test(word)) ?? k3s.kept.nodeName} ${verb}ed\n`);
        return 0;
      default:
        await call.err(`error: unknown command "${verb}" for the practice kubectl: it only looks\n`);
        return 1;
    }
  };

async function readable(call: Call, config: string): Promise<boolean> {
  try {
    call.station.tree.open(call.path(config), {}, call.who);
    return true;
  } catch (thrown) {
    const why = (thrown as Error).message.toLowerCase();
    if (config === '/etc/rancher/k3s/k3s.yaml' && why === 'permission denied')
      await call.err(
        `time="${new Date(call.station.now()).toISOString().replace(/\.\d+Z/, 'Z')}" level=warning msg="Unable to read ${config}, please start server with --write-kubeconfig-mode or --write-kubeconfig-group to modify kube config permissions"\n`,
      );
    await call.err(
      why === 'permission denied'
        ? `error: error loading config file "${config}": open ${config}: permission denied\n`
        : refused,
    );
    return false;
  }
}

async function version(call: Call, k3s: K3s, both: boolean): Promise<number> {
  const ours = k3s.binaryVersion ?? '';
  await call.out(
    `Client Version: ${ours}\nKustomize Version: v5.6.0\n${both ? `Server Version: ${ours}\n` : ''}`,
  );
  return 0;
}

type Given = ReturnType<typeof options>;

const kindOf = (word: string): Kind | undefined =>
  kinds.find(kind => kind.names.includes(word.toLowerCase()));

async function get(call: Call, k3s: K3s, rest: readonly string[], given: Given): Promise<number> {
  const raw = given.value('raw');
  if (raw !== undefined) return getRaw(call, k3s, raw);
  const [what = '', ...names] = rest;
  const found: { kind: Kind; objects: KubeObject[] }[] = [];
  let missing = false;
  for (const word of what.split(',')) {
    const [type = '', single] = word.split('/');
    const kind = kindOf(type);
    if (!kind) {
      await call.err(`error: the server doesn't have a resource type "${type}"\n`);
      return 1;
    }
    const wanted = single === undefined ? names : [single];
    const all = chosen(kind.list(call.station, k3s), kind, given);
    for (const name of wanted)
      if (!all.some(object => object.metadata.name === name)) {
        if (!given.has('ignore-not-found'))
          await call.err(`Error from server (NotFound): ${kind.names[0] ?? type} "${name}" not found\n`);
        missing ||= !given.has('ignore-not-found');
      }
    found.push({
      kind,
      objects: wanted.length === 0 ? all : all.filter(object => wanted.includes(object.metadata.name)),
    });
  }
  const one = (names.length === 1 && !what.includes(',')) || (what.includes('/') && !what.includes(','));
  await print(call, found, given, one);
  return missing ? 1 : 0;
}

function chosen(objects: readonly KubeObject[], kind: Kind, given: Given): KubeObject[] {
  const namespace = given.has('A', 'all-namespaces')
    ? undefined
    : (given.value('n', 'namespace') ?? 'default');
  const field = /^metadata\.name=(.*)$/.exec(given.value('field-selector') ?? '')?.[1];
  const selector = (given.value('l', 'selector') ?? '').split(',').filter(Boolean);
  return objects.filter(object => {
    const labels = (object.metadata['labels'] ?? {}) as Record<string, string>;
    const fits = selector.every(each => {
      const [key = '', value] = each.split(/==?/);
      return value === undefined ? key in labels : labels[key] === value;
    });
    return (
      fits &&
      (field === undefined || object.metadata.name === field) &&
      (!kind.namespaced || namespace === undefined || object.metadata.namespace === namespace)
    );
  });
}

async function print(
  call: Call,
  found: readonly { kind: Kind; objects: KubeObject[] }[],
  given: Given,
  one: boolean,
): Promise<void> {
  const how = given.value('o', 'output') ?? '';
  const objects = found.flatMap(each => each.objects);
  const whole = one
    ? objects[0]
    : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } };
  if (one && whole === undefined) return;
  if (how === 'json') return call.out(`${JSON.stringify(whole, null, 4)}\n`);
  if (how === 'yaml') return call.out(stringify(whole));
  if (how.startsWith('jsonpath=')) return call.out(jsonpath(how.slice(9), whole));
  if (how === 'name')
    return call.out(
      found
        .flatMap(({ kind, objects: list }) =>
          list.map(
            object =>
              `${(kind.names[1] ?? '') + (kind.names[0] === 'deployments' ? '.apps' : '')}/${object.metadata.name}\n`,
          ),
        )
        .join(''),
    );
  for (const { kind, objects: list } of found) {
    if (list.length === 0) {
      const namespace = given.value('n', 'namespace') ?? 'default';
      await call.err(
        kind.namespaced && !given.has('A', 'all-namespaces')
          ? `No resources found in ${namespace} namespace.\n`
          : 'No resources found\n',
      );
      continue;
    }
    await call.out(table(rows(call, kind, list, given, how), true));
  }
}

function rows(call: Call, kind: Kind, list: readonly KubeObject[], given: Given, how: string): string[][] {
  if (how.startsWith('custom-columns=')) {
    const columns = how
      .slice(15)
      .split(',')
      .map(each => each.split(/:(.*)/s) as [string, string]);
    const body = list.map(object => columns.map(([, path]) => jsonpath(`{${path}}`, object) || '<none>'));
    return given.has('no-headers') ? body : [columns.map(([head]) => head), ...body];
  }
  const space = kind.namespaced && given.has('A', 'all-namespaces');
  const lines = list.map(object => {
    const cells = kind
      .columns(call.station, object)
      .filter(([, , wide]) => wide === undefined || how === 'wide');
    return space ? ([['NAMESPACE', object.metadata.namespace ?? ''], ...cells] as typeof cells) : cells;
  });
  const body = lines.map(cells => cells.map(([, value]) => value));
  return given.has('no-headers') ? body : [(lines[0] ?? []).map(([head]) => head), ...body];
}

async function getRaw(call: Call, k3s: K3s, path: string): Promise<number> {
  const [plain = ''] = path.split('?');
  if (['/readyz', '/livez', '/healthz'].includes(plain)) {
    const checks = [
      'ping',
      'log',
      ...(k3s.datastore === 'etcd' ? ['etcd'] : []),
      'poststarthook/start-apiextensions-controllers',
      'shutdown',
    ];
    await call.out(
      path.includes('verbose')
        ? `${checks.map(each => `[+]${each} ok\n`).join('')}${plain.slice(1)} check passed\n`
        : 'ok',
    );
    return 0;
  }
  if (plain === '/version')
    return (
      await call.out(
        `${JSON.stringify({ major: '1', minor: '33', gitVersion: k3s.kept.version, platform: `linux/${call.station.arch}` }, null, 2)}\n`,
      ),
      0
    );
  const metrics = metricsOf(call.station, k3s, plain);
  if (metrics !== undefined) return (await call.out(metrics), 0);
  const single = /^\/api\/v1\/(nodes|namespaces)(?:\/([^/]+))?$/.exec(plain);
  const kind = single ? kindOf(single[1] ?? '') : undefined;
  if (!kind) {
    await call.err('Error from server (NotFound): the server could not find the requested resource\n');
    return 1;
  }
  const all = kind.list(call.station, k3s);
  await call.out(
    JSON.stringify(
      single?.[2] === undefined
        ? { kind: 'List', apiVersion: 'v1', items: all }
        : all.find(each => each.metadata.name === single[2]),
    ),
  );
  return 0;
}

async function wait(call: Call, k3s: K3s, rest: readonly string[], given: Given): Promise<number> {
  const limit =
    Number(/^(\d+)/.exec(given.value('timeout') ?? '30s')?.[1] ?? '30') *
    (given.value('timeout')?.endsWith('m') ? 60_000 : 1000);
  const name = (rest.at(-1) ?? '').split('/').at(-1) ?? '';
  const until = call.station.clock.monotonic() + limit;
  while (!k3s.ready) {
    if (call.station.clock.monotonic() > until) {
      await call.err(`error: timed out waiting for the condition on nodes/${k3s.kept.nodeName}\n`);
      return 1;
    }
    await call.station.pause(100, call.process.signal);
  }
  await call.out(`node/${/^nodes?$/.test(name) || name === '' ? k3s.kept.nodeName : name} condition met\n`);
  return 0;
}

async function describe(call: Call, k3s: K3s, rest: readonly string[]): Promise<number> {
  const kind = kindOf((rest[0] ?? '').split('/')[0] ?? '');
  for (const object of kind?.list(call.station, k3s) ?? []) await call.out(stringify(object));
  return kind ? 0 : 1;
}
