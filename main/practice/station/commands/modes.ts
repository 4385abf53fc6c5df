import type { DiskNode } from '../disk/nodes.ts';

const letters = (bits: number, special: boolean, mark: string): string =>
  (bits & 4 ? 'r' : '-') +
  (bits & 2 ? 'w' : '-') +
  (special ? (bits & 1 ? mark : mark.toUpperCase()) : bits & 1 ? 'x' : '-');

/** Permissions as `ls -l` shows them. */
export function modeText(node: DiskNode): string {
  const kind = { file: '-', folder: 'd', link: 'l', device: 'c', fifo: 'p' }[node.kind];
  const { mode } = node;
  return (
    kind +
    letters((mode >> 6) & 7, (mode & 0o4000) !== 0, 's') +
    letters((mode >> 3) & 7, (mode & 0o2000) !== 0, 's') +
    letters(mode & 7, (mode & 0o1000) !== 0, 't')
  );
}

/** Mode bits from `0644`, `u+x`, `go=`, `a+rX,…`; undefined when it is none. */
export function parseMode(text: string, now: number, folder: boolean): number | undefined {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8);
  let mode = now;
  for (const clause of text.split(',')) {
    const found = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (!found) return undefined;
    const [, who = '', op = '=', what = ''] = found;
    for (const [name, shift] of [
      ['u', 6],
      ['g', 3],
      ['o', 0],
    ] as const) {
      if (who !== '' && !who.includes('a') && !who.includes(name)) continue;
      let bits = 0;
      for (const char of what) {
        if (char === 'X') bits |= folder || (now & 0o111) !== 0 ? 1 : 0;
        else bits |= { r: 4, w: 2, x: 1 }[char] ?? 0;
      }
      if (op === '=') mode = (mode & ~(7 << shift)) | (bits << shift);
      else mode = op === '+' ? mode | (bits << shift) : mode & ~(bits << shift);
    }
    if (what.includes('t')) mode = op === '-' ? mode & ~0o1000 : mode | 0o1000;
    if (what.includes('s') && who.includes('u')) mode = op === '-' ? mode & ~0o4000 : mode | 0o4000;
  }
  return mode;
}
