import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core finds serious or critical on the page as it stands, one line for each; with `only`, by those rules. */
export async function seriousFaults(page: Page, only?: readonly string[]): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>("typeof axe === 'object'"))) await page.evaluate(source);
  const options = { resultTypes: ['violations'], ...(only && { runOnly: only }) };
  const found = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    `axe.run(document, ${JSON.stringify(options)})`,
  );
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(node => node.html.slice(0, 160)).join(' | ')}`,
    );
}

/** Things to press or type into that are lower or narrower than 44 px, with their size. */
export function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`
    [...document.querySelectorAll('button, a[href], select, textarea, summary, input:not([type=checkbox]), label:has(input)')]
      .filter(each => !each.closest('.xterm, .skip, .unseen') && !each.classList.contains('skip') && each.checkVisibility())
      .map(each => [each, each.getBoundingClientRect()])
      .filter(([, { width, height }]) => width > 0 && (height < 43.9 || width < 43.9))
      .map(([each, { width, height }]) => each.outerHTML.slice(0, 100) + ' is ' + Math.round(width) + ' × ' + Math.round(height))
  `);
}

/** By how many pixels anything that scrolls is wider than its place; 0 when nothing has to be scrolled sideways. */
export const tooWide = (page: Page): Promise<number> =>
  page.evaluate<number>(`Math.max(
    ...[document.documentElement, ...document.querySelectorAll('.frame, .columns, main, .nav, dialog, .dialog-body')]
      .map(each => each.scrollWidth - each.clientWidth)
  )`);
