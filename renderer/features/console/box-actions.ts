import { ask, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { emptyReading, foldReading, pageLines } from './box.ts';
import type { Box, BoxNews } from './box.ts';

export const readKey = (port: string): string => `blackbox.read:${port}`;
export const searchKey = (port: string): string => `blackbox.search:${port}`;

const change = (page: Page, port: string, fold: (box: Box) => Box): void =>
  page.boxes.setState(({ boxes }) => ({ boxes: { ...boxes, [port]: fold(boxes[port] ?? {}) } }));
const tell = (page: Page, port: string, news: BoxNews): void =>
  change(page, port, box => ({ ...box, reading: foldReading(box.reading ?? emptyReading, news) }));

/** Shows the newest lines. */
export async function readEnd(page: Page, port: string): Promise<void> {
  const lines = await task(page, readKey(port), how =>
    ask(page, 'blackbox.read', { port, back: true, mostLines: pageLines }, how),
  );
  if (lines) tell(page, port, { is: 'end', page: lines });
}

/** Shows a line that was found, with what stands before and after it. */
export async function jumpTo(page: Page, port: string, offset: number): Promise<void> {
  const around = await task(page, readKey(port), async how => ({
    before: await ask(page, 'blackbox.read', { port, offset, back: true, mostLines: pageLines / 2 }, how),
    from: await ask(page, 'blackbox.read', { port, offset, mostLines: pageLines / 2 }, how),
  }));
  if (around) tell(page, port, { is: 'jumped', to: offset, ...around });
}

/** Adds the lines before the first or after the last one on the screen. */
export async function readMore(page: Page, port: string, way: 'older' | 'newer'): Promise<void> {
  const lines = page.boxes.getState().boxes[port]?.reading?.lines ?? [];
  const offset = (way === 'older' ? lines[0] : lines.at(-1))?.offset;
  if (offset === undefined) return;
  const wanted = { port, offset, mostLines: pageLines, ...(way === 'older' && { back: true }) };
  const more = await task(page, readKey(port), how => ask(page, 'blackbox.read', wanted, how));
  if (more) tell(page, port, { is: way, page: more });
}

/** Searches the recorded lines of one port. */
export async function searchBox(page: Page, port: string, text: string): Promise<void> {
  const finds = await task(page, searchKey(port), how => ask(page, 'blackbox.search', { port, text }, how));
  if (finds) change(page, port, box => ({ ...box, search: { text, finds } }));
}
