import type { DiskNode } from '../disk/nodes.ts';
import { allowed } from '../disk/nodes.ts';
import { pattern, single } from './expand.ts';
import { matches } from './glob.ts';
import type { Shell } from './shell.ts';
import { get, path, ShellError } from './shell.ts';
import type { ConditionNode } from './syntax.ts';

/** `test` and `[`: whether the expression holds. Throws ShellError for a malformed one. */
export function test(shell: Shell, args: readonly string[]): boolean {
  const state = { at: 0 };
  if (args.length === 0) return false;
  const value = or(shell, args, state);
  if (state.at < args.length) throw new ShellError(`${args[state.at] ?? ''}: unexpected operator`);
  return value;
}

interface At {
  at: number;
}

function or(shell: Shell, args: readonly string[], state: At): boolean {
  let value = and(shell, args, state);
  while (args[state.at] === '-o') {
    state.at += 1;
    value = and(shell, args, state) || value;
  }
  return value;
}

function and(shell: Shell, args: readonly string[], state: At): boolean {
  let value = not(shell, args, state);
  while (args[state.at] === '-a') {
    state.at += 1;
    value = not(shell, args, state) && value;
  }
  return value;
}

function not(shell: Shell, args: readonly string[], state: At): boolean {
  const [first = '', second, third] = args.slice(state.at);
  if (second !== undefined && third !== undefined && binaries.has(second)) {
    state.at += 3;
    return binary(shell, first, second, third);
  }
  if (first === '!' && second !== undefined) {
    state.at += 1;
    return !not(shell, args, state);
  }
  if (first === '(' && second !== undefined) {
    state.at += 1;
    const value = or(shell, args, state);
    if (args[state.at] !== ')') throw new ShellError('closing paren expected');
    state.at += 1;
    return value;
  }
  if (/^-[a-zA-Z]$/.test(first) && second !== undefined && second !== '-a' && second !== '-o') {
    state.at += 2;
    return unary(shell, first, second);
  }
  state.at += 1;
  return first !== '';
}

const numbers: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
};
const binaries = new Set(['=', '==', '!=', '<', '>', '-nt', '-ot', '-ef', ...Object.keys(numbers)]);

function whole(word: string): bigint {
  if (!/^\s*[+-]?\d+\s*$/.test(word)) throw new ShellError(`Illegal number: ${word}`);
  return BigInt(word.trim().replace(/^\+/, ''));
}

function binary(shell: Shell, left: string, op: string, right: string): boolean {
  const compare = numbers[op];
  if (compare) return compare(whole(left), whole(right));
  if (op === '=' || op === '==') return left === right;
  if (op === '!=') return left !== right;
  if (op === '<') return left < right;
  if (op === '>') return left > right;
  const [a, b] = [left, right].map(each => shell.station.tree.peek(path(shell, each), shell.who));
  if (op === '-ef') return a !== undefined && a === b;
  if (op === '-nt') return a !== undefined && (b === undefined || a.modified > b.modified);
  return b !== undefined && (a === undefined || a.modified < b.modified);
}

const kinds: Readonly<Record<string, (node: DiskNode) => boolean>> = {
  '-e': () => true,
  '-a': () => true,
  '-f': node => node.kind === 'file',
  '-d': node => node.kind === 'folder',
  '-c': node => node.kind === 'device',
  '-b': () => false,
  '-p': node => node.kind === 'fifo',
  '-S': () => false,
  '-s': node => node.kind !== 'file' || (node.live ? node.live().length > 0 : node.size > 0),
  '-u': node => (node.mode & 0o4000) !== 0,
  '-g': node => (node.mode & 0o2000) !== 0,
  '-k': node => (node.mode & 0o1000) !== 0,
};
const rights: Readonly<Record<string, number>> = { '-r': 4, '-w': 2, '-x': 1 };

function unary(shell: Shell, op: string, word: string): boolean {
  if (op === '-n') return word !== '';
  if (op === '-z') return word === '';
  if (op === '-t') return shell.fds.get(Number(word))?.tty ?? false;
  if (op === '-v') return get(shell, word) !== undefined;
  if (op === '-o') return shell.options.has(word);
  if (word === '') return false;
  const { tree } = shell.station;
  if (op === '-h' || op === '-L') return tree.peek(path(shell, word), shell.who, false)?.kind === 'link';
  const node = tree.peek(path(shell, word), shell.who);
  if (!node) return false;
  const right = rights[op];
  if (right !== undefined)
    return (
      allowed(node, shell.who, right) &&
      !(right === 2 && tree.readOnly && !node.volatile && node.kind !== 'device')
    );
  if (op === '-O') return node.uid === shell.who.uid;
  if (op === '-G') return node.gid === shell.who.gid;
  const holds = kinds[op];
  if (!holds) throw new ShellError(`${op}: unexpected operator`);
  return holds(node);
}

/** `[[ … ]]` of bash. */
export async function condition(shell: Shell, node: ConditionNode): Promise<boolean> {
  switch (node.type) {
    case 'CondAnd':
      return (await condition(shell, node.left)) && condition(shell, node.right);
    case 'CondOr':
      return (await condition(shell, node.left)) || condition(shell, node.right);
    case 'CondNot':
      return !(await condition(shell, node.operand));
    case 'CondGroup':
      return condition(shell, node.expression);
    case 'CondWord':
      return (await single(shell, node.word)) !== '';
    case 'CondUnary':
      return unary(shell, node.operator, await single(shell, node.operand));
    case 'CondBinary': {
      const left = await single(shell, node.left);
      if (node.operator === '=~') return new RegExp(await single(shell, node.right)).test(left);
      if (node.operator === '=' || node.operator === '==')
        return matches(await pattern(shell, node.right), left);
      if (node.operator === '!=') return !matches(await pattern(shell, node.right), left);
      return binary(shell, left, node.operator, await single(shell, node.right));
    }
    default:
      return node satisfies never;
  }
}
