import { ArithmeticError, evaluate } from './arithmetic.ts';
import { isPattern, literal, paths, strip } from './glob.ts';
import type { Shell } from './shell.ts';
import { assign, get, ShellError } from './shell.ts';
import type { ParameterPart, WordNode, WordPart } from './syntax.ts';
import { parse } from './syntax.ts';

/** A stretch of an expanded word: what it says, and what may still happen to it. */
interface Piece {
  readonly text: string;
  /** Quoted text is neither split nor a pattern. */
  readonly quoted: boolean;
  /** Came from an expansion, so IFS splits it. */
  readonly split: boolean;
  /** A border between fields that quoting does not remove: `"$@"`. */
  readonly border?: boolean;
}

const plain = (text: string, quoted: boolean): Piece => ({ text, quoted, split: false });
const found = (text: string, quoted: boolean): Piece => ({ text, quoted, split: !quoted });

/** All fields of several words: expansion, splitting, patterns, quote removal. */
export async function fields(shell: Shell, words: readonly WordNode[]): Promise<string[]> {
  const out: string[] = [];
  for (const word of words)
    out.push(...globbed(shell, divided(shell, await pieces(shell, word.parts, false))));
  return out;
}

/** One word as one text: values, redirection targets, here-documents. */
export async function single(shell: Shell, word: WordNode): Promise<string> {
  return (await pieces(shell, word.parts, false)).map(piece => (piece.border ? ' ' : piece.text)).join('');
}

/** One word as a pattern, quoted parts literal. */
export async function pattern(shell: Shell, word: WordNode): Promise<string> {
  return (await pieces(shell, word.parts, false)).map(p => (p.quoted ? literal(p.text) : p.text)).join('');
}

interface Field {
  text: string;
  pattern: string;
}

function divided(shell: Shell, list: readonly Piece[]): Field[] {
  const ifs = get(shell, 'IFS') ?? ' \t\n';
  const out: Field[] = [];
  let field: Field | undefined;
  const add = (text: string, quoted: boolean) => {
    field ??= { text: '', pattern: '' };
    field.text += text;
    field.pattern += quoted ? literal(text) : text;
  };
  const end = () => {
    if (field) out.push(field);
    field = undefined;
  };
  for (const piece of list) {
    if (piece.border) end();
    else if (!piece.split || ifs === '') {
      if (piece.quoted || piece.text !== '') add(piece.text, piece.quoted);
    } else splitInto(piece.text, ifs, add, end, () => field !== undefined);
  }
  end();
  return out;
}

function splitInto(
  text: string,
  ifs: string,
  add: (text: string, quoted: boolean) => void,
  end: () => void,
  open: () => boolean,
): void {
  let run = '';
  const flush = () => {
    if (run !== '') add(run, false);
    run = '';
  };
  let afterSpace = false;
  for (const char of text) {
    if (!ifs.includes(char)) {
      run += char;
      afterSpace = false;
      continue;
    }
    flush();
    const space = ' \t\n'.includes(char);
    if (!space && !open() && !afterSpace) add('', false);
    end();
    afterSpace = space;
  }
  flush();
}

function globbed(shell: Shell, list: readonly Field[]): string[] {
  return list.flatMap(field => {
    if (shell.options.has('f') || !isPattern(field.pattern)) return [field.text];
    const hits = paths(shell.station.tree, shell.who, shell.cwd, field.pattern);
    return hits.length > 0 ? hits : [field.text];
  });
}

async function pieces(shell: Shell, parts: readonly WordPart[], quoted: boolean): Promise<Piece[]> {
  const out: Piece[] = [];
  for (const part of parts) out.push(...(await expandPart(shell, part, quoted)));
  return out;
}

async function expandPart(shell: Shell, part: WordPart, quoted: boolean): Promise<Piece[]> {
  switch (part.type) {
    case 'Literal':
      return [plain(part.value, quoted)];
    case 'SingleQuoted':
    case 'Escaped':
      return [plain(part.value, true)];
    case 'DoubleQuoted': {
      const inner = await pieces(shell, part.parts, true);
      const onlyList = part.parts.length === 1 && inner.length === 0 && isList(part.parts[0]);
      return inner.length > 0 || onlyList ? inner : [plain('', true)];
    }
    case 'Glob':
      return [plain(part.pattern, quoted)];
    case 'TildeExpansion':
      return [plain(home(shell, part.user), true)];
    case 'ParameterExpansion':
      return parameter(shell, part, quoted);
    case 'CommandSubstitution':
      return [found((await shell.capture(shell, part.body)).replace(/\n+$/, ''), quoted)];
    case 'ArithmeticExpansion':
      return [found(await arithmetic(shell, part.expression.originalText ?? '0'), quoted)];
    case 'BraceExpansion':
      return braces(shell, part, quoted);
    case 'ProcessSubstitution':
      throw new ShellError('process substitution is not available here');
    default:
      return part satisfies never;
  }
}

const isList = (part: WordPart | undefined): boolean =>
  part?.type === 'ParameterExpansion' && part.parameter === '@' && part.operation === null;

function home(shell: Shell, user: string | null): string {
  if (user === null) return get(shell, 'HOME') ?? '/';
  return shell.station.accounts.user(user)?.home ?? `~${user}`;
}

async function braces(
  shell: Shell,
  part: Extract<WordPart, { type: 'BraceExpansion' }>,
  quoted: boolean,
): Promise<Piece[]> {
  const out: Piece[] = [];
  for (const item of part.items) {
    if (out.length > 0) out.push({ ...plain('', false), border: true });
    if (item.type === 'Word') out.push(...(await pieces(shell, item.word.parts, quoted)));
    else
      for (const value of range(item.start, item.end))
        out.push(plain(value, quoted), { ...plain('', false), border: true });
  }
  return out;
}

function range(start: string | number, end: string | number): string[] {
  const [from, to] = [Number(start), Number(end)];
  if (Number.isNaN(from) || Number.isNaN(to)) return [String(start), String(end)];
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.min(100_000, Math.abs(to - from) + 1) }, (_, i) =>
    String(from + i * step),
  );
}

/** Result of `$((…))`. */
export async function arithmetic(shell: Shell, source: string): Promise<string> {
  const expanded = /[$`]/.test(source) ? await asQuoted(shell, source) : source;
  try {
    return String(
      evaluate(expanded, {
        get: name => value(shell, name) ?? '',
        set: (name, to) => assign(shell, name, to),
      }),
    );
  } catch (thrown) {
    if (thrown instanceof ArithmeticError) throw new ShellError(thrown.message);
    throw thrown;
  }
}

/** Expands text as if it stood between double quotes. */
async function asQuoted(shell: Shell, source: string): Promise<string> {
  const command = parse(`x="${source.replaceAll('"', '')}"`).statements[0]?.pipelines[0]?.commands[0];
  const word = command?.type === 'SimpleCommand' ? command.assignments[0]?.value : undefined;
  return word ? single(shell, word) : source;
}

/** Value of a variable or special parameter; undefined when unset. */
export function value(shell: Shell, name: string): string | undefined {
  if (/^\d+$/.test(name)) return name === '0' ? shell.name : shell.positional[Number(name) - 1];
  switch (name) {
    case '#':
      return String(shell.positional.length);
    case '?':
      return String(shell.status);
    case '$':
      return get(shell, '$') ?? String(shell.process.pid);
    case '!':
      return shell.lastJob === undefined ? undefined : String(shell.lastJob);
    case '-':
      return [...shell.options].filter(o => o.length === 1).join('');
    case '@':
    case '*':
      return shell.positional.length > 0
        ? shell.positional.join((get(shell, 'IFS') ?? ' ').slice(0, 1))
        : undefined;
    case 'PPID':
      return String(shell.process.parent);
    case 'RANDOM':
      return shell.flavour === 'bash'
        ? String(Math.floor(shell.station.chance.bytes(1)[0] ?? 0) * 128)
        : undefined;
    case 'UID':
    case 'EUID':
      return shell.flavour === 'bash' ? String(shell.who.uid) : get(shell, name);
    default:
      return get(shell, name);
  }
}

function listed(shell: Shell, name: '@' | '*', quoted: boolean): Piece[] {
  if (name === '*' && quoted) return [found(value(shell, '*') ?? '', true)];
  return shell.positional.flatMap((text, i) => [
    ...(i > 0 ? [{ ...plain('', false), border: true }] : []),
    quoted ? plain(text, true) : found(text, false),
  ]);
}

async function parameter(shell: Shell, part: ParameterPart, quoted: boolean): Promise<Piece[]> {
  const { parameter: name, operation } = part;
  const now = value(shell, name);
  if (operation === null) {
    if (name === '@' || name === '*') return listed(shell, name, quoted);
    if (now === undefined && shell.options.has('u')) throw new ShellError(unset(shell, name));
    return [found(now ?? '', quoted)];
  }
  const empty = now === undefined || ('checkEmpty' in operation && operation.checkEmpty && now === '');
  switch (operation.type) {
    case 'DefaultValue':
      return empty
        ? defaults(await pieces(shell, operation.word.parts, quoted))
        : theValue(shell, name, now, quoted);
    case 'UseAlternative':
      return empty ? [] : defaults(await pieces(shell, operation.word.parts, quoted));
    case 'AssignDefault': {
      if (!empty) return [found(now, quoted)];
      const set = await single(shell, operation.word);
      assign(shell, name, set);
      return [found(set, quoted)];
    }
    case 'ErrorIfUnset': {
      if (!empty) return [found(now, quoted)];
      const why = operation.word ? await single(shell, operation.word) : '';
      throw new ShellError(`${name}: ${why || 'parameter not set'}`);
    }
    case 'Length':
      return [
        found(String(name === '@' || name === '*' ? shell.positional.length : (now ?? '').length), quoted),
      ];
    case 'PatternRemoval': {
      if (now === undefined && shell.options.has('u')) throw new ShellError(unset(shell, name));
      const by = await pattern(shell, operation.pattern);
      return [found(strip(now ?? '', by, operation.side, operation.greedy), quoted)];
    }
    default:
      throw new ShellError('Bad substitution');
  }
}

const theValue = (shell: Shell, name: string, now: string, quoted: boolean): Piece[] =>
  name === '@' || name === '*' ? listed(shell, name, quoted) : [found(now, quoted)];

/** Unquoted words inside `${x:-…}` are split like any expansion. */
const defaults = (list: Piece[]): Piece[] =>
  list.map(piece => (piece.quoted ? piece : { ...piece, split: true }));

const unset = (shell: Shell, name: string): string =>
  shell.flavour === 'dash' ? `${name}: parameter not set` : `${name}: unbound variable`;
