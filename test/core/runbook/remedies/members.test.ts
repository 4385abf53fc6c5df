import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  joinAddress,
  joining,
  joinsVia,
  withoutKey,
} from '../../../../main/core/runbook/remedies/join-config.ts';
import { membersIn, noQuorumWithout } from '../../../../main/core/runbook/remedies/members.ts';

const server = 'https://10.0.1.1:6443';

test('a member’s settings join and never found a cluster', () => {
  const founder = '# first\ncluster-init: true\ntoken: "x"\ntls-san:\n- a\n- b\nnode-ip: 10.0.1.2\n';
  const after = joining(founder, server);
  assert.equal(after, `server: "${server}"\n# first\ntoken: "x"\ntls-san:\n- a\n- b\nnode-ip: 10.0.1.2\n`);
  assert.equal(joinsVia(after, server), true);
  assert.equal(joinsVia(founder, server), false);
  assert.equal(joinsVia(`cluster-init: true\n${after}`, server), false);
  assert.equal(joining(after, server), after);
  assert.equal(withoutKey('a: 1\ntls-san:\n  - x\n  - y\nb: 2', 'tls-san'), 'a: 1\nb: 2');
});

test('only an https address of a server is one to join through', () => {
  for (const good of ['https://10.0.1.1:6443', 'https://cp1.site', 'https://[fd00::1]:6443'])
    assert.equal(joinAddress(good), good);
  for (const bad of ['http://10.0.1.1', '10.0.1.1', 'https://a b', 'https://a/x', "https://a'", ''])
    assert.equal(joinAddress(bad), undefined, bad);
});

const list = (...all: readonly (readonly [string, boolean, boolean])[]) =>
  all.map(([name, ready, etcd]) => ({ name, ready, etcd }));

test('a member is taken out only while the others have quorum', () => {
  assert.equal(
    noQuorumWithout(list(['a', true, true], ['b', true, true], ['c', false, true]), 'c'),
    undefined,
  );
  assert.match(
    noQuorumWithout(list(['a', true, true], ['b', false, true], ['c', false, true]), 'c') ?? '',
    /only 1/,
  );
  assert.match(noQuorumWithout(list(['c', false, true], ['agent', true, false]), 'c') ?? '', /only server/);
  // it was taken out already: the two that are left are two of three
  assert.equal(noQuorumWithout(list(['a', true, true], ['b', true, true]), 'c'), undefined);
});

test('a list of nodes is read, and rubbish is none', () => {
  const said = JSON.stringify({
    items: [
      {
        metadata: { name: 'a', labels: { 'node-role.kubernetes.io/etcd': 'true' } },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
      { metadata: { name: 'w', labels: {} } },
    ],
  });
  assert.deepEqual(membersIn(said), list(['a', true, true], ['w', false, false]));
  assert.equal(membersIn('error'), undefined);
  assert.equal(membersIn('{}'), undefined);
});
