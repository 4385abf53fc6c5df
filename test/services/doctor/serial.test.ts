import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chapters } from '../../../main/core/doctor/collect/chapters.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { ask } from '../../../main/services/doctor/collecting.ts';
import { folder } from '../../support/folder.ts';
import { serialLinkTo } from '../../support/serial-link.ts';

const minute = 60_000;

/** A journal as long as the doctor reads one, of lines that differ as real ones do. */
const journal = Array.from({ length: 2000 }, (_, i) => {
  const at = new Date(Date.UTC(2026, 10, 21, 10, 0, i)).toISOString();
  const [address, id] = [(i * 7919) % 251, (i * 2_654_435_761).toString(16).slice(-12)];
  return `${at.replace('.000Z', '+0000')} cp1 k3s[812]: time="${at}" level=info msg="Handling backend connection request [agent-${i % 17}] from 10.0.0.${address}:${30_000 + ((i * 31) % 9999)}, id ${id}, pod coredns-${id.slice(0, 5)}, queue kube-system, attempt ${i % 9}"`;
}).join('\n');

test('over a line of 115200 baud the whole examination takes less than a minute', async t => {
  const tools = folder(t);
  writeFileSync(join(tools, 'journal'), `${journal}\n`);
  writeFileSync(join(tools, 'journalctl'), `#!/bin/sh\ncat '${join(tools, 'journal')}'\n`, { mode: 0o755 });
  const { link } = await serialLinkTo(t, ['sh'], {
    how: { baud: 115_200 },
    env: { PATH: `${tools}:${process.env['PATH'] ?? ''}` },
  });
  const { signal } = new AbortController();
  const began = systemClock.monotonic();
  const answers = [];
  for (const chapter of chapters)
    answers.push(...(await ask(link, chapter, 'login', systemClock, signal)).answers);
  const took = systemClock.monotonic() - began;
  assert.equal(answers.find(({ id }) => id === 'journal')?.text, journal);
  assert.deepEqual(
    answers.filter(({ standing }) => standing === 'timed-out'),
    [],
  );
  assert.ok(took < minute, `${Math.round(took / 1000)} s`);
  t.diagnostic(`${Math.round(took / 100) / 10} s`);
});
