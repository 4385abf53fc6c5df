import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { clientAtDoor } from '../../main/hosts/node/door-client.ts';
import { folder } from '../support/folder.ts';
import { needsElsewhere } from '../support/needs.ts';
import { seriousFaults } from '../support/page/axe.ts';
import { journeyByClicks, journeyByKeys } from '../support/page/journey.ts';

const root = join(import.meta.dirname, '..', '..');
const pictures = join(root, '.ci-artifacts', 'window');

/** The Electron program of this checkout, looked for without importing the package: that would download it. */
function electronProgram(): string | undefined {
  const at = join(root, 'node_modules', 'electron');
  if (!existsSync(join(at, 'path.txt'))) return undefined;
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(at, 'dist');
  const program = join(dist, readFileSync(join(at, 'path.txt'), 'utf8').trim());
  return existsSync(program) ? program : undefined;
}
const program = electronProgram();
const real = needsElsewhere(program !== undefined, 'an Electron program (npm run electron:get)');

interface Opened {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly home: string;
  /** What the page complained about. */
  readonly faults: readonly string[];
}

/** The app in a real window, on an empty laptop; closed after the test. */
async function opened(t: TestContext, ...words: readonly string[]): Promise<Opened> {
  assert.ok(program);
  const home = join(folder(t), 'home');
  const app = await _electron.launch({
    executablePath: program,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root, ...words],
    env: { ...(process.env as Record<string, string>), COLDSTART_HOME: home },
  });
  t.after(() => app.close());
  const page = await app.firstWindow();
  page.setDefaultTimeout(45_000);
  const faults: string[] = [];
  page.on('pageerror', error => faults.push(String(error.stack ?? error)));
  page.on('console', message => {
    if (message.type() === 'error') faults.push(message.text());
  });
  // Scripts for the page are texts: this file knows nothing of a browser's types.
  await page.waitForFunction('document.body.innerText.length > 0');
  return { app, page, home, faults };
}

test('the real window shows the page, closed to everything but its gate', real, async t => {
  const { page } = await opened(t, '--practice');
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

test('the journey from the welcome to the stick, in the window', real, async t => {
  const { page, faults } = await opened(t);
  mkdirSync(pictures, { recursive: true });
  const glance = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };
  await journeyByClicks(page, {
    glance,
    look: async name => {
      await glance(name);
      assert.deepEqual(await seriousFaults(page), [], name);
    },
  });
  assert.deepEqual(faults, []);
});

test('the journey in the window by the keyboard alone', real, async t => {
  const { page, faults } = await opened(t);
  await journeyByKeys(page);
  assert.deepEqual(faults, []);
});

test('a second program reaches the window by the door of its home', real, async t => {
  const { home } = await opened(t);
  const second = await clientAtDoor(join(home, 'door.sock'), 'real');
  assert.equal((await second.call('app.about', {})).door, 'window');
  second.close();
});

test('closing the window during a run asks first, and the run can be continued', real, async t => {
  const { app, page } = await opened(t);
  const click = (name: string): Promise<void> =>
    page.getByRole('button', { name, exact: true }).first().click();
  for (const name of ['Practise first', 'Check the node', 'Show the plan', 'Run']) await click(name);
  await page.getByRole('button', { name: 'Stop the run' }).waitFor();
  // The technician keeps it open: the dialog is answered in place, and what it asked is kept.
  const asked = await app.evaluate(async ({ BrowserWindow, dialog }) => {
    const questions: string[] = [];
    dialog.showMessageBox = async (...words: unknown[]) => {
      questions.push((words.at(-1) as { message: string }).message);
      return { response: 0, checkboxChecked: false };
    };
    BrowserWindow.getAllWindows()[0]?.close();
    await new Promise(done => setTimeout(done, 200));
    return { questions, windows: BrowserWindow.getAllWindows().length };
  });
  assert.equal(asked.windows, 1);
  assert.match(asked.questions[0] ?? '', /going on/);
  await page.getByText('Finished. Every step was checked.').waitFor({ timeout: 60_000 });
});
