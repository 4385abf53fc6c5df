import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSecrets } from '../../../main/core/snapshot-look/hidden.ts';
import { yamlOf } from '../../../main/core/snapshot-look/yaml.ts';

const shown = (object: object): string =>
  yamlOf(withoutSecrets({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {}, ...object }));
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('values of a Secret are replaced by their size, in annotations too', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'db',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'db', annotations: {} },
          data: { password: base64('hunter22') },
          stringData: { user: 'operator-name' },
        }),
        'objectset.rio.cattle.io/applied': `H4sI${base64('hunter22')}`,
        'meta.helm.sh/release-name': 'shop',
      },
    },
    data: { password: base64('hunter22'), empty: '' },
    stringData: { user: 'operator-name' },
  };
  const text = shown(secret);
  for (const leaked of ['hunter22', base64('hunter22'), 'operator-name'])
    assert.ok(!text.includes(leaked), leaked);
  assert.match(text, /password: ‹hidden, 8 bytes›/);
  assert.match(text, /empty: ‹hidden, 0 bytes›/);
  assert.match(text, /user: ‹hidden, 13 bytes›/);
  assert.match(text, /"password":"‹hidden, 8 bytes›"/);
  assert.match(text, /release-name: shop/);
  assert.match(text, /objectset.rio.cattle.io\/applied: ‹hidden, \d+ bytes›/);
});

test('a last-applied annotation that is no Secret, or no JSON, is hidden whole', () => {
  for (const odd of ['not json: hunter22', '["hunter22"]', '{"data":{"a":"hunter22"}}'])
    assert.ok(
      !shown({
        kind: 'Secret',
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': odd } },
      }).includes('hunter22'),
    );
});

test('environment variables and arguments with a password in them are hidden, others are not', () => {
  const text = shown({
    apiVersion: 'v1',
    kind: 'Pod',
    spec: {
      containers: [
        {
          name: 'web',
          args: ['--port=80', '--admin-token=hunter22', '--db=postgres://app:hunter22@db/x'],
          env: [
            { name: 'DB_PASSWORD', value: 'hunter22' },
            { name: 'apiKey', value: 'hunter22' },
            { name: 'DB_HOST', value: 'db.local' },
            { name: 'FROM', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
          ],
        },
      ],
    },
  });
  assert.ok(!text.includes('hunter22'), text);
  for (const kept of ['--port=80', 'db.local', 'key: password', 'name: db', 'name: DB_PASSWORD'])
    assert.ok(text.includes(kept), kept);
});

test('passwords in the values of a HelmChart and in files of a ConfigMap are hidden', () => {
  const text = shown({
    apiVersion: 'helm.cattle.io/v1',
    kind: 'HelmChart',
    spec: {
      chart: 'grafana',
      set: { 'auth.adminPassword': 'hunter22', replicas: '2' },
      valuesContent: 'replicas: 2\nadminPassword: hunter22\nnested:\n  token: "hunter22"\n',
    },
    data: {
      'app.ini': '[db]\npassword = hunter22\nhost = db\n',
      'app.json': '{"password":"hunter22","host":"db"}',
      kubeconfig: `users:\n- user:\n    client-key-data: ${base64('-----BEGIN EC PRIVATE KEY-----\nhunter22')}\n`,
      'tls.key': '-----BEGIN RSA PRIVATE KEY-----\nhunter22\n-----END RSA PRIVATE KEY-----\n',
      join: `k3s agent --token K10${'a'.repeat(64)}::server:hunter22`,
    },
  });
  assert.ok(!text.includes('hunter22'), text);
  assert.ok(!text.includes(base64('hunter22').slice(0, 8)), text);
  for (const kept of ['host = db', 'replicas: 2', 'chart: grafana']) assert.ok(text.includes(kept), kept);
});

test('packed copies of objects and blocks of text below a telling name are hidden', () => {
  const text = shown({
    metadata: { annotations: { 'objectset.rio.cattle.io/applied': 'H4sIAhunter22' } },
    data: {
      release: 'H4sIAAAAhunter22',
      'values.yaml': 'admin:\n  password: |-\n    hunter22\n    hunter22\nhost: db\n',
      'config.json': '{"auths":{"r.example":{"auth":"aHVudGVyMjI="}}}',
    },
  });
  assert.ok(!text.includes('hunter22') && !text.includes('aHVudGVyMjI='), text);
  assert.match(text, /host: db/);
});

test('an annotation that repeats an object is searched like the object', () => {
  const text = shown({
    metadata: {
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
          spec: { containers: [{ env: [{ name: 'PASSWORD', value: 'hunter22' }] }] },
        }),
      },
    },
  });
  assert.ok(!text.includes('hunter22'));
});

test('names of secrets, public certificates and plain words stay readable', () => {
  const text = shown({
    spec: {
      imagePullSecrets: [{ name: 'registry' }],
      volumes: [{ name: 'v', secret: { secretName: 'tls', defaultMode: 420 } }],
      automountServiceAccountToken: false,
      serviceAccountName: 'web',
    },
    data: { 'ca.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', note: 'keep this' },
  });
  for (const kept of [
    'name: registry',
    'secretName: tls',
    'automountServiceAccountToken: false',
    'MIIB',
    'keep this',
  ])
    assert.ok(text.includes(kept), kept);
});

test('texts of a megabyte are searched in a moment, whatever is in them', () => {
  const began = performance.now();
  for (const piece of [
    'a',
    '-',
    'a:',
    '://',
    'password',
    '-----BEGIN ',
    'eyJaaaaaaaa',
    'LS0tLS1CRUdJTi',
    '"',
    'a.',
  ])
    shown({ data: { text: piece.repeat(1_000_000 / piece.length) } });
  assert.ok(performance.now() - began < 10_000);
});
