import { parse } from 'yaml';
import type { Station } from '../station.ts';
import type { Unit } from '../services.ts';

/** Settings of `k3s server`, joined from files, environment and arguments (facts: files first, the command line wins). */
export interface ServerConfig {
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** Keys in the files that no server flag has. */
  readonly unknown: readonly string[];
  /** Every key the files hold, in their order. */
  readonly keys: readonly string[];
}

export class ConfigError extends Error {}

const flags = new Set(
  `agent-token agent-token-file advertise-address advertise-port airgap-extra-registry alsologtostderr bind-address cluster-cidr cluster-dns cluster-domain cluster-init cluster-reset cluster-reset-restore-path config containerd-address data-dir datastore-cafile datastore-certfile datastore-endpoint datastore-keyfile debug default-local-storage-path default-runtime disable disable-agent disable-apiserver disable-cloud-controller disable-controller-manager disable-default-registry-endpoint disable-etcd disable-helm-controller disable-kube-proxy disable-network-policy disable-scheduler docker egress-selector-mode embedded-registry enable-pprof etcd-arg etcd-disable-snapshots etcd-expose-metrics etcd-s3 etcd-s3-access-key etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-config-secret etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-folder etcd-s3-insecure etcd-s3-proxy etcd-s3-region etcd-s3-retention etcd-s3-secret-key etcd-s3-session-token etcd-s3-skip-ssl-verify etcd-s3-timeout etcd-snapshot-compress etcd-snapshot-dir etcd-snapshot-name etcd-snapshot-reconcile-interval etcd-snapshot-retention etcd-snapshot-schedule-cron flannel-backend flannel-conf flannel-cni-conf flannel-external-ip flannel-iface flannel-ipv6-masq helm-job-image https-listen-port image-credential-provider-bin-dir image-credential-provider-config image-service-endpoint kine-tls kube-apiserver-arg kube-cloud-controller-manager-arg kube-controller-manager-arg kube-proxy-arg kube-scheduler-arg kubelet-arg lb-server-port log multi-cluster-cidr node-external-dns node-external-ip node-internal-dns node-ip node-label node-name node-taint nonroot-devices pause-image prefer-bundled-bin private-registry protect-kernel-defaults resolv-conf rootless secrets-encryption secrets-encryption-provider selinux server service-cidr service-node-port-range servicelb-namespace snapshotter supervisor-metrics system-default-registry tls-san tls-san-security token token-file v vmodule vpn-auth vpn-auth-file with-node-id write-kubeconfig write-kubeconfig-group write-kubeconfig-mode write-kubeconfig-name`.split(
    /\s+/,
  ),
);
const repeated = new Set([
  'tls-san',
  'disable',
  'node-label',
  'node-taint',
  'kubelet-arg',
  'kube-apiserver-arg',
  'kube-controller-manager-arg',
  'kube-scheduler-arg',
  'kube-proxy-arg',
  'etcd-arg',
  'node-ip',
  'node-external-ip',
  'cluster-cidr',
  'service-cidr',
  'cluster-dns',
]);

const environmentFlags: Readonly<Record<string, string>> = {
  K3S_TOKEN: 'token',
  K3S_TOKEN_FILE: 'token-file',
  K3S_URL: 'server',
  K3S_DATASTORE_ENDPOINT: 'datastore-endpoint',
  K3S_CLUSTER_INIT: 'cluster-init',
  K3S_NODE_NAME: 'node-name',
  K3S_KUBECONFIG_MODE: 'write-kubeconfig-mode',
  K3S_AGENT_TOKEN: 'agent-token',
  K3S_DATA_DIR: 'data-dir',
};

/** The configuration files in the order K3s reads them. */
export function configFiles(station: Station): string[] {
  const base = '/etc/rancher/k3s/config.yaml';
  const folder = station.tree.peek(`${base}.d`);
  const more =
    folder?.kind === 'folder' ? [...folder.entries.keys()].filter(name => /\.ya?ml$/.test(name)).sort() : [];
  return [...(station.tree.peek(base) ? [base] : []), ...more.map(name => `${base}.d/${name}`)];
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).map(each =>
    typeof each === 'string' ? each : each === null ? '' : JSON.stringify(each),
  );

/** What Go's yaml says of a file it cannot read. */
function yamlText(thrown: unknown): string {
  const { linePos, message } = thrown as { linePos?: readonly { readonly line: number }[]; message: string };
  const line = linePos?.[0]?.line ?? 1;
  const why = /tab/i.test(message)
    ? 'found character that cannot start any token'
    : /indent|sequence|same start/i.test(message)
      ? "did not find expected '-' indicator"
      : "could not find expected ':'";
  return `yaml: line ${line}: ${why}`;
}

/** All keys and values of the files. Throws ConfigError for what is no YAML mapping. */
export function readConfig(station: Station): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const file of configFiles(station)) {
    let document: unknown;
    try {
      document = parse(station.tree.read(file));
    } catch (thrown) {
      throw new ConfigError(yamlText(thrown));
    }
    if (document === null || document === undefined) continue;
    if (typeof document !== 'object' || Array.isArray(document))
      throw new ConfigError('yaml: unmarshal errors: cannot unmarshal into yaml.MapSlice');
    for (const [key, value] of Object.entries(document)) {
      const name = key.replace(/\+$/, '');
      all.set(name, key.endsWith('+') ? [...(all.get(name) ?? []), ...texts(value)] : texts(value));
    }
  }
  return all;
}

/** Arguments after `k3s server` of a unit, and the environment of its env file. */
function unitParts(station: Station, unit: Unit): { args: string[]; env: Map<string, string> } {
  const line = station.services.setting(unit.name, 'ExecStart')[0] ?? '';
  const args = line
    .split(/\s+/)
    .filter(Boolean)
    .slice(2)
    .map(word => word.replace(/^'(.*)'$/, '$1'));
  const env = new Map<string, string>();
  for (const file of station.services
    .setting(unit.name, 'EnvironmentFile')
    .map(each => each.replace(/^-/, '')))
    if (station.tree.peek(file))
      for (const each of station.tree.read(file).split('\n')) {
        const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(each) ?? [];
        if (name !== undefined) env.set(name, (value ?? '').replace(/^(['"])(.*)\1$/, '$2'));
      }
  return { args, env };
}

/** What this start of the service is told. Throws ConfigError in K3s' words. */
export function serverConfig(station: Station, unit: Unit): ServerConfig {
  const values = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const set = (key: string, list: readonly string[]) => {
    if (repeated.has(key))
      lists.set(key, [...(lists.get(key) ?? []), ...list.flatMap(each => each.split(','))]);
    values.set(key, list.at(-1) ?? '');
  };
  const { args, env } = unitParts(station, unit);
  for (const [name, value] of env) {
    const flag = environmentFlags[name];
    if (flag !== undefined && value !== '') set(flag, [value]);
  }
  const files = readConfig(station);
  const unknown = [...files.keys()].filter(key => !flags.has(key));
  for (const [key, list] of files) if (flags.has(key)) set(key, list);
  for (let i = 0; i < args.length; i += 1) {
    const [, key = '', value] = /^--?([^=]+)(?:=(.*))?$/.exec(args[i] ?? '') ?? [];
    if (!flags.has(key)) throw new ConfigError(`flag provided but not defined: -${key || (args[i] ?? '')}`);
    const next = args[i + 1];
    if (value !== undefined) set(key, [value]);
    else if (next !== undefined && !next.startsWith('-')) set(key, [args[(i += 1)] ?? '']);
    else set(key, ['true']);
  }
  return { values, lists, unknown, keys: [...files.keys()] };
}

/** Flags of `k3s etcd-snapshot`; the rest of config.yaml is warned about. */
export const snapshotFlags = new Set([
  'debug',
  'config',
  'log',
  'alsologtostderr',
  'node-name',
  'data-dir',
  'etcd-token',
  'etcd-server',
  'dir',
  'etcd-snapshot-dir',
  'name',
  'snapshot-compress',
  'etcd-snapshot-compress',
  'snapshot-retention',
  'etcd-snapshot-retention',
  'etcd-s3',
  'etcd-s3-endpoint',
  'etcd-s3-access-key',
  'etcd-s3-secret-key',
  'etcd-s3-bucket',
  'etcd-s3-region',
  'etcd-s3-folder',
  'etcd-s3-insecure',
  'etcd-s3-timeout',
]);
