import type { Program } from '../shell/call.ts';
import { bytesOf, orStdin } from './files.ts';
import { options } from './options.ts';

const named: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

/** How one byte (or two, for the old default) is shown, and how wide. */
const formats: Readonly<
  Record<string, { readonly size: number; readonly wide: number; show(value: number): string }>
> = {
  x1: { size: 1, wide: 3, show: value => value.toString(16).padStart(2, '0') },
  u1: { size: 1, wide: 4, show: String },
  o1: { size: 1, wide: 4, show: value => value.toString(8).padStart(3, '0') },
  c: {
    size: 1,
    wide: 4,
    show: value =>
      named[value] ??
      (value >= 32 && value < 127 ? String.fromCharCode(value) : value.toString(8).padStart(3, '0')),
  },
  o2: { size: 2, wide: 7, show: value => value.toString(8).padStart(6, '0') },
  x2: { size: 2, wide: 5, show: value => value.toString(16).padStart(4, '0') },
};

/** `od`: bytes as numbers, sixteen in a line; equal lines in a row are shown as `*` unless `-v`. */
export const od: Program = async call => {
  const given = options(call.args, 'A:t:N:j:vcbxw:', [
    'address-radix=',
    'format=',
    'read-bytes=',
    'skip-bytes=',
  ]);
  const asked =
    given.value('t', 'format') ??
    (given.has('c') ? 'c' : given.has('b') ? 'o1' : given.has('x') ? 'x2' : 'o2');
  const format = formats[asked.replace(/^x$/, 'x2')] ?? formats['o2'];
  const radix = { d: 10, x: 16, o: 8 }[given.value('A', 'address-radix') ?? 'o'];
  const parts: Uint8Array[] = [];
  for (const name of orStdin(given.rest)) for await (const part of bytesOf(call, name)) parts.push(part);
  const from = Number(given.value('j', 'skip-bytes') ?? 0);
  const bytes = Buffer.concat(parts).subarray(
    from,
    from + Number(given.value('N', 'read-bytes') ?? Number.MAX_SAFE_INTEGER),
  );
  const address = (at: number): string =>
    radix === undefined ? '' : (at + from).toString(radix).padStart(radix === 16 ? 6 : 7, '0');
  let [before, starred] = ['', false];
  for (let at = 0; at < bytes.length; at += 16) {
    let line = '';
    for (let i = at; i < Math.min(at + 16, bytes.length); i += format?.size ?? 1) {
      const value = format?.size === 2 ? (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) : (bytes[i] ?? 0);
      line += (format?.show(value) ?? '').padStart(format?.wide ?? 0);
    }
    const again = line === before && at + 16 < bytes.length && !given.has('v');
    if (!again) await call.out(`${address(at)}${line}\n`);
    else if (!starred) await call.out('*\n');
    starred = again;
    before = line;
  }
  if (radix !== undefined) await call.out(`${address(bytes.length)}\n`);
  return 0;
};
