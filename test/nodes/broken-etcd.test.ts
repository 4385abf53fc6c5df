import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { needs, needsNspawn } from '../support/needs.ts';
import { examined, told } from '../support/nodes/examine.ts';
import * as failures from '../support/nodes/failures.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { runningK3s, untilUp } from '../support/nodes/running-k3s.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };

suite('failures of etcd made for real', { concurrency: 3 }, () => {
  for (const [what, make, cause, config] of [
    ['the write-ahead log is damaged', failures.corruptWal, 'wal-corrupt', []],
    ['the database file is damaged', failures.corruptDatabase, 'bbolt-corrupt', []],
    [
      'the datastore reached its limit',
      failures.fillQuota,
      'etcd-quota',
      ['etcd-arg:', '  - "quota-backend-bytes=4194304"'],
    ],
  ] as const)
    test(`made for real: ${what}, and the doctor names it first`, needed, async t => {
      const node = await nspawnNode(t, { name: 'cp1', diskMiB: 12_000 });
      await runningK3s(node, { config });
      await make(node);
      const findings = await examined(t, node);
      assert.equal(findings[0]?.cause, cause, told(findings));
    });

  test('a log torn by a power cut is repaired by etcd itself, and K3s comes up', needed, async t => {
    const node = await nspawnNode(t, { name: 'cp1', diskMiB: 12_000 });
    await runningK3s(node);
    await failures.tornWal(node);
    await node.done(untilUp);
    const findings = await examined(t, node);
    assert.ok(!findings.some(one => one.cause === 'wal-corrupt'), told(findings));
  });
});
