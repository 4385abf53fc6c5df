import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { needs, needsNspawn } from '../support/needs.ts';
import { examined, told } from '../support/nodes/examine.ts';
import * as failures from '../support/nodes/failures.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { runningK3s, untilUp } from '../support/nodes/running-k3s.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };

suite('failures made for real', { concurrency: 3 }, () => {
  for (const [what, make, cause] of [
    ['the disk is full', failures.fillDisk, 'disk-full'],
    ['the certificates ended', failures.expireCertificates, 'certificate-expired'],
    ['the token is another than the datastore’s', failures.otherToken, 'token-differs'],
    ['the address changed', failures.changeAddress, 'ip-changed'],
    ['there is no default route', failures.dropRoute, 'no-default-route'],
    ['the port is taken', failures.takePort, 'port-taken'],
    ['the configuration cannot be read', failures.breakConfig, 'config-typo'],
  ] as const)
    test(`made for real: ${what}, and the doctor names it first`, needed, async t => {
      const node = await nspawnNode(t, { name: 'cp1', diskMiB: 1_500 });
      await runningK3s(node);
      await make(node);
      const findings = await examined(t, node);
      assert.equal(findings[0]?.cause, cause, told(findings));
    });

  test('a healthy node whose power was cut and came back gives no finding', needed, async t => {
    const node = await nspawnNode(t, { name: 'cp1', diskMiB: 12_000 });
    await runningK3s(node);
    await node.kill();
    await node.powerOn();
    await node.done(untilUp);
    assert.equal(told(await examined(t, node)), '');
  });
});
