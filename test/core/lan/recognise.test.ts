import assert from 'node:assert/strict';
import { test } from 'node:test';
import { questions } from '../../../main/core/lan/questions.ts';
import { recognise } from '../../../main/core/lan/recognise.ts';
import type { CertificateSeen, Knocked, Sighting, Talk } from '../../../main/core/lan/sighting.ts';

const at = '2026-11-22T12:00:00.000Z';
const leaf = (subject: string, issuer: string, names: readonly string[] = []): CertificateSeen => ({
  subject,
  issuer,
  sha256: 'a'.repeat(64),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  names,
});
const tls = (certificate: CertificateSeen, more: Partial<Talk> = {}): Knocked => ({
  is: 'open',
  ms: 1,
  talk: { certificates: [certificate], ...more },
});
const closed: Knocked = { is: 'closed', ms: 1 };
const pong = { http: [{ path: '/ping', status: 200, headers: {}, body: 'pong', at: Date.parse(at) }] };
const ssh: Knocked = {
  is: 'open',
  ms: 1,
  talk: { banner: 'SSH-2.0-OpenSSH_9.2p1', hostKeys: [{ type: 'ssh-ed25519', fingerprint: 'SHA256:x' }] },
};
const seen = (ports: Readonly<Record<number, Knocked>>, more: Partial<Sighting> = {}): Sighting => ({
  address: '10.0.1.7',
  at,
  ports: new Map(Object.entries(ports).map(([port, what]) => [Number(port), what])),
  announced: [],
  ...more,
});

const k3sCa = 'CN=k3s-server-ca@1700000000';
const ca = { caHash: 'c'.repeat(64), provesCa: true };
const cases: readonly (readonly [string, string, Readonly<Record<number, Knocked>>])[] = [
  [
    'a K3s server',
    'k3s-server',
    {
      22: ssh,
      6443: tls(leaf('O=k3s, CN=k3s', k3sCa), { ...pong, ...ca }),
      10250: tls(leaf('CN=dome-1', k3sCa)),
    },
  ],
  ['a K3s agent', 'k3s-agent', { 22: ssh, 6443: closed, 10250: tls(leaf('CN=dome-4', k3sCa)) }],
  [
    'a K3s node whose API port a firewall drops',
    'k3s',
    { 6443: { is: 'silent' }, 10250: tls(leaf('CN=dome-4', k3sCa)) },
  ],
  [
    'a K3s server with a CA of the site’s own',
    'k3s-server',
    { 6443: tls(leaf('O=Dome, CN=api', 'CN=Dome intermediate'), { ...pong, ...ca }) },
  ],
  [
    'one that replays another’s CA',
    'k3s',
    { 6443: tls(leaf('O=k3s, CN=k3s', k3sCa), { ...pong, caHash: ca.caHash, provesCa: false }) },
  ],
  [
    'RKE2',
    'rke2',
    {
      6443: tls(leaf('CN=kube-apiserver', 'CN=rke2-server-ca@1700000000')),
      9345: tls(leaf('O=rke2, CN=rke2', 'CN=rke2-server-ca@1700000000'), pong),
    },
  ],
  [
    'Kubernetes by kubeadm',
    'kubernetes',
    {
      6443: tls(leaf('CN=kube-apiserver', 'CN=kubernetes')),
      10250: tls(leaf('CN=cp-1@1700000000', 'CN=cp-1-ca@1700000000')),
    },
  ],
  [
    'Talos',
    'talos',
    {
      6443: tls(leaf('CN=kube-apiserver, O=kube-master', 'O=kubernetes')),
      50000: tls(leaf('O=talos, CN=talos-1', 'O=talos')),
    },
  ],
  [
    'Talos by its API alone',
    'talos',
    { 6443: tls(leaf('O=kube-master, CN=kube-apiserver', 'O=kubernetes')) },
  ],
  [
    'a registry',
    'registry',
    {
      22: ssh,
      5000: {
        is: 'open',
        ms: 1,
        talk: {
          http: [
            {
              path: '/v2/',
              status: 401,
              headers: { 'docker-distribution-api-version': 'registry/2.0' },
              body: '',
              at: 0,
            },
          ],
        },
      },
    },
  ],
  [
    'a web server on the registry’s port',
    'other',
    {
      5000: {
        is: 'open',
        ms: 1,
        talk: { http: [{ path: '/v2/', status: 404, headers: {}, body: '', at: 0 }] },
      },
    },
  ],
  ['a machine with SSH', 'ssh', { 22: ssh, 6443: closed }],
  ['a machine that answers nothing', 'closed', { 22: { is: 'silent' } }],
  [
    'a port that is open and says nothing we know',
    'other',
    { 22: { is: 'open', ms: 1, talk: { trouble: 'It does not speak SSH.' } } },
  ],
];
for (const [what, kind, ports] of cases)
  test(`${what} is told as ${kind}`, () => {
    assert.equal(recognise(seen(ports)).kind, kind);
  });

test('a server’s marks are its host key, its card and its name in the cluster', () => {
  const found = recognise(
    seen(
      { 22: ssh, 10250: tls(leaf('CN=dome-1', k3sCa, ['dome-1', '10.0.1.7'])) },
      { mac: '02:AA:00:00:00:01' },
    ),
  );
  assert.deepEqual(found.marks, [
    { kind: 'host-key', value: 'SHA256:x' },
    { kind: 'mac', value: '02:aa:00:00:00:01' },
    { kind: 'kubelet', value: 'dome-1 of k3s-server-ca@1700000000' },
  ]);
  assert.deepEqual(found.names, ['dome-1']);
});

test('services are named by what they say, not by their number', () => {
  const exporter: Knocked = {
    is: 'open',
    ms: 1,
    talk: { http: [{ path: '/', status: 200, headers: {}, body: '<title>Node Exporter</title>', at: 0 }] },
  };
  const something: Knocked = {
    is: 'open',
    ms: 1,
    talk: { http: [{ path: '/', status: 200, headers: {}, body: 'hello', at: 0 }] },
  };
  const what = (ports: Readonly<Record<number, Knocked>>): readonly string[] =>
    recognise(seen(ports)).services.map(each => each.what);
  assert.deepEqual(what({ 9100: exporter }), ['node-exporter']);
  assert.deepEqual(what({ 9100: something }), ['other']);
  assert.deepEqual(
    what({
      2379: tls(leaf('CN=etcd-server', 'CN=etcd-server-ca@1')),
      2380: tls(leaf('CN=etcd-peer', 'CN=etcd-peer-ca@1')),
    }),
    ['etcd-client', 'etcd-peer'],
  );
  assert.deepEqual(what({ 2222: ssh }), ['ssh']);
  const announced = [
    { wire: 'eth0', host: 'console', service: '_iostream._tcp', port: 3001, addresses: [], texts: [] },
  ];
  assert.deepEqual(
    recognise(seen({}, { announced })).services.map(each => [each.port, each.what]),
    [[3001, 'ser2net']],
  );
});

test('the clock of a node is told from the Date of its answer', () => {
  const dated = (date: string): Knocked =>
    tls(leaf('O=k3s, CN=k3s', k3sCa), {
      http: [{ path: '/ping', status: 401, headers: { date }, body: '', at: Date.parse(at) }],
    });
  assert.equal(recognise(seen({ 6443: dated('Sun, 22 Nov 2026 11:53:20 GMT') })).clockOffsetSeconds, -400);
  assert.equal(recognise(seen({ 6443: dated('yesterday') })).clockOffsetSeconds, undefined);
});

test('names that would reach a screen as orders come out as plain text', () => {
  const nasty = [
    '\u001b[2J\u001b]0;owned\u0007dome-1',
    'node\u202e1-rotcod',
    '<script>alert(1)</script>',
    'x'.repeat(5000),
  ];
  for (const name of nasty) {
    const found = recognise(
      seen(
        { 10250: tls(leaf(`CN=${name}`, k3sCa, [name])) },
        {
          announced: [{ wire: 'eth0', host: name, service: '_ssh._tcp', port: 22, addresses: [], texts: [] }],
        },
      ),
    );
    const all = JSON.stringify(found);
    assert.doesNotMatch(all, /\\u001b|\\u0007|\u202e/);
    assert.ok(found.names.every(each => each.length <= 200));
  }
});

test('every port that something is recognised by is asked once, SSH first', () => {
  const ports = questions.map(each => each.port);
  assert.deepEqual(ports, [22, 6443, 10_250, 2379, 2380, 9100, 5000, 9345, 50_000]);
});
