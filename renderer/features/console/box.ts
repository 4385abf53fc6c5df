import { createStore } from 'zustand/vanilla';
import type { BlackBoxFind, BlackBoxLine, BlackBoxPage } from '../../../preload/contract/serial.ts';

/** How many lines one question to the black box brings. */
export const pageLines = 200;

/** A stretch of a black box on the screen. */
export interface Reading {
  readonly lines: readonly BlackBoxLine[];
  /** There are older ones before the first line. */
  readonly older: boolean;
  /** There are newer ones after the last line. */
  readonly newer: boolean;
  /** The line that was jumped to, by its offset. */
  readonly at?: number;
}

export type BoxNews =
  /** The end of the box. */
  | { readonly is: 'end'; readonly page: BlackBoxPage }
  /** Around a line that was found: what stands before it, and what begins with it. */
  | {
      readonly is: 'jumped';
      readonly to: number;
      readonly before: BlackBoxPage;
      readonly from: BlackBoxPage;
    }
  | { readonly is: 'older'; readonly page: BlackBoxPage }
  | { readonly is: 'newer'; readonly page: BlackBoxPage };

export const emptyReading: Reading = { lines: [], older: false, newer: false };

/** Lines in the order of the box, each once. */
const joined = (...lists: readonly (readonly BlackBoxLine[])[]): readonly BlackBoxLine[] =>
  [...new Map(lists.flat().map(line => [line.offset, line])).values()].toSorted(
    (a, b) => a.offset - b.offset,
  );

/** What is read after one more page came. */
export function foldReading(reading: Reading, news: BoxNews): Reading {
  switch (news.is) {
    case 'end':
      return { lines: joined(news.page.lines), older: news.page.more, newer: false };
    case 'jumped':
      return {
        lines: joined(news.before.lines, news.from.lines),
        older: news.before.more,
        newer: news.from.more,
        at: news.to,
      };
    case 'older':
      return { ...reading, lines: joined(news.page.lines, reading.lines), older: news.page.more };
    case 'newer':
      return { ...reading, lines: joined(reading.lines, news.page.lines), newer: news.page.more };
    default:
      return news satisfies never;
  }
}

/** A line cut where the sought text stands, so that it can be marked; letter case does not count. */
export function cutAt(text: string, sought: string): readonly [before: string, found: string, after: string] {
  const at = sought === '' ? -1 : text.toLowerCase().indexOf(sought.toLowerCase());
  return at < 0
    ? [text, '', '']
    : [text.slice(0, at), text.slice(at, at + sought.length), text.slice(at + sought.length)];
}

/** What this page shows of a black box. */
export interface Box {
  readonly reading?: Reading;
  readonly search?: { readonly text: string; readonly finds: readonly BlackBoxFind[] };
}

export const boxesStore = () =>
  createStore<{ readonly boxes: Readonly<Record<string, Box>> }>(() => ({ boxes: {} }));
