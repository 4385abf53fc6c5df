import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { needs } from '../support/needs.ts';
import { seriousFaults, smallTargets, tooWide } from '../support/page/axe.ts';
import { openChromium } from '../support/page/chromium.ts';
import type { OwnChromium } from '../support/page/chromium.ts';
import { pressByKeys, reach } from '../support/page/keys.ts';
import { runs } from '../support/page/made-up.ts';
import { screens } from '../support/page/screens.ts';
import type { Screen } from '../support/page/screens.ts';
import { buildWithStandIn, servePage } from '../support/page/serve.ts';

/**
 * Every screen in a real Chromium, over a stand-in host: also the states a healthy host never shows. Pictures are left in
 * `.ci-artifacts/screens`.
 */
const pictures = join(import.meta.dirname, '..', '..', '.ci-artifacts', 'screens');
const views = [
  { name: '1366-light', viewport: { width: 1366, height: 768 }, colorScheme: 'light' },
  { name: '1024-dark', viewport: { width: 1024, height: 600 }, colorScheme: 'dark' },
  /** Everything at twice its size leaves half the room. */
  { name: 'twice', viewport: { width: 683, height: 384 }, colorScheme: 'light' },
] as const;

suite('every screen', needs('chromium'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-screens-'));
  let chromium: OwnChromium;
  let server: Awaited<ReturnType<typeof servePage>>;
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    await buildWithStandIn(folder);
    server = await servePage(folder);
    chromium = await openChromium();
  });
  after(async () => {
    await chromium?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const opened = async (
    how: BrowserContextOptions,
    work: (page: Page, show: (screen: Screen | string) => Promise<void>) => Promise<void>,
  ): Promise<void> => {
    const context = await chromium.browser.newContext({ reducedMotion: 'reduce', ...how });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(String(error.stack ?? error)));
    page.on('console', message => {
      // A policy the page breaks is told here.
      if (message.type() === 'error') faults.push(message.text());
    });
    const show = async (screen: Screen | string): Promise<void> => {
      await page.goto('about:blank');
      await page.goto(`${server.url}/${typeof screen === 'string' ? screen : screen.at}`);
      await page.locator('h1').first().waitFor();
      if (typeof screen !== 'string') await screen.reach?.(page);
    };
    try {
      await work(page, show);
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  };

  test(
    'has no serious fault for assistive technology, no small target and no sideways scrolling, by day, by night and at twice its size',
    { timeout: 600_000 },
    async () => {
      // Two pages, because each waits most of the time.
      const halves = [0, 1].map(half => screens.filter((_, i) => i % 2 === half));
      const wrong = await Promise.all(halves.map(faultsOf));
      assert.deepEqual(wrong.flat(), []);
    },
  );

  /** Colours change over some frames after the view did, in terminals most of all: what is gone a moment later is no fault. */
  const lastingFaults = async (page: Page, rules?: readonly string[]): Promise<readonly string[]> => {
    const first = await seriousFaults(page, rules);
    if (first.length === 0) return first;
    await page.waitForTimeout(500);
    return seriousFaults(page, rules);
  };

  const faultsOf = async (some: typeof screens): Promise<readonly string[]> => {
    const wrong: string[] = [];
    await opened({ viewport: views[0].viewport }, async (page, show) => {
      for (const screen of some) {
        await page.setViewportSize(views[0].viewport);
        await page.emulateMedia({ colorScheme: views[0].colorScheme });
        await show(screen);
        for (const { name, viewport, colorScheme } of views) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          const wide = await tooWide(page);
          if (wide > 0) wrong.push(`${screen.name} is ${wide} px too wide (${name})`);
          if (name === 'twice') continue;
          if (name === '1366-light')
            await page.screenshot({ path: join(pictures, `${screen.name}-${name}.png`) });
          // By night and on the small screen the same elements stand there, in other colours and places.
          const rules = name === '1024-dark' ? ['color-contrast'] : undefined;
          for (const fault of await lastingFaults(page, rules))
            wrong.push(`${screen.name} (${name}): ${fault}`);
          for (const small of await smallTargets(page)) wrong.push(`${screen.name} (${name}): ${small}`);
        }
      }
    });
    return wrong;
  };

  test('still fits when only the text is twice its size', () =>
    opened({ viewport: { width: 1366, height: 768 } }, async (page, show) => {
      const wrong: string[] = [];
      for (const name of [
        'sites',
        'install-options',
        'install-plan',
        'run-failed',
        'snapshots',
        'supply-plan',
        'map',
        'host-key',
      ]) {
        const screen = screens.find(each => each.name === name);
        assert.ok(screen);
        await show(screen);
        await page.addStyleTag({ content: 'html { font-size: 200% }' });
        const wide = await tooWide(page);
        if (wide > 0) wrong.push(`${name} is ${wide} px too wide`);
      }
      assert.deepEqual(wrong, []);
    }));

  test('dialogs close with Escape and give the focus back to what opened them', () =>
    opened({}, async (page, show) => {
      await show('#/sites');
      const add = page.getByRole('button', { name: 'Add a node' });
      await add.press('Enter');
      await page.getByRole('dialog', { name: 'Add a node' }).waitFor();
      assert.equal(await page.evaluate('document.activeElement.labels[0].textContent'), 'Name of the node');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.equal(await add.evaluate(element => element.matches(':focus')), true);
    }));

  test('by keys alone the schedule of a node is looked at and its change planned', () =>
    opened({ viewport: views[1].viewport }, async (page, show) => {
      await show('#/snapshots');
      await pressByKeys(page, 'Look at the schedule');
      await page.getByText('2 of 7 days covered').waitFor();
      await pressByKeys(page, 'Change the schedule …');
      await page.getByLabel('How many are kept').waitFor();
      await reach(page, 'How many are kept');
      await page.keyboard.type('16');
      await pressByKeys(page, 'Show the plan');
      await page.getByRole('button', { name: 'Run the remedy' }).waitFor();
    }));

  test('by keys alone a restore is led through, up to the button that begins it', () =>
    opened({ viewport: views[1].viewport }, async (page, show) => {
      await show('#/restore');
      await pressByKeys(page, /^Restore this/);
      await pressByKeys(page, /^This way/);
      await pressByKeys(page, 'Show the plan');
      const begin = page.getByRole('button', { name: 'Restore now' });
      await begin.waitFor();
      assert.equal(await begin.isDisabled(), true);
      await reach(page, 'Name of the machine');
      await page.keyboard.type('summit-1');
      await reach(page, 'Restore now');
      assert.equal(await begin.isDisabled(), false);
    }));

  test('by keys alone a site is scanned, a machine opened while the scan goes on, and made a node', () =>
    opened({ viewport: views[1].viewport }, async (page, show) => {
      await show('?scenario=map-slow#/map');
      await pressByKeys(page, /^Scan/);
      await page.getByText('7 machines found so far').waitFor();
      await page.getByRole('progressbar').waitFor();
      await pressByKeys(page, /^summit-2/);
      await page.getByRole('dialog', { name: 'summit-2' }).waitFor();
      await pressByKeys(page, 'Add as node');
      assert.equal(await page.getByLabel('Name of the node').inputValue(), 'summit-2');
      assert.equal(await page.getByLabel('Address', { exact: true }).inputValue(), '192.168.40.12');
      await reach(page, 'User');
      await page.keyboard.type('tech');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await pressByKeys(page, 'Stop');
      await page.getByText(/^Stopped\. 7 machines found/).waitFor();
      await page.getByRole('button', { name: /^summit-2/ }).click();
      await page.getByRole('button', { name: 'Connect' }).waitFor();
      assert.deepEqual(await seriousFaults(page), []);
    }));

  test('with forty machines no box of the picture lies on another, and every line ends at its machine', () =>
    opened({}, async (page, show) => {
      await show('?scenario=map-many#/map');
      await page.getByRole('button', { name: /^mast-40/ }).waitFor();
      for (const { viewport } of views) {
        await page.setViewportSize(viewport);
        await page.waitForTimeout(50);
        const { overlaps, ends, reached } = await page.evaluate<{
          overlaps: number;
          ends: number;
          reached: number;
        }>(`(() => {
          const ground = document.querySelector('.map-picture').getBoundingClientRect();
          const boxes = [...document.querySelectorAll('.map-box, .map-laptop, .map-vip')];
          const rects = boxes.map(each => each.getBoundingClientRect());
          const overlaps = rects.flatMap((a, i) => rects.slice(i + 1).filter(b =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length;
          const tops = new Set(boxes.filter(each => each.dataset.ways?.includes('ssh'))
            .map(each => each.getBoundingClientRect())
            .map(({ left, top }) => Math.round(left - ground.left + 20) + ',' + Math.round(top - ground.top)));
          const path = document.querySelector('.map-lines .map-ssh').getAttribute('d');
          const drops = [...path.matchAll(/M(\\d+) \\d+V(\\d+)/g)].map(([, x, y]) => x + ',' + y);
          return { overlaps, reached: tops.size, ends: drops.filter(each => tops.has(each)).length };
        })()`);
        assert.equal(overlaps, 0);
        assert.equal(reached, 42);
        assert.equal(ends, 42, `at ${viewport.width} px`);
      }
    }));

  test('a thousand machines are looked through as fast as one types', () =>
    opened({}, async (page, show) => {
      await show('?scenario=map-thousand#/map');
      await page.getByRole('radio', { name: 'Table' }).check();
      await page.getByText('1 to 50 of 1003').waitFor();
      const search = page.getByLabel('Name, address or MAC');
      const began = Date.now();
      await search.pressSequentially('mast-1000');
      await page.getByRole('button', { name: 'mast-1000' }).waitFor();
      await page.getByRole('button', { name: 'mast-100', exact: true }).waitFor({ state: 'detached' });
      assert.equal(await page.getByRole('row').count(), 2);
      assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms for nine letters`);
      await search.fill('');
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByText('51 to 100 of 1003').waitFor();
    }));

  test('names that strangers give themselves are shown as text, and push nothing wide', () =>
    opened({}, async (page, show) => {
      await show('?scenario=map-hostile#/map');
      const wrong: string[] = [];
      const measure = async (what: string): Promise<void> => {
        for (const { name, viewport } of views) {
          await page.setViewportSize(viewport);
          const wide = await tooWide(page);
          if (wide > 0) wrong.push(`${what} is ${wide} px too wide (${name})`);
        }
      };
      await page
        .getByRole('button', { name: /^<script>/ })
        .first()
        .waitFor();
      await measure('the picture');
      await page.getByRole('radio', { name: 'Table' }).check();
      await measure('the table');
      await page
        .getByRole('button', { name: /^Look at <script>/ })
        .first()
        .click();
      await page.getByRole('dialog').waitFor();
      await measure('the machine');
      assert.deepEqual(wrong, []);
    }));

  test('the keyboard gets out of a shell with Ctrl+F6, and Escape still reaches the shell', () =>
    opened({}, async (page, show) => {
      await show('#/shell/00000000-0000-4000-8000-000000000011');
      await page.locator('.term-place[data-ready=true]').waitFor();
      const inside = (): Promise<boolean> =>
        page.evaluate("document.activeElement.closest('.xterm') !== null");
      assert.equal(await inside(), true);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Escape');
      assert.equal(await inside(), true);
      await page.keyboard.press('Control+F6');
      assert.equal(await inside(), false);
    }));

  test('Tab walks through the terminal of a run without being caught', () =>
    opened({}, async (page, show) => {
      await show(`#/run/${runs.passed}`);
      await page.locator('.term-place[data-ready=true]').waitFor();
      const seen: string[] = [];
      for (let i = 0; i < 30 && seen.at(-1) !== 'Remove K3s …'; i++) {
        await page.keyboard.press('Tab');
        seen.push(
          await page.evaluate<string>(
            'document.activeElement.ariaLabel ?? document.activeElement.textContent',
          ),
        );
      }
      assert.ok(seen.includes('What really runs'), 'the terminal itself can be reached');
      assert.equal(seen.at(-1), 'Remove K3s …');
    }));

  test('text in a terminal can be found', () =>
    opened({}, async (page, show) => {
      await show(`#/run/${runs.passed}`);
      await page.locator('.term-place[data-ready=true]').waitFor();
      await page.getByRole('button', { name: 'Find', exact: true }).click();
      await page.getByLabel('Find in the terminal').fill('sha256sum');
      await page.getByText('1 of 1').waitFor();
      await page.getByLabel('Find in the terminal').fill('no such text');
      await page.getByText('nothing found').waitFor();
    }));

  test('thirty megabytes of output arrive complete, and the page keeps only the end of them', () =>
    opened({}, async (page, show) => {
      await show(`?flood=30000000#/run/${runs.passed}`);
      await page.locator('.term-place[data-ready=true]').waitFor();
      await page.getByRole('button', { name: 'Find', exact: true }).click();
      const heap = (): Promise<number> => page.evaluate<number>('performance.memory.usedJSHeapSize');
      const sought = page.getByLabel('Find in the terminal');
      await assert.doesNotReject(async () => {
        for (;;) {
          await sought.fill('');
          await sought.fill('flood is over');
          if (await page.getByText('1 of 1').isVisible()) return;
          await page.waitForTimeout(100);
        }
      });
      assert.ok((await heap()) < 150e6, `${await heap()} bytes are held`);
    }));

  test('a wrong passphrase is said, and the vault dialog stays', () =>
    opened({}, async (page, show) => {
      await show('?scenario=stopped-by-locked-vault#/sites');
      await page.getByRole('button', { name: 'Look at summit-1' }).click();
      await page.getByLabel('Passphrase').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByText('This is not the passphrase of the vault.').waitFor();
      await page.getByLabel('Passphrase').fill('right enough');
      await page.keyboard.press('Enter');
      await page.getByText('summit-1 answers').waitFor();
    }));

  test('the sealed terminal of an old run asks for the passphrase, and is shown once it was given', () =>
    opened({}, async (page, show) => {
      await show(`?scenario=stopped-by-locked-vault#/run/${runs.passed}`);
      await page.getByLabel('Passphrase').fill('right enough');
      await page.keyboard.press('Enter');
      await page.locator('.xterm-rows').getByText('sha256sum').waitFor();
    }));

  test('a path typed before the folder is listed stays, and the work is done on it', () =>
    opened({}, async (page, show) => {
      await show('?slow-folders=1#/supply');
      await page.getByRole('button', { name: 'Check a bag' }).first().click();
      const field = page.getByLabel('Folder', { exact: true });
      await field.fill('/media/post/coldstart-bag');
      await page.getByRole('button', { name: 'Downloads' }).waitFor();
      assert.equal(await field.inputValue(), '/media/post/coldstart-bag');
      await page.getByRole('button', { name: 'Check this bag' }).click();
      await page.locator('.banner').getByText('/media/post/coldstart-bag').first().waitFor();
    }));

  test('an unknown host key is only trusted by saying that it is the same', () =>
    opened({}, async (page, show) => {
      await show('?scenario=stopped-by-host-key#/sites');
      await page.getByRole('button', { name: 'Look at summit-1' }).click();
      await page.getByText('SHA256:uNiVztksCsDhcc0u9e8BrrhkexZq4VtJc0OqU8mZb4M').first().waitFor();
      await page.getByRole('button', { name: 'It differs, or I cannot compare' }).click();
      await page.getByText('Nothing was sent to the node.').waitFor();
      await page.getByRole('button', { name: 'Look at summit-1' }).click();
      await page.getByRole('button', { name: 'It is the same: trust it' }).click();
      await page.getByText('summit-1 answers').waitFor();
    }));

  test('a changed host key stops hard: nothing on the page lets it through', () =>
    opened({}, async (page, show) => {
      await show('?scenario=stopped-by-changed-key#/sites');
      await page.getByRole('button', { name: 'Look at summit-1' }).click();
      await page.getByText('The host key is another one than before.').waitFor();
      assert.equal(await page.getByRole('dialog').count(), 0);
      assert.equal(await page.getByRole('button', { name: /trust/i }).count(), 0);
    }));
});
