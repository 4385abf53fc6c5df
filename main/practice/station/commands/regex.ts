const classes: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  xdigit: '0-9a-fA-F',
  punct: '!-\\/:-@\\[-`{-~',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
};

/** A bracket expression beginning at `at`, as JavaScript has it, and where it ends. */
function bracket(text: string, at: number): { readonly source: string; readonly end: number } {
  let end = at + 1;
  if (text[end] === '^') end += 1;
  if (text[end] === ']') end += 1;
  while (end < text.length && text[end] !== ']') {
    if (text[end] === '[' && /[:.=]/.test(text.charAt(end + 1)))
      end = text.indexOf(`${text.charAt(end + 1)}]`, end + 2) + 1;
    end += 1;
  }
  const body = text
    .slice(at + 1, end)
    .replace(/\\/g, '\\\\')
    .replace(/\[:(\w+):\]/g, (_, name: string) => classes[name] ?? '')
    .replace(/^(\^?)\]/, '$1\\]')
    .replace(/\[/g, (all, index: number, whole: string) => (whole[index - 1] === '\\' ? all : '\\['));
  return { source: `[${body}]`, end };
}

const swapped = new Set(['(', ')', '{', '}', '|', '+', '?']);
const escapes: Readonly<Record<string, string>> = {
  '<': '\\b(?=\\w)',
  '>': '\\b(?<=\\w)',
  '`': '^',
  "'": '$',
};

/** A POSIX regular expression (basic, or extended) as the source of a JavaScript one; GNU's extras included. */
export function fromPosix(text: string, extended: boolean): string {
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i);
    const begins = out === '' || /(?:^|[^\\])[(|]$/.test(out);
    if (char === '[') {
      const { source, end } = bracket(text, i);
      out += source;
      i = end;
    } else if (char === '\\') {
      const next = text.charAt((i += 1));
      if (swapped.has(next)) out += extended ? `\\${next}` : next;
      else
        out +=
          escapes[next] ?? (/[wWsSbB1-9.*^$[\]\\/]/.test(next) ? `\\${next}` : next.replace(/[-/]/, '\\$&'));
    } else if (!extended && swapped.has(char)) out += `\\${char}`;
    else if (!extended && char === '*' && begins) out += '\\*';
    else if (!extended && char === '^' && !begins) out += '\\^';
    else if (!extended && char === '$' && i < text.length - 1 && !/^\\[)|]/.test(text.slice(i + 1)))
      out += '\\$';
    else if (extended && char === '{' && !/^\{\d*,?\d*\}/.test(text.slice(i))) out += '\\{';
    else out += char;
  }
  return out;
}
