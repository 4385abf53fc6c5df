import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunId } from '../../../preload/contract/ids.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { openVault } from '../../../main/machine/vault.ts';
import { readTerminal, RunTerminal } from '../../../main/services/runbooks/terminal.ts';
import { folder } from '../../support/folder.ts';

const run = '11111111-2222-3333-4444-555555555555' as RunId;
const signal = new AbortController().signal;

function parts(t: TestContext) {
  const runs = folder(t);
  const vault = openVault(join(runs, 'vault'), { practice: true, chance: systemChance });
  return { runs, vault, files: localFiles(), path: join(runs, run, 'terminal') };
}
type Parts = ReturnType<typeof parts>;
const opened = ({ files, vault, runs }: Parts): Promise<RunTerminal> =>
  RunTerminal.open(files, vault, runs, run);
async function text(deps: Parts, live?: RunTerminal): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const { bytes } of readTerminal(deps, run, () => live, signal)) all.push(bytes);
  return Buffer.concat(all).toString();
}

test('what was written is read back from the beginning, over several sittings', async t => {
  const deps = parts(t);
  for (const words of ['one ', 'two ', 'three']) {
    const terminal = await opened(deps);
    await terminal.write(Buffer.from(words));
    await terminal.close();
  }
  assert.equal(await text(deps), 'one two three');
});

test('nothing readable lies on the laptop’s disk', async t => {
  const deps = parts(t);
  const terminal = await opened(deps);
  await terminal.write(Buffer.from('a very recognisable sentence'));
  await terminal.close();
  assert.ok(!readFileSync(deps.path).includes('recognisable'));
  assert.equal(statSync(deps.path).mode & 0o077, 0);
});

test('a record torn by a crash is cut off, the rest stays', async t => {
  const deps = parts(t);
  const terminal = await opened(deps);
  await terminal.write(Buffer.from('whole '));
  await terminal.settled();
  const whole = statSync(deps.path).size;
  await terminal.write(Buffer.from('torn'));
  await terminal.close();
  for (let size = statSync(deps.path).size - 1; size >= whole; size--) {
    truncateSync(deps.path, size);
    assert.equal(await text(deps), 'whole ');
  }
  appendFileSync(deps.path, Buffer.from([0, 0]));
  const again = await opened(deps);
  await again.write(Buffer.from('again'));
  await again.close();
  assert.equal(await text(deps), 'whole again');
});

test('records that were swapped do not open', async t => {
  const deps = parts(t);
  const terminal = await opened(deps);
  for (const word of ['aaaa', 'bbbb']) {
    await terminal.write(Buffer.from(word));
    await terminal.settled();
  }
  await terminal.close();
  const bytes = readFileSync(deps.path);
  const half = bytes.length / 2;
  writeFileSync(deps.path, Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)]));
  await assert.rejects(text(deps));
});

test('a listener hears the beginning, then what comes, until it is closed', async t => {
  const deps = parts(t);
  const terminal = await opened(deps);
  await terminal.write(Buffer.from('early '));
  await terminal.settled();
  const heard = text(deps, terminal);
  for (let i = 0; i < 50; i++) await terminal.write(Buffer.from(`${i} `));
  await terminal.close();
  assert.equal(await heard, `early ${Array.from({ length: 50 }, (_, i) => `${i} `).join('')}`);
});

test('a flood is held back to what the disk takes, and a listener that went away keeps nothing', async t => {
  const deps = parts(t);
  const terminal = await opened(deps);
  const gone = new AbortController();
  const listening = readTerminal(deps, run, () => terminal, gone.signal)[Symbol.asyncIterator]();
  const block = Buffer.alloc(100_000, 'x');
  let waited = 0;
  for (let i = 0; i < 100; i++) {
    const busy = terminal.write(block);
    if (busy) waited++;
    await busy;
  }
  assert.ok(waited > 10);
  await listening.next();
  gone.abort();
  while (!(await listening.next()).done);
  await terminal.close();
  assert.equal((await text(deps)).length, 10_000_000);
});
