import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configFaults,
  distance,
  isRepaired,
  knownKeys,
  maskedText,
  nearestKey,
  repaired,
} from '../../../../main/core/runbook/remedies/config-repair.ts';

const server = knownKeys('server');

test('a misspelled key is matched with the one that is meant, and with none when it is not clear', () => {
  assert.equal(nearestKey('cluster-int', server), 'cluster-init');
  assert.equal(nearestKey('tls_san', server), 'tls-san');
  assert.equal(nearestKey('nodeip', server), 'node-ip');
  assert.equal(nearestKey('nod-elabel', server), 'node-label');
  assert.equal(nearestKey('colour', server), undefined);
  assert.equal(distance('abcd', 'abdc'), 1);
  assert.equal(distance('', 'abc'), 3);
});

test('a server’s key in an agent’s file is a fault that can only be taken out', () => {
  const [fault] = configFaults('server: https://a:6443\ncluster-init: true\n', knownKeys('agent'));
  assert.deepEqual([fault?.nth, fault?.key, fault?.becomes], [2, 'cluster-init', undefined]);
});

test('a misspelled key beside the right one can only be taken out', () => {
  const [fault] = configFaults('tls-san: [a]\ntls-sann: [b]\n', server);
  assert.deepEqual([fault?.nth, fault?.becomes], [2, undefined]);
  assert.match(fault?.says ?? '', /there already/);
});

test('a config that K3s takes has no fault', () => {
  const good =
    'token: "a:b"\ncluster-init: true\ntls-san:\n  - a\n  - b\ndisable: [traefik]\nnode-label+:\n- x=y\n# colour: red\n';
  assert.deepEqual(configFaults(good, server), []);
});

test('a typo, a tab and a missing blank are mended, and every other byte stays', () => {
  const text = '# mine\ncluster-int: true\ntls-san:\n\t- a\nnode-ip:10.0.0.1\ntoken: "x"   # keep\n';
  const faults = configFaults(text, server);
  assert.deepEqual(
    faults.map(({ nth }) => nth).toSorted((a, b) => a - b),
    [2, 4, 5],
  );
  const after = repaired(
    text,
    faults.map(fault => ({ fault, how: 'mend' as const })),
  );
  assert.equal(
    after,
    '# mine\ncluster-init: true\ntls-san:\n  - a\nnode-ip: 10.0.0.1\ntoken: "x"   # keep\n',
  );
  assert.deepEqual(configFaults(after, server), []);
  const fixes = faults.map(fault => ({ fault, how: 'mend' as const }));
  assert.equal(isRepaired(text, fixes), false);
  assert.equal(isRepaired(after, fixes), true);
  assert.ok(!JSON.stringify(faults).includes('10.0.0.1'), 'a fault keeps no value');
});

test('a key taken out takes its list with it', () => {
  const text = 'colours:\n  - red\n  - blue\ncluster-init: true\n';
  const [fault] = configFaults(text, server);
  assert.ok(fault);
  assert.equal(
    repaired(text, [{ fault, how: 'comment' }]),
    '# colours:\n#   - red\n#   - blue\ncluster-init: true\n',
  );
  assert.equal(repaired(text, [{ fault, how: 'leave' }]), text);
});

test('what YAML itself refuses is named with its line', () => {
  const [fault] = configFaults('cluster-init: true\ntls-san: [a, b\ntoken: x\n', server);
  assert.ok(fault && fault.nth >= 2, JSON.stringify(fault));
  assert.ok(fault.says.length > 0 && fault.key === undefined);
});

test('only what surely is no secret shows in a diff', () => {
  const text = `token: "abc"
tokn: abc
agent-token: |
  abc
  abc
token:"abc"
# token: abc
etcd-s3-secret-key: abc
datastore-endpoint: mysql://u:abc@tcp(x)/k
configs:
  "reg:5000":
    auth: {username: abc, password: abc}
    tls:
      ca_file: abc
abc
- abc
`;
  const shown = maskedText(text);
  assert.ok(!shown.includes('abc'), shown);
  assert.equal(shown.split('\n').length, text.split('\n').length);
  const open =
    'node-name: abc\ntls-san:\n  - abc\nmirrors:\n  docker.io:\n    endpoint: ["https://abc:5000"]\n';
  assert.equal(maskedText(open), open);
  assert.ok(!maskedText('mirrors:\n  x:\n    endpoint: ["https://u:abc@h"]\n').includes('abc'));
});
