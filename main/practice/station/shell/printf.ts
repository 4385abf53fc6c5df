const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  e: '\x1b',
};

/** Resolves backslash escapes as `echo` and `%b` do; `\c` stops all output. Works on bytes held as latin1. */
export function unescape(source: string, octalZero = true): { text: string; stop: boolean } {
  let text = '';
  for (let i = 0; i < source.length; i += 1) {
    const char = source.charAt(i);
    const next = source.charAt(i + 1);
    if (char !== '\\' || next === '') {
      text += char;
      continue;
    }
    const octal = (octalZero ? /^0?([0-7]{1,3})/ : /^([0-7]{1,3})/).exec(source.slice(i + 1));
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(source.slice(i + 1));
    if (next === 'c') return { text, stop: true };
    if (octal) {
      text += String.fromCharCode(Number.parseInt(octal[1] ?? '0', 8) & 255);
      i += octal[0].length;
    } else if (hex) {
      text += String.fromCharCode(Number.parseInt(hex[1] ?? '0', 16));
      i += hex[0].length;
    } else {
      text += simple[next] ?? `\\${next}`;
      i += 1;
    }
  }
  return { text, stop: false };
}

/** `printf`: the bytes, held as latin1. The format is used again while arguments are left. */
export function printf(format: string, args: readonly string[]): string {
  const list = args.map(arg => Buffer.from(arg).toString('latin1'));
  const source = Buffer.from(format).toString('latin1');
  let out = '';
  let at = 0;
  do {
    const before = at;
    const turn = once(source, () => list[at++]);
    out += turn.text;
    if (turn.stop || at === before) break;
  } while (at < list.length);
  return out;
}

function once(format: string, next: () => string | undefined): { text: string; stop: boolean } {
  let out = '';
  const spec =
    /%([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z%])|\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)|[^%\\]+|[%\\]/gs;
  for (const found of format.matchAll(spec)) {
    const [all, flags = '', width, precision, kind] = found;
    if (all.startsWith('\\')) {
      const { text, stop } = unescape(all, false);
      out += text;
      if (stop) return { text: out, stop };
    } else if (kind === undefined) out += all;
    else if (kind === '%') out += '%';
    else {
      const wide = Number((width === '*' ? next() : width) ?? 0);
      const exact =
        precision === '*' ? Number(next()) : precision === undefined ? undefined : Number(precision);
      const { text, stop } = convert(kind, next(), all.includes('.') ? (exact ?? 0) : undefined, flags);
      out += padded(text, wide, flags, kind);
      if (stop) return { text: out, stop };
    }
  }
  return { text: out, stop: false };
}

function padded(text: string, width: number, flags: string, kind: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (flags.includes('0') && 'dioxXuf'.includes(kind))
    return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
  return text.padStart(width);
}

function whole(value: string): bigint {
  if (/^['"]/.test(value)) return BigInt(value.charCodeAt(1));
  try {
    const digits = value.trim().replace(/^-/, '');
    const number = BigInt(/^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits || '0');
    return value.trim().startsWith('-') ? -number : number;
  } catch {
    return BigInt(/^\s*-?\d+/.exec(value)?.[0].trim() ?? '0');
  }
}

function convert(
  kind: string,
  given: string | undefined,
  precision: number | undefined,
  flags: string,
): { text: string; stop: boolean } {
  const value = given ?? '';
  const done = (text: string) => ({ text, stop: false });
  switch (kind) {
    case 's':
      return done(precision === undefined ? value : value.slice(0, precision));
    case 'b':
      return unescape(value);
    case 'c':
      return done(value.slice(0, 1));
    case 'd':
    case 'i':
    case 'u': {
      const text = String(whole(value));
      return done(flags.includes('+') && !text.startsWith('-') ? `+${text}` : text);
    }
    case 'o':
      return done(whole(value).toString(8));
    case 'x':
      return done((flags.includes('#') ? '0x' : '') + whole(value).toString(16));
    case 'X':
      return done((flags.includes('#') ? '0X' : '') + whole(value).toString(16).toUpperCase());
    case 'f':
    case 'F':
      return done(Number(value || 0).toFixed(precision ?? 6));
    case 'e':
      return done(
        Number(value || 0)
          .toExponential(precision ?? 6)
          .replace(/e([+-])(\d)$/, 'e$10$2'),
      );
    case 'g':
      return done(String(Number(value || 0)));
    default:
      return done(value);
  }
}
