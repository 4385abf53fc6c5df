import { DiskError } from '../disk/nodes.ts';
import type { Call, Program } from '../shell/call.ts';
import { matches } from '../shell/glob.ts';
import { bytesOf, each } from './files.ts';
import { options } from './options.ts';
import { fromPosix } from './regex.ts';

/** What one run of grep looks for and how it shows it. */
interface Search {
  readonly pattern: RegExp;
  readonly invert: boolean;
  readonly most: number;
  readonly count: boolean;
  readonly only: boolean;
  readonly numbers: boolean;
  readonly names: boolean;
  readonly list: 'with' | 'without' | undefined;
  readonly quiet: boolean;
  readonly before: number;
  readonly after: number;
}

const long = [
  'extended-regexp',
  'fixed-strings',
  'basic-regexp',
  'perl-regexp',
  'regexp=',
  'file=',
  'ignore-case',
  'invert-match',
  'count',
  'files-with-matches',
  'files-without-match',
  'line-number',
  'no-filename',
  'with-filename',
  'only-matching',
  'quiet',
  'silent',
  'no-messages',
  'word-regexp',
  'line-regexp',
  'max-count=',
  'recursive',
  'include=',
  'exclude=',
  'color=',
  'color',
  'text',
  'after-context=',
  'before-context=',
  'context=',
  'line-buffered',
  'null',
];

/** `grep`, `egrep`, `fgrep` of GNU, without what needs a terminal's colours. */
export const grep: Program = async call => {
  const given = options(call.args, 'EFGPivclLnhHoqswxarRUzZe:f:m:A:B:C:', long);
  if (given.unknown) {
    await call.err(
      `grep: invalid option -- '${given.unknown.replace(/^-+/, '')}'\nUsage: grep [OPTION]... PATTERNS [FILE]...\n`,
    );
    return 2;
  }
  const patterns = await patternsOf(call, given.rest);
  const files = patterns.fromOperand ? given.rest.slice(1) : given.rest;
  const recursive = given.has('r', 'R', 'recursive');
  const names = files.length > 0 ? files : [recursive ? '.' : '-'];
  const context = given.value('C', 'context') ?? '0';
  const search: Search = {
    pattern: compiled(patterns.list, given, call.name),
    invert: given.has('v', 'invert-match'),
    most: Number(given.value('m', 'max-count') ?? Number.POSITIVE_INFINITY),
    count: given.has('c', 'count'),
    only: given.has('o', 'only-matching'),
    numbers: given.has('n', 'line-number'),
    names:
      given.has('H', 'with-filename') || ((names.length > 1 || recursive) && !given.has('h', 'no-filename')),
    list: given.has('l', 'files-with-matches')
      ? 'with'
      : given.has('L', 'files-without-match')
        ? 'without'
        : undefined,
    quiet: given.has('q', 'quiet', 'silent'),
    before: Number(given.value('B', 'before-context') ?? context),
    after: Number(given.value('A', 'after-context') ?? context),
  };
  const tell = given.has('s', 'no-messages') ? { ...call, err: async () => undefined } : call;
  const all = recursive ? names.flatMap(name => below(call, name, given.value('include'))) : names;
  let found = false;
  const bad = await each(
    tell,
    all,
    name => name,
    async name => {
      if (found && search.quiet) return;
      if (name !== '-' && call.station.tree.find(call.path(name), call.who).kind === 'folder')
        throw new DiskError('EISDIR');
      if (await searchFile(call, name, search)) found = true;
    },
  );
  return found && (search.quiet || bad === 0) ? 0 : bad > 0 ? 2 : 1;
};

/** Patterns from -e and -f, each of which may be given several times, or else the first operand. */
async function patternsOf(
  call: Call,
  rest: readonly string[],
): Promise<{ readonly list: readonly string[]; readonly fromOperand: boolean }> {
  const list: string[] = [];
  let named = false;
  for (let i = 0; i < call.args.length && call.args[i] !== '--'; i += 1) {
    const [, letters, attached] = /^-([a-zA-Z]*?[ef])(.*)$/s.exec(call.args[i] ?? '') ?? [];
    const [, name, value] = /^--(regexp|file)=(.*)$/s.exec(call.args[i] ?? '') ?? [];
    if (letters === undefined && name === undefined) continue;
    named = true;
    const text = value ?? (attached === '' ? (call.args[(i += 1)] ?? '') : (attached ?? ''));
    if (name === 'file' || letters?.endsWith('f')) {
      const parts: Uint8Array[] = [];
      for await (const part of bytesOf(call, text)) parts.push(part);
      list.push(...Buffer.concat(parts).toString('latin1').replace(/\n$/, '').split('\n'));
    } else list.push(...Buffer.from(text).toString('latin1').split('\n'));
  }
  return {
    list: named
      ? list
      : Buffer.from(rest[0] ?? '')
          .toString('latin1')
          .split('\n'),
    fromOperand: !named,
  };
}

function compiled(patterns: readonly string[], given: ReturnType<typeof options>, name: string): RegExp {
  const fixed = given.has('F', 'fixed-strings') || name === 'fgrep';
  const extended = given.has('E', 'P', 'extended-regexp', 'perl-regexp') || name === 'egrep';
  const sources = patterns.map(each =>
    fixed
      ? each.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
      : given.has('P', 'perl-regexp')
        ? each
        : fromPosix(each, extended),
  );
  let source = sources.map(each => `(?:${each})`).join('|');
  if (given.has('w', 'word-regexp')) source = `(?<!\\w)(?:${source})(?!\\w)`;
  if (given.has('x', 'line-regexp')) source = `^(?:${source})$`;
  return new RegExp(source, given.has('i', 'ignore-case') ? 'gi' : 'g');
}

function below(call: Call, name: string, include: string | undefined): string[] {
  const node = call.station.tree.peek(call.path(name), call.who);
  if (node?.kind !== 'folder')
    return node?.kind === 'file' && (include === undefined || matches(include, name.split('/').at(-1) ?? ''))
      ? [name]
      : [];
  return call.station.tree
    .list(call.path(name), call.who)
    .flatMap(([inner]) => below(call, `${name}/${inner}`, include));
}

/** Searches one file line by line; gives whether a line was chosen. */
async function searchFile(call: Call, name: string, search: Search): Promise<boolean> {
  const label = name === '-' ? '(standard input)' : name;
  const show = async (line: string, number: number, mark: string): Promise<void> => {
    const head = `${search.names ? `${label}${mark}` : ''}${search.numbers ? `${number}${mark}` : ''}`;
    await call.out(Buffer.from(`${head}${line}\n`, 'latin1'));
  };
  const silent = search.quiet || search.count || search.list !== undefined;
  const recent: [string, number][] = [];
  let [hits, number, trailing] = [0, 0, 0];
  for await (const line of lines(call, name)) {
    number += 1;
    search.pattern.lastIndex = 0;
    if (search.pattern.test(line) === search.invert) {
      if (silent) continue;
      if (trailing > 0) {
        trailing -= 1;
        await show(line, number, '-');
      } else {
        recent.push([line, number]);
        if (recent.length > search.before) recent.shift();
      }
      continue;
    }
    hits += 1;
    if (search.quiet || search.list !== undefined) break;
    if (!silent) {
      for (const [text, at] of recent.splice(0)) await show(text, at, '-');
      search.pattern.lastIndex = 0;
      if (search.only) for (const hit of line.matchAll(search.pattern)) await show(hit[0], number, ':');
      else await show(line, number, ':');
      trailing = search.after;
    }
    if (hits >= search.most) break;
  }
  if (search.count && !search.quiet) await call.out(`${search.names ? `${label}:` : ''}${hits}\n`);
  if ((search.list === 'with' && hits > 0) || (search.list === 'without' && hits === 0))
    await call.out(`${label}\n`);
  return search.list === 'without' ? hits === 0 : hits > 0;
}

/** Lines as bytes held in latin1, so that nothing is lost in binary files. */
async function* lines(call: Call, name: string): AsyncGenerator<string> {
  let rest = '';
  for await (const part of bytesOf(call, name)) {
    const all = (rest + Buffer.from(part).toString('latin1')).split('\n');
    rest = all.pop() ?? '';
    yield* all;
  }
  if (rest !== '') yield rest;
}
