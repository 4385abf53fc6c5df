import type { Sha256 } from '../../preload/contract/domain.ts';

/** A list as `sha256sum` writes it: name → lower-case hex. */
export type Checksums = ReadonlyMap<string, Sha256>;

export interface ChecksumList {
  readonly sums: Checksums;
  /** Lines that begin with `#`, without it. */
  readonly comments: readonly string[];
  /** What is wrong with the list, in sentences; a list with problems vouches for nothing. */
  readonly problems: readonly string[];
}

/** More than this is no checksum list. */
export const mostListBytes = 1024 * 1024;

/** `sha256sum` marks a line whose name holds a newline, return or backslash with a leading backslash and escapes them. */
const unescapedName = (name: string): string =>
  name.replace(/\\([\\nr])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\\'));

/** One entry; undefined when the line is none. Text and binary mode (`*`) are the same on every system we know. */
function entry(line: string): { readonly name: string; readonly sha256: Sha256 } | undefined {
  const match = /^(\\?)([0-9a-fA-F]{64}) [ *](.+)$/s.exec(line);
  if (!match) return undefined;
  const [, escaped, sha256 = '', raw = ''] = match;
  const name = escaped ? unescapedName(raw) : raw;
  return { name: name.replace(/^(\.\/)+/, ''), sha256: sha256.toLowerCase() };
}

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/**
 * Reads the text of `sha256sum-<arch>.txt` and its kin. Line ends of Windows and a byte order mark are forgiven, a line
 * that is no entry or a name with two hashes is a problem. A list without any entry is a problem too.
 */
export function checksumList(text: string): ChecksumList {
  const sums = new Map<string, Sha256>();
  const comments: string[] = [];
  const problems: string[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(line => line.replace(/\r$/, ''))
    .forEach((line, i) => {
      if (line.trim() === '') return;
      if (line.startsWith('#')) return void comments.push(line.slice(1).trim());
      const found = entry(line);
      if (!found) return void problems.push(`Line ${i + 1} is no checksum: ${shown(line)}.`);
      const before = sums.get(found.name);
      if (before !== undefined && before !== found.sha256)
        problems.push(`${shown(found.name)} is listed twice with different checksums.`);
      sums.set(found.name, found.sha256);
    });
  if (sums.size === 0 && problems.length === 0) problems.push('The list is empty.');
  return { sums, comments, problems };
}

/** The other way round: one line as `sha256sum` would write it, without the newline. */
export function checksumLine(sha256: Sha256, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${sha256}  ${escaped}`;
}
