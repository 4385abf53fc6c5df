// Takes a picture of every screen, at both sizes, by day and by night: `node test/support/page/look.ts [name…]`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tooWide } from './axe.ts';
import { openChromium } from './chromium.ts';
import { screens } from './screens.ts';
import { buildWithStandIn, servePage } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'coldstart-look-'));
const pictures = join(import.meta.dirname, '..', '..', '..', '.ci-artifacts', 'screens');
mkdirSync(pictures, { recursive: true });
const only = process.argv.slice(2);
const sizes = [
  { width: 1366, height: 768 },
  { width: 1024, height: 600 },
];

await buildWithStandIn(folder);
const server = await servePage(folder);
const chromium = await openChromium();
try {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const viewport of sizes) {
      const context = await chromium.browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      page.on('pageerror', error => process.stdout.write(`${error.stack ?? error.message}\n`));
      page.on('console', message => {
        if (message.type() === 'error') process.stdout.write(`console: ${message.text()}\n`);
      });
      for (const screen of screens) {
        if (only.length > 0 && !only.includes(screen.name)) continue;
        await page.goto('about:blank');
        await page.goto(`${server.url}/${screen.at}`);
        await screen.reach?.(page);
        await page.waitForTimeout(250);
        const wide = await tooWide(page);
        if (wide > 0) process.stdout.write(`${screen.name} is ${wide} px too wide at ${viewport.width}\n`);
        await page.screenshot({
          path: join(pictures, `${screen.name}-${viewport.width}-${colorScheme}.png`),
        });
      }
      await context.close();
    }
} finally {
  await chromium.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
