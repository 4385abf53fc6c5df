import type { Piece } from '../piece.ts';
import type { Chapter, Item } from './item.ts';

/** An item's answer: the piece it becomes, how many bytes there were, and why it is not whole. */
export interface Answer extends Piece {
  readonly title: string;
  readonly command: string;
  readonly bytes: number;
  readonly says?: string;
}

const why = {
  late: (seconds: number) => `No answer within ${seconds} s; it was left alone.`,
  cut: (bytes: number) => `Only the end is kept; it was ${Math.round(bytes / 1024)} KiB.`,
};

/** The answer to an item that was never reached. */
export const notAsked = ({ id, title, ask }: Item, says = 'It was not asked.'): Answer => ({
  id,
  title,
  command: ask,
  standing: 'not-asked',
  text: '',
  bytes: 0,
  says,
});

function answer(item: Item, status: string, bytes: number, text: string): Answer {
  const base = { id: item.id, title: item.title, command: item.ask, text, bytes };
  if (status === 'late') return { ...base, standing: 'timed-out', says: why.late(item.seconds) };
  if (status !== '0') {
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    if (status === '4') return notAsked(item, last);
    return {
      ...base,
      standing: 'failed',
      says: last === '' ? `It ended with status ${status}.` : last.slice(0, 300),
    };
  }
  return bytes > item.keep
    ? { ...base, standing: 'cut', says: why.cut(bytes) }
    : { ...base, standing: 'whole' };
}

/**
 * Reads what a chapter's command said; of a broken-off answer what is there. Items it says nothing about are
 * `not-asked`, the one it was at when it broke off is `timed-out`.
 */
export function answersOf(chapter: Chapter, said: string): readonly Answer[] {
  const parts = said
    .replaceAll('\r', '')
    .split(/^@(?=[a-z])/m)
    .slice(1);
  const whole = parts.at(-1)?.startsWith('end') === true;
  const known = new Map<string, Answer>();
  parts.forEach((part, i) => {
    const [, id = '', status = '', bytes = ''] = /^(\S+) (late|\d+) (\d+)\n/.exec(part) ?? [];
    const item = chapter.items.find(one => one.id === id);
    if (!item) return;
    const lines = part.split('\n').slice(1);
    // what is sent ends with a line end of its own, so that the last line of an output without one stands alone
    const text = lines
      .filter(line => line.startsWith('|'))
      .map(line => line.slice(1))
      .join('\n')
      .replace(/\n$/, '');
    const broken = !whole && i === parts.length - 1;
    known.set(id, answer(item, broken ? 'late' : status, Number(bytes), text));
  });
  return chapter.items.map(item => known.get(item.id) ?? notAsked(item));
}
