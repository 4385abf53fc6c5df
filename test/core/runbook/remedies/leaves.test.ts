import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authority, leaf } from '../../../../main/practice/station/k3s/certificates.ts';
import { systemChance } from '../../../../main/machine/chance.ts';
import { endingWithin, firstEnd, leavesIn, wrongAt } from '../../../../main/core/runbook/remedies/leaves.ts';

const day = 86_400_000;
const made = Date.UTC(2025, 0, 1);

test('certificates on the node are read, and each wrong one is named with its day', async () => {
  const ca = await authority('k3s-server-ca', made, systemChance);
  const one = await leaf({
    by: ca,
    subject: 'CN=x',
    use: 'server',
    names: ['x'],
    now: made,
    chance: systemChance,
  });
  const said = `== /d/server/tls/server-ca.crt\n${ca.cert}\n== /d/server/tls/x.crt\n${one.cert}${ca.cert}\n== /d/agent/bad.crt\nrubbish\nnow=1\n`;
  const all = leavesIn(said);
  assert.deepEqual(
    all.map(({ path, ca: isCa }) => [path, isCa]),
    [
      ['/d/server/tls/server-ca.crt', true],
      ['/d/server/tls/x.crt', false],
    ],
  );
  assert.deepEqual(wrongAt(all, made + day), []);
  assert.deepEqual(wrongAt(all, made + 366 * day), ['tls/x.crt expired on 2026-01-01']);
  assert.match(wrongAt(all, made - 400 * day)[1] ?? '', /tls\/x.crt is not valid before/);
  assert.equal(firstEnd(all), '2026-01-01');
  assert.equal(endingWithin(all, made, 90), 0);
  assert.equal(endingWithin(all, made + 300 * day, 90), 1);
});

test('without certificates there is nothing to say', () => {
  assert.deepEqual(leavesIn('now=1\n'), []);
  assert.equal(firstEnd([]), undefined);
});
