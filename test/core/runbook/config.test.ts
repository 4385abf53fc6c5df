import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { configFile, differences, installConfig, masked } from '../../../main/core/runbook/config.ts';
import { kubeconfigFor } from '../../../main/core/runbook/kubeconfig.ts';
import { caHashOf, newToken, passwordOf, tokenHash } from '../../../main/core/server-token.ts';
import { Secret } from '../../../main/core/secret.ts';

const options: InstallOptions = {
  nodeName: 'station-1',
  nodeIp: '',
  tlsSan: ['k3s.site'],
  disable: ['traefik', 'servicelb'],
  secretsEncryption: true,
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  flannelBackend: 'vxlan',
  snapshotCron: '0 */12 * * *',
  snapshotRetention: 16,
  labels: ['rack=north', 'on=yes'],
  taints: ['dedicated=db:NoSchedule'],
  rescuable: true,
  serialConsole: '',
};
const config = installConfig(options, '192.168.50.11', { selinux: false });

test('the configuration is read back by YAML exactly as it was meant', () => {
  const back = parse(configFile(config, '0123456789012345')) as Record<string, unknown>;
  assert.deepEqual(back, {
    token: '0123456789012345',
    'cluster-init': true,
    'node-name': 'station-1',
    'node-ip': '192.168.50.11',
    'tls-san': ['192.168.50.11', 'station-1', 'k3s.site'],
    'write-kubeconfig-mode': '0600',
    'secrets-encryption': true,
    'cluster-cidr': '10.42.0.0/16',
    'service-cidr': '10.43.0.0/16',
    'flannel-backend': 'vxlan',
    'etcd-snapshot-schedule-cron': '0 */12 * * *',
    'etcd-snapshot-retention': 16,
    disable: ['traefik', 'servicelb'],
    'node-label': ['rack=north', 'on=yes'],
    'node-taint': ['dedicated=db:NoSchedule'],
  });
});

test('words YAML would read otherwise stay what they are', () => {
  for (const word of [
    '010',
    'yes',
    'null',
    '1e3',
    '~',
    '0x1f',
    'a: b',
    '- a',
    '#x',
    "it's",
    '"',
    '\\',
    'a\nb: c',
    '{x}',
    ' lead',
  ])
    assert.equal((parse(configFile({ 'node-name': word }, word)) as Record<string, unknown>)['token'], word);
});

test('what differs is said by key, secrets masked, and what can never change is marked', () => {
  const before =
    configFile({ ...config, 'cluster-cidr': '10.50.0.0/16', 'etcd-snapshot-retention': 5 }, 'old') +
    'agent-token: "hidden"\n';
  const found = differences(before, config) ?? [];
  assert.deepEqual(
    found.map(({ key, forGood }) => [key, forGood]),
    [
      ['cluster-cidr', true],
      ['etcd-snapshot-retention', false],
      ['agent-token', false],
    ],
  );
  assert.equal(found[1]?.says, 'etcd-snapshot-retention: 5 → 16');
  assert.equal(found[2]?.says, `agent-token: ${masked} → not set`);
  assert.deepEqual(differences(configFile(config, 'x'), config), []);
  assert.equal(differences('a: [', config), undefined);
  assert.equal(differences('just text', config), undefined);
});

test('the kubeconfig gets the node’s address, and nothing else changes', () => {
  const text =
    'clusters:\n- cluster:\n    certificate-authority-data: QUJD\n    server: https://127.0.0.1:6443\n  name: default\n';
  assert.equal(kubeconfigFor(text, '192.168.50.11'), text.replace('127.0.0.1', '192.168.50.11'));
  assert.match(kubeconfigFor(text, 'fd00::1') ?? '', /server: https:\/\/\[fd00::1\]:6443\n/);
  assert.equal(kubeconfigFor('server: https://elsewhere:6443\n', '10.0.0.1'), undefined);
});

test('a token and its full form have the same password and hash', () => {
  const hash = 'ab'.repeat(32);
  const short = new Secret('9f3c1a77be00d4e2c5a1b6f08e7d2c31');
  const full = new Secret(`K10${hash}::server:${short.reveal()}\n`);
  assert.equal(passwordOf(full).reveal(), short.reveal());
  assert.equal(tokenHash(full), tokenHash(short));
  assert.equal(caHashOf(full), hash);
  assert.equal(caHashOf(short), undefined);
  // printf %s secret | sha256sum | cut -c 1-12
  assert.equal(tokenHash(new Secret('secret')), '2bb80d537b1d');
  assert.match(newToken(new Uint8Array(16).fill(7)).reveal(), /^(07){16}$/);
});
