import { createHash } from 'node:crypto';
import { Bash } from 'just-bash';
import type { Call, Program, Programs } from '../shell/call.ts';
import { DiskView } from '../disk/view.ts';
import { bytesOf, each, orStdin, streamOf } from './files.ts';
import { expr } from './expr.ts';
import { grep } from './grep.ts';
import { od } from './od.ts';
import { options } from './options.ts';

/** Text tools lent by just-bash: how many operands come before file names (an expression, a pattern). */
const lent: Readonly<
  Record<string, { readonly before: number; readonly values: string; readonly script?: string }>
> = {
  sed: { before: 1, values: 'ef', script: 'ef' },
  awk: { before: 1, values: 'vFf', script: 'f' },
  sort: { before: 0, values: 'ktoS' },
  uniq: { before: 0, values: 'fsw' },
  cut: { before: 0, values: 'dfcb' },
  tr: { before: 9, values: '' },
  diff: { before: 0, values: 'U' },
  nl: { before: 0, values: 'bwsv' },
  tac: { before: 0, values: '' },
  rev: { before: 0, values: '' },
  paste: { before: 0, values: 'd' },
  comm: { before: 0, values: '' },
  join: { before: 0, values: 't12o' },
  fold: { before: 0, values: 'w' },
  expand: { before: 0, values: 't' },
  column: { before: 0, values: 'sc' },
  strings: { before: 0, values: 'n' },
  split: { before: 0, values: 'blna' },
  tar: { before: 0, values: 'fC' },
  file: { before: 0, values: '' },
};

/** Whether a tool called so reads its standard input; it is asked before, because the lent tools want it whole. */
function readsStdin(name: string, args: readonly string[]): boolean {
  const how = lent[name];
  if (!how || name === 'file') return false;
  if (name === 'tr') return true;
  if (name === 'tar') return args.includes('-') || !args.some(arg => /^-?\w*f/.test(arg));
  const spec = `${how.values.replace(/./g, '$&:')}${'abcdghijlnopqrstuvwxyzEFHILPRTVZ0123456789'.replace(new RegExp(`[${how.values || ' '}]`, 'g'), '')}`;
  const { rest, has } = options(args, spec, ['expression=', 'file=', 'regexp=']);
  const scripted = [...(how.script ?? '')].some(letter => has(letter)) || has('expression', 'regexp');
  const files = rest.slice(scripted ? 0 : how.before);
  return files.length === 0 || files.includes('-');
}

const shells = new WeakMap<object, Map<number, Bash>>();

/** One just-bash per user of the node, so its tools meet the same permissions. */
function shellFor(call: Call): Bash {
  const all = shells.get(call.station) ?? new Map<number, Bash>();
  shells.set(call.station, all);
  const there = all.get(call.who.uid);
  if (there) return there;
  const made = new Bash({ fs: new DiskView(call.station.tree, call.who), defenseInDepth: false });
  all.set(call.who.uid, made);
  return made;
}

const borrow: Program = async call => {
  const name = call.name === 'mawk' || call.name === 'gawk' ? 'awk' : call.name;
  const stdin = readsStdin(name, call.args) ? Buffer.from(await call.readAll()).toString('latin1') : '';
  const result = await shellFor(call).exec(name, {
    args: [...call.args],
    stdin,
    stdinKind: 'bytes',
    cwd: call.cwd,
    env: Object.fromEntries(call.env),
    replaceEnv: true,
    rawScript: true,
    signal: call.process.signal,
  });
  const bytes = result.stdoutKind === 'bytes' || result.stdoutEncoding === 'binary';
  if (result.stdout !== '') await call.out(bytes ? Buffer.from(result.stdout, 'latin1') : result.stdout);
  if (result.stderr !== '') await call.err(result.stderr.replace(/^bash: /, ''));
  return result.exitCode;
};

const sums: Readonly<Record<string, string>> = {
  sha256sum: 'sha256',
  sha512sum: 'sha512',
  sha1sum: 'sha1',
  md5sum: 'md5',
};

const digest = async (call: Call, name: string): Promise<string> => {
  const hash = createHash(sums[call.name] ?? 'sha256');
  for await (const part of bytesOf(call, name)) hash.update(part);
  return hash.digest('hex');
};

const checksum: Program = async call => {
  const given = options(call.args, 'cbtwz', ['check', 'status', 'quiet', 'strict', 'ignore-missing', 'tag']);
  if (given.has('c', 'check')) return checkList(call, given);
  return each(
    call,
    orStdin(given.rest),
    name => name,
    async name => call.out(`${await digest(call, name)}  ${name}\n`),
  );
};

async function checkList(call: Call, given: ReturnType<typeof options>): Promise<number> {
  let wrong = 0;
  const silent = given.has('status');
  for (const list of orStdin(given.rest)) {
    const parts: Uint8Array[] = [];
    for await (const part of bytesOf(call, list)) parts.push(part);
    for (const line of Buffer.concat(parts).toString().split('\n').filter(Boolean)) {
      const [, hash, name = ''] = /^([0-9a-f]{32,128}) [ *](.*)$/.exec(line) ?? [];
      if (hash === undefined) continue;
      const missing = !call.station.tree.peek(call.path(name), call.who);
      if (missing && given.has('ignore-missing')) continue;
      const holds = !missing && (await digest(call, name)) === hash;
      if (!holds) wrong += 1;
      if (missing && !silent) await call.err(`${call.name}: ${name}: No such file or directory\n`);
      if (!silent && !(holds && given.has('quiet')))
        await call.out(`${name}: ${holds ? 'OK' : missing ? 'FAILED open or read' : 'FAILED'}\n`);
    }
  }
  if (wrong > 0 && !silent)
    await call.err(
      `${call.name}: WARNING: ${wrong} computed checksum${wrong > 1 ? 's' : ''} did NOT match\n`,
    );
  return wrong > 0 ? 1 : 0;
}

/** `head` and `tail`, by lines or bytes. */
const ends: Program = async call => {
  const old = /^-(\d+)$/.exec(call.args[0] ?? '');
  const args = old ? ['-n', old[1] ?? '10', ...call.args.slice(1)] : call.args;
  const given = options(args, 'n:c:qvzfF', ['lines=', 'bytes=', 'quiet', 'follow']);
  const bytes = given.value('c', 'bytes');
  const amount = bytes ?? given.value('n', 'lines') ?? '10';
  const count = Number(amount.replace(/^[-+]/, '').replace(/[kK]$/, '000'));
  const names = orStdin(given.rest);
  return each(
    call,
    names,
    name => `cannot open '${name}' for reading`,
    async name => {
      if (names.length > 1) await call.out(`==> ${name} <==\n`);
      if (call.name === 'head' && !amount.startsWith('-'))
        return headOf(call, name, count, bytes !== undefined);
      const parts: Uint8Array[] = [];
      for await (const part of bytesOf(call, name)) parts.push(part);
      await call.out(cut(Buffer.concat(parts), call.name, amount, count, bytes !== undefined));
      if (given.has('f', 'F', 'follow')) await follow(call, name);
    },
  );
};

async function follow(call: Call, name: string): Promise<void> {
  const file = call.station.tree.open(call.path(name), {}, call.who);
  for (let at = file.size; ;) {
    await call.station.pause(300, call.process.signal);
    if (file.size < at) at = 0;
    const news = file.read(at, file.size - at).slice();
    at += news.length;
    if (news.length > 0) await call.out(news);
  }
}

async function headOf(call: Call, name: string, count: number, byBytes: boolean): Promise<void> {
  let left = count;
  if (left <= 0) return;
  for await (const part of bytesOf(call, name)) {
    let end = byBytes ? Math.min(left, part.length) : part.length;
    if (byBytes) left -= end;
    else
      for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) {
        left -= 1;
        if (left === 0) {
          end = at + 1;
          break;
        }
      }
    await call.out(part.subarray(0, end));
    streamOf(call, name)?.pushBack(part.subarray(end));
    if (left === 0) return;
  }
}

function cut(all: Buffer, name: string, amount: string, count: number, byBytes: boolean): Uint8Array {
  if (byBytes) {
    if (name === 'head') return all.subarray(0, Math.max(0, all.length - count));
    return amount.startsWith('+') ? all.subarray(count - 1) : all.subarray(Math.max(0, all.length - count));
  }
  const lines = all.toString('latin1').split(/(?<=\n)/);
  const kept =
    name === 'head'
      ? lines.slice(0, Math.max(0, lines.length - count))
      : amount.startsWith('+')
        ? lines.slice(count - 1)
        : count === 0
          ? []
          : lines.slice(-count);
  return Buffer.from(kept.join(''), 'latin1');
}

const wc: Program = async call => {
  const given = options(call.args, 'lwcmL', ['lines', 'words', 'bytes', 'chars']);
  const shown = [given.has('l', 'lines'), given.has('w', 'words'), given.has('c', 'm', 'bytes', 'chars')];
  const all = !shown.includes(true);
  const names = given.rest;
  const total = [0, 0, 0];
  const single = shown.filter(Boolean).length === 1;
  const line = (counts: readonly number[], name: string) => {
    const picked = counts
      .filter((_, i) => all || shown[i])
      .map(n => (single && names.length < 2 ? String(n) : String(n).padStart(7)));
    return `${picked.join(' ')}${name === '-' ? '' : ` ${name}`}\n`;
  };
  const status = await each(
    call,
    orStdin(names),
    name => name,
    async name => {
      const counts = [0, 0, 0] as [number, number, number];
      let inWord = false;
      for await (const part of bytesOf(call, name)) {
        counts[2] += part.length;
        for (const byte of part) {
          if (byte === 10) counts[0] += 1;
          const space = byte === 32 || (byte >= 9 && byte <= 13);
          if (!space && !inWord) counts[1] += 1;
          inWord = !space;
        }
      }
      for (const [i, n] of counts.entries()) total[i] = (total[i] ?? 0) + n;
      await call.out(line(counts, name));
    },
  );
  if (names.length > 1) await call.out(line(total, 'total'));
  return status;
};

const seq: Program = async call => {
  const [a, b, c] = call.args.map(Number);
  const [from, step, to] =
    c !== undefined ? [a ?? 1, b ?? 1, c] : b !== undefined ? [a ?? 1, 1, b] : [1, 1, a ?? 0];
  let chunk = '';
  for (let n = from; step > 0 ? n <= to : n >= to; n += step) {
    chunk += `${n}\n`;
    if (chunk.length > 32768) {
      await call.out(chunk);
      chunk = '';
      await new Promise(resolve => setImmediate(resolve));
    }
  }
  if (chunk) await call.out(chunk);
  return 0;
};

const yes: Program = async call => {
  const line = `${call.args.join(' ') || 'y'}\n`.repeat(2000);
  for (;;) {
    await call.out(line);
    await new Promise(resolve => setImmediate(resolve));
  }
};

const xargs: Program = async call => {
  const given = options(call.args, '0rn:I:tP:L:', ['null', 'no-run-if-empty', 'max-args=', 'replace='], true);
  const input = Buffer.from(await call.readAll()).toString();
  const place = given.value('I', 'replace');
  const items = given.has('0', 'null')
    ? input.split('\0').filter(item => item !== '')
    : place !== undefined
      ? input.split('\n').filter(Boolean)
      : words(input);
  const argv = given.rest.length > 0 ? given.rest : ['echo'];
  if (items.length === 0 && given.has('r', 'no-run-if-empty')) return 0;
  const size =
    place !== undefined ? 1 : Number(given.value('n', 'max-args', 'L') ?? Math.max(1, items.length));
  let status = 0;
  for (let i = 0; i < Math.max(1, items.length); i += size) {
    const batch = items.slice(i, i + size);
    const line =
      place === undefined ? [...argv, ...batch] : argv.map(word => word.replaceAll(place, batch[0] ?? ''));
    if ((await call.run(line)) !== 0) status = 123;
  }
  return status;
};

const words = (input: string): string[] =>
  [...input.matchAll(/(?:"([^"\n]*)"|'([^'\n]*)'|((?:\\.|[^\s"'\\])+))+/g)].map(found =>
    found[0].replace(/"([^"]*)"|'([^']*)'|\\(.)/g, '$1$2$3'),
  );

export const textPrograms: Programs = {
  ...Object.fromEntries(Object.keys(lent).map(name => [name, borrow])),
  mawk: borrow,
  grep,
  expr,
  od,
  egrep: grep,
  fgrep: grep,
  ...Object.fromEntries(Object.keys(sums).map(name => [name, checksum])),
  head: ends,
  tail: ends,
  wc,
  seq,
  yes,
  xargs,
};
