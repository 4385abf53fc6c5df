import type { Cred } from '../disk/nodes.ts';
import type { Tree } from '../disk/tree.ts';

const special = /[.*+?^${}()|[\]\\/]/g;

/** Makes text that matches only itself when used as a pattern. */
export const literal = (text: string): string => text.replace(/[*?[\]\\]/g, '\\$&');

function bracket(pattern: string, at: number): { source: string; next: number } | undefined {
  let end = at + 1;
  if (pattern[end] === '!' || pattern[end] === '^') end += 1;
  if (pattern[end] === ']') end += 1;
  while (end < pattern.length && pattern[end] !== ']') {
    if (pattern[end] === '[' && pattern[end + 1] === ':') end = pattern.indexOf(':]', end) + 1;
    end += pattern[end] === '\\' ? 2 : 1;
  }
  if (end >= pattern.length) return undefined;
  const body = pattern
    .slice(at + 1, end)
    .replace(/^[!^]/, '^')
    .replace(/\[:(\w+):\]/g, (_, name: string) => classes[name] ?? '');
  return { source: `[${body.replace(/\[/g, '\\[')}]`, next: end + 1 };
}

const classes: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  xdigit: '0-9a-fA-F',
  punct: '!-/:-@\\[-`{-~',
  cntrl: '\\x00-\\x1f\\x7f',
};

/** Regular expression source of a shell pattern; `\` quotes the next character. */
function source(pattern: string, star: string, one: string): string {
  let out = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charAt(i);
    if (char === '*') out += star;
    else if (char === '?') out += one;
    else if (char === '\\' && i + 1 < pattern.length)
      out += pattern.charAt((i += 1)).replace(special, '\\$&');
    else if (char === '[') {
      const set = bracket(pattern, i);
      out += set ? set.source : '\\[';
      if (set) i = set.next - 1;
    } else out += char.replace(special, '\\$&');
  }
  return out;
}

/** Whether all of `text` matches the shell pattern (as in `case`). */
export const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^(?:${source(pattern, '[^]*', '[^]')})$`, 'u').test(text);

export const isPattern = (pattern: string): boolean => /(?:^|[^\\])(?:\\\\)*[*?[]/.test(pattern);

/** Removes the shortest or longest matching beginning or end. */
export function strip(text: string, pattern: string, side: 'prefix' | 'suffix', greedy: boolean): string {
  const lengths = Array.from({ length: text.length + 1 }, (_, i) => (greedy ? text.length - i : i));
  for (const length of lengths) {
    const part = side === 'prefix' ? text.slice(0, length) : text.slice(text.length - length);
    if (matches(pattern, part))
      return side === 'prefix' ? text.slice(length) : text.slice(0, text.length - length);
  }
  return text;
}

/** Paths that match a pattern, sorted; none when nothing does. */
export function paths(tree: Tree, who: Cred, cwd: string, pattern: string): string[] {
  const parts = pattern.split('/').filter((part, i) => part !== '' || i === 0);
  let found = [parts[0] === '' ? '/' : ''];
  for (const part of parts[0] === '' ? parts.slice(1) : parts) {
    found = found.flatMap(base => step(tree, who, cwd, base, part));
  }
  return found.sort();
}

function step(tree: Tree, who: Cred, cwd: string, base: string, part: string): string[] {
  const join = (name: string) => (base === '' || base.endsWith('/') ? base + name : `${base}/${name}`);
  const at = (path: string) => (path.startsWith('/') ? path : `${cwd}/${path}`);
  if (!isPattern(part)) {
    const path = join(part.replace(/\\(.)/g, '$1'));
    return tree.peek(at(path), who, false) ? [path] : [];
  }
  try {
    return tree
      .list(at(base), who)
      .map(([name]) => name)
      .filter(name => (part.startsWith('.') || !name.startsWith('.')) && matches(part, name))
      .map(join);
  } catch {
    return [];
  }
}
