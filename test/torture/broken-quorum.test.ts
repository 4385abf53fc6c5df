import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs, needsNspawn } from '../support/needs.ts';
import { examined, told } from '../support/nodes/examine.ts';
import { loseQuorum } from '../support/nodes/failures.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { runningK3s } from '../support/nodes/running-k3s.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };

test(
  'made for real: most servers are gone for half a minute, and the doctor names it first',
  needed,
  async t => {
    const node = await nspawnNode(t, { name: 'cp1', diskMiB: 12_000 });
    await runningK3s(node);
    await loseQuorum(node);
    const findings = await examined(t, node);
    assert.equal(findings[0]?.cause, 'lost-quorum', told(findings));
  },
);
