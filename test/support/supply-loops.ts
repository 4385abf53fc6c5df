import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { localFiles } from '../../main/machine/files.ts';
import { work } from '../../main/machine/work.ts';
import { openBag } from '../../main/services/supply/open-bag.ts';
import { ageKey } from './age-key.ts';
import { snapshotBytes, supplyBench } from './supply.ts';
import type { SupplyBench } from './supply.ts';

/** Whole numbers from 0 to below `below`, the same for the same seed (Park and Miller's generator). */
export function seeded(seed: number): (below: number) => number {
  let state = (seed % 0x7ffffffe) + 1;
  return below => (state = (state * 48271) % 0x7fffffff) % below;
}

/** Flips one bit at a time, anywhere in a whole bag, and sees each found. */
export async function flipBits(
  b: SupplyBench,
  path: string,
  rounds: number,
  random: (below: number) => number,
): Promise<void> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  for (let round = 0; round < rounds; round++) {
    const file = files[random(files.length)] ?? '';
    const bytes = readFileSync(file);
    const at = random(bytes.length);
    const bit = 1 << random(8);
    bytes[at] = (bytes[at] ?? 0) ^ bit;
    writeFileSync(file, bytes);
    const check = await b.calls['bag.verify']({ path }, b.context());
    assert.equal(check.complete, false, `round ${round}: ${file} byte ${at} bit ${bit}`);
    bytes[at] = (bytes[at] ?? 0) ^ bit;
    writeFileSync(file, bytes);
  }
  assert.equal((await b.calls['bag.verify']({ path }, b.context())).complete, true);
}

/** When to kill the app: after so many lines of progress, or so many milliseconds after it began. */
export type Kill = { readonly lines: number } | { readonly ms: number };

/**
 * Kills the app in the middle of an export, again and again, then lets it finish. At no moment may a bag under its final
 * name be anything but whole; at the end every bag is recorded once and nothing half-written is left. Gives the kills.
 */
export async function killAndResume(t: TestContext, kills: readonly Kill[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-kill-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const key = await ageKey();
  const b = supplyBench({ folder, recipients: [key.recipient] });
  b.keepToken();
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(5000));
  b.store.close();
  const opened = new Set<string>();
  const opening = { files: localFiles(), work: work(), signal: new AbortController().signal };
  let killed = 0;
  const whole = (): string[] => readdirSync(b.stick).filter(name => !name.endsWith('.partial'));
  const run = async (kill?: Kill): Promise<void> => {
    killed += (await ranAndDied(folder, key.recipient, kill)) ? 1 : 0;
    for (const name of whole().filter(each => !opened.has(each))) {
      await openBag(join(b.stick, name), key.identity, join(folder, `opened-${name}`), opening);
      opened.add(name);
    }
  };
  for (const kill of kills) await run(kill);
  await run();
  assert.ok(whole().length > 0);
  assert.deepEqual(readdirSync(b.stick).toSorted(), whole().toSorted(), 'nothing half-written is left');
  const after = supplyBench({ folder, recipients: [key.recipient] });
  const exports = await after.calls['export.list']({}, after.context());
  after.store.close();
  assert.deepEqual(
    exports.map(each => each.path).toSorted(),
    whole()
      .map(name => join(b.stick, name))
      .toSorted(),
  );
  assert.ok(exports.every(each => each.snapshots.includes(snapshot.id)));
  return killed;
}

/** Runs one export in a process of its own; true when it was killed before it was done. */
async function ranAndDied(folder: string, recipient: string, kill?: Kill): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'export-child.ts'), folder, recipient], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let lines = 0;
  child.stdout.on('data', (text: Buffer) => {
    if (lines === 0 && kill && 'ms' in kill) setTimeout(() => child.kill('SIGKILL'), kill.ms).unref();
    lines += text.toString().split('\n').length - 1;
    if (kill && 'lines' in kill && lines >= kill.lines) child.kill('SIGKILL');
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  assert.ok(code === 0 || signal === 'SIGKILL', `the export ended with ${code ?? signal}`);
  return signal === 'SIGKILL';
}
