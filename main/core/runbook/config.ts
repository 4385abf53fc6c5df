import { parseDocument } from 'yaml';

import type { InstallOptions } from '../../../preload/contract/domain.ts';

/** One key of `/etc/rancher/k3s/config.yaml`: the long flag without dashes. */
export type ConfigValue = string | number | boolean | readonly string[];
export type Config = Readonly<Record<string, ConfigValue>>;

/** Shown wherever a secret would stand. */
export const masked = '‹secret›';

/** Keys that K3s cannot change once the cluster has data. */
const forGood = [
  'cluster-init',
  'token',
  'node-name',
  'cluster-cidr',
  'service-cidr',
  'flannel-backend',
  'secrets-encryption',
];

/** Everything an install says to K3s, without the token. `selinux` only on a host that enforces it. */
export function installConfig(
  options: InstallOptions,
  nodeIp: string,
  host: { readonly selinux: boolean },
): Config {
  const sans = [...new Set([nodeIp, options.nodeName, ...options.tlsSan])];
  return {
    'cluster-init': true,
    'node-name': options.nodeName,
    'node-ip': nodeIp,
    'tls-san': sans,
    'write-kubeconfig-mode': '0600',
    'secrets-encryption': options.secretsEncryption,
    'cluster-cidr': options.clusterCidr,
    'service-cidr': options.serviceCidr,
    'flannel-backend': options.flannelBackend,
    'etcd-snapshot-schedule-cron': options.snapshotCron,
    'etcd-snapshot-retention': options.snapshotRetention,
    ...(options.disable.length > 0 && { disable: [...options.disable] }),
    ...(options.labels.length > 0 && { 'node-label': [...options.labels] }),
    ...(options.taints.length > 0 && { 'node-taint': [...options.taints] }),
    ...(host.selinux && { selinux: true }),
  };
}

// JSON strings are YAML strings; always quoting keeps 010, yes and 1e3 what they are in every YAML version.
const scalar = (value: string | number | boolean): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);
const entry = ([key, value]: readonly [string, ConfigValue]): string =>
  typeof value === 'object'
    ? `${key}:\n${value.map(one => `  - ${scalar(one)}\n`).join('')}`
    : `${key}: ${scalar(value)}\n`;

/** The file as it is written; `token` is the short form, or `masked` for showing. */
export const configFile = (config: Config, token: string): string =>
  `# Written by Coldstart. Keep it readable by root only: the token below opens the whole cluster.\n` +
  entry(['token', token]) +
  Object.entries(config).map(entry).join('');

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const shown = (key: string, value: unknown): string =>
  value === undefined ? 'not set' : secretKey(key) ? masked : JSON.stringify(value);
/** Keys whose values are never shown. */
const secretKey = (key: string): boolean =>
  /token|password|secret-key|access-key|session-token|datastore-endpoint|auth/i.test(key);

/** One key that is not as wanted. */
export interface Difference {
  readonly key: string;
  readonly says: string;
  /** The key cannot be changed once the cluster has data. */
  readonly forGood: boolean;
}

/**
 * What differs between a config.yaml found on the node and the wanted one, secrets masked. Undefined when the found one
 * is not readable YAML. The token is compared by whoever knows it.
 */
export function differences(found: string, wanted: Config): readonly Difference[] | undefined {
  const doc = parseDocument(found, { logLevel: 'silent' });
  const raw: unknown = doc.errors.length > 0 ? undefined : doc.toJS();
  if (raw === undefined || raw === null || typeof raw !== 'object' || Array.isArray(raw)) return undefined;
  const has = raw as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(has)])].filter(key => key !== 'token');
  return keys
    .filter(key => !same(has[key], wanted[key]))
    .map(key => ({
      key,
      says: `${key}: ${shown(key, has[key])} → ${shown(key, wanted[key])}`,
      forGood: forGood.includes(key),
    }));
}
