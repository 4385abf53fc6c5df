/** The numbers of `$((…))`, as POSIX has them: signed 64 bit, C's operators. */
export interface Numbers {
  get(name: string): string;
  set(name: string, value: string): void;
}

export class ArithmeticError extends Error {}

const precedence: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};
const tokens =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>&|^!~()=?:,])/y;
const truth = (yes: boolean): bigint => (yes ? 1n : 0n);

function split(text: string): string[] {
  const out: string[] = [];
  tokens.lastIndex = 0;
  const end = text.trimEnd().length;
  while (tokens.lastIndex < end) {
    const found = tokens.exec(text);
    if (!found) throw new ArithmeticError(`arithmetic expression: expecting primary: "${text}"`);
    out.push(found[1] ?? '');
  }
  return out;
}

const number = (text: string): bigint => BigInt(/^0\d+$/.test(text) ? `0o${text.slice(1)}` : text);

function apply(op: string, a: bigint, b: bigint): bigint {
  if ((op === '/' || op === '%') && b === 0n)
    throw new ArithmeticError('arithmetic expression: division by zero');
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '&&':
      return truth(a !== 0n && b !== 0n);
    case '||':
      return truth(a !== 0n || b !== 0n);
    default:
      throw new ArithmeticError(`arithmetic expression: expecting EOF: "${op}"`);
  }
}

/** Value of an expression whose `$` expansions were already made. */
export function evaluate(text: string, vars: Numbers): bigint {
  const list = split(text);
  let at = 0;
  const next = () => list[at++] ?? '';
  const read = (name: string): bigint => {
    const value = vars.get(name).trim();
    if (value === '') return 0n;
    return /^-?(0[xX][0-9a-fA-F]+|\d+)$/.test(value)
      ? value.startsWith('-')
        ? -number(value.slice(1))
        : number(value)
      : evaluate(value, vars);
  };
  const primary = (): bigint => {
    const token = next();
    if (token === '(') {
      const value = ternary();
      if (next() !== ')') throw new ArithmeticError("arithmetic expression: expecting ')'");
      return value;
    }
    if (token === '-') return -primary();
    if (token === '+') return primary();
    if (token === '!') return truth(primary() === 0n);
    if (token === '~') return ~primary();
    if (/^\d/.test(token)) return number(token);
    if (/^[A-Za-z_]/.test(token)) return named(token);
    throw new ArithmeticError(`arithmetic expression: expecting primary: "${text}"`);
  };
  const store = (name: string, value: bigint): bigint => {
    vars.set(name, String(BigInt.asIntN(64, value)));
    return value;
  };
  const named = (name: string): bigint => {
    const op = list[at] ?? '';
    if (op === '=') return ((at += 1), store(name, ternary()));
    if (/^(?:[-+*/%&|^]|<<|>>)=$/.test(op))
      return ((at += 1), store(name, apply(op.slice(0, -1), read(name), ternary())));
    if (op === '++' || op === '--') {
      at += 1;
      const before = read(name);
      store(name, op === '++' ? before + 1n : before - 1n);
      return before;
    }
    return read(name);
  };
  const binary = (least: number): bigint => {
    let left = primary();
    for (let rank = precedence[list[at] ?? ''] ?? 0; rank >= least; rank = precedence[list[at] ?? ''] ?? 0) {
      const op = next();
      left = BigInt.asIntN(64, apply(op, left, binary(rank + 1)));
    }
    return left;
  };
  const ternary = (): bigint => {
    const test = binary(1);
    if (list[at] !== '?') return test;
    at += 1;
    const yes = ternary();
    if (next() !== ':') throw new ArithmeticError("arithmetic expression: expecting ':'");
    const no = ternary();
    return test !== 0n ? yes : no;
  };
  if (list.length === 0) return 0n;
  const value = ternary();
  if (at < list.length) throw new ArithmeticError(`arithmetic expression: expecting EOF: "${text}"`);
  return value;
}
