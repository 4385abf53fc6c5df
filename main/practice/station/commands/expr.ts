import type { Program } from '../shell/call.ts';
import { fromPosix } from './regex.ts';

class Wrong extends Error {}

const ranks: readonly (readonly string[])[] = [
  ['|'],
  ['&'],
  ['=', '==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
  [':'],
];

const whole = (text: string): bigint => {
  if (!/^-?\d+$/.test(text)) throw new Wrong('non-integer argument');
  return BigInt(text);
};
const empty = (text: string): boolean => /^(?:|-?0+)$/.test(text);

function compared(op: string, a: string, b: string): boolean {
  const numbers = /^-?\d+$/.test(a) && /^-?\d+$/.test(b);
  const order = numbers
    ? BigInt(a) < BigInt(b)
      ? -1
      : BigInt(a) > BigInt(b)
        ? 1
        : 0
    : a < b
      ? -1
      : a > b
        ? 1
        : 0;
  return (
    {
      '=': order === 0,
      '==': order === 0,
      '!=': order !== 0,
      '<': order < 0,
      '<=': order <= 0,
      '>': order > 0,
      '>=': order >= 0,
    }[op] ?? false
  );
}

function apply(op: string, a: string, b: string): string {
  if (op === '|') return empty(a) ? (empty(b) ? '0' : b) : a;
  if (op === '&') return empty(a) || empty(b) ? '0' : a;
  if (op === ':') {
    const found = new RegExp(`^(?:${fromPosix(b, false)})`).exec(a);
    return b.includes('\\(') ? (found?.[1] ?? '') : String(found?.[0].length ?? 0);
  }
  if (!'+-*/%'.includes(op)) return compared(op, a, b) ? '1' : '0';
  const [left, right] = [whole(a), whole(b)];
  if (right === 0n && (op === '/' || op === '%')) throw new Wrong('division by zero');
  return String(
    {
      '+': left + right,
      '-': left - right,
      '*': left * right,
      '/': right && left / right,
      '%': right && left % right,
    }[op],
  );
}

function evaluate(words: readonly string[]): string {
  let at = 0;
  const next = (): string => {
    const word = words[at++];
    if (word === undefined) throw new Wrong(`syntax error: missing argument after ‘${words.at(-1) ?? ''}’`);
    return word;
  };
  const primary = (): string => {
    const word = next();
    if (word === '(') {
      const value = level(0);
      if (next() !== ')') throw new Wrong('syntax error: expecting ‘)’');
      return value;
    }
    if (word === 'length') return String(next().length);
    if (word === 'substr') {
      const [text, from, length] = [next(), Number(next()), Number(next())];
      return text.slice(from - 1, from - 1 + length);
    }
    if (word === 'index') {
      const [text, chars] = [next(), next()];
      return String([...text].findIndex(char => chars.includes(char)) + 1);
    }
    return word;
  };
  const level = (rank: number): string => {
    const ops = ranks[rank];
    if (!ops) return primary();
    let left = level(rank + 1);
    while (ops.includes(words[at] ?? '')) left = apply(next(), left, level(rank + 1));
    return left;
  };
  const value = level(0);
  if (at < words.length) throw new Wrong(`syntax error: unexpected argument ‘${words[at] ?? ''}’`);
  return value;
}

/** `expr`: 0 for a value, 1 for an empty or zero one, 2 for nonsense. */
export const expr: Program = async call => {
  try {
    const value = evaluate(call.args[0] === '--' ? call.args.slice(1) : call.args);
    await call.out(`${value}\n`);
    return empty(value) ? 1 : 0;
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown;
    await call.err(`expr: ${thrown.message}\n`);
    return 2;
  }
};
