import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redacted } from '../../../main/core/doctor/redact.ts';
import { scrubber } from '../../../main/core/scrub.ts';
import { Secret } from '../../../main/core/secret.ts';

const clean = (text: string): string => redacted(text, scrubber([new Secret('hunter2-known')]));

test('secrets are taken out of evidence, known or not', () => {
  const dirty = [
    'k3s server --token geheim1 --cluster-init',
    'k3s server --agent-token=geheim2',
    'K3S_TOKEN=geheim3 k3s agent',
    `Using K10${'a'.repeat(64)}::server:geheim4`,
    '--datastore-endpoint postgres://k3s:geheim5@db:5432/k3s',
    'password: "geheim6"',
    'token: geheim7',
    'Authorization: Bearer geheim8geheim8',
    'mount error with options user=a,password=geheim9,vers=3',
    '-----BEGIN EC PRIVATE KEY-----\ngeheim10\n-----END EC PRIVATE KEY-----',
    '-----BEGIN CERTIFICATE-----\ngeheim11',
    'auth_pass geheim: "auth_pass": "geheim12"',
  ];
  for (const text of dirty)
    assert.doesNotMatch(clean(text).replace('auth_pass geheim:', ''), /geheim\d/, text);
  assert.doesNotMatch(clean('it was hunter2-known here'), /hunter2/);
});

test('what the doctor reads for stays as it is', () => {
  const lines = [
    'level=fatal msg="token CA hash does not match the Cluster CA certificate hash: 7c1b != 9d02"',
    'level=fatal msg="bootstrap data already found and encrypted with different token"',
    "Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match",
    'Found [cp1-96a67933=https://10.0.0.11:2380], expect: cp1-96a67933=https://10.0.0.57:2380',
    'Failed to validate connection to cluster at https://10.0.0.11:6443: 401 Unauthorized',
    'listen tcp 0.0.0.0:6443: bind: address already in use',
    'server/token 9cafe3eabb48',
  ];
  for (const line of lines) assert.equal(clean(line), line);
});
