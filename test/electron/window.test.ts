import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { _electron } from 'playwright-core';
import { folder } from '../support/folder.ts';
import { needsElsewhere } from '../support/needs.ts';

const root = join(import.meta.dirname, '..', '..');

/** The Electron program of this checkout, looked for without importing the package: that would download it. */
function electronProgram(): string | undefined {
  const at = join(root, 'node_modules', 'electron');
  if (!existsSync(join(at, 'path.txt'))) return undefined;
  const program = join(at, 'dist', readFileSync(join(at, 'path.txt'), 'utf8').trim());
  return existsSync(program) ? program : undefined;
}
const program = electronProgram();
const real = needsElsewhere(program !== undefined, 'an Electron program (npm run electron:get)');

test('the real window shows the page, closed to everything but its gate', real, async t => {
  assert.ok(program);
  const app = await _electron.launch({
    executablePath: program,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root, '--practice'],
    env: { ...(process.env as Record<string, string>), COLDSTART_HOME: folder(t) },
  });
  t.after(() => app.close());
  const page = await app.firstWindow();
  // Scripts for the page are texts: this file knows nothing of a browser's types.
  await page.waitForFunction('document.body.innerText.length > 0');
  assert.match(page.url(), /^coldstart:\/\/app\/\?world=practice/);
  const seen = await page.evaluate(`({
    gate: Object.keys(window.coldstart).toSorted(),
    process: typeof globalThis.process,
    require: typeof globalThis.require,
    opened: window.open('https://example.com') === null,
  })`);
  assert.deepEqual(seen, {
    gate: ['hear', 'post'],
    process: 'undefined',
    require: 'undefined',
    opened: true,
  });
  await page.evaluate(`{ location.href = 'https://example.com/'; }`);
  assert.match(page.url(), /^coldstart:\/\/app\//);
  assert.equal(
    await page.evaluate(`fetch('https://example.com/').then(() => 'went', () => 'refused')`),
    'refused',
  );
});
