import type { DiskNode } from '../disk/nodes.ts';
import { DiskError } from '../disk/nodes.ts';
import { baseName, folderName } from '../disk/paths.ts';
import type { Call, Program, Programs } from '../shell/call.ts';
import { terminalAt } from '../console/terminals.ts';
import { killedBy } from '../shell/streams.ts';
import type { Stream } from '../shell/streams.ts';
import { parseMode } from './modes.ts';
import { options } from './options.ts';

/** Runs `work` for each operand and says what failed, as coreutils does: the others still go on. */
export async function each(
  call: Call,
  operands: readonly string[],
  doing: (operand: string) => string,
  work: (operand: string) => Promise<void> | void,
): Promise<number> {
  let status = 0;
  for (const operand of operands)
    try {
      await work(operand);
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      await call.err(`${call.name}: ${doing(operand)}: ${thrown.message}\n`);
      status = 1;
    }
  return status;
}

/** The stream an operand stands for: standard input, or a terminal. */
export const streamOf = (call: Call, operand: string): Stream | undefined =>
  operand === '-' || operand === '/dev/stdin' ? call.stdin : terminalAt(call, operand);

/** Bytes of a file or of stdin (`-`), chunk by chunk. */
export async function* bytesOf(call: Call, operand: string): AsyncGenerator<Uint8Array> {
  const { signal } = call.process;
  const stream = streamOf(call, operand);
  if (stream) {
    for (let part = await stream.read(signal); part; part = await stream.read(signal)) yield part;
    return;
  }
  const file = call.station.tree.open(call.path(operand), {}, call.who);
  for (let at = 0; ;) {
    if (signal.aborted) throw killedBy(signal);
    const part = file.read(at, 256 * 1024);
    if (part.length === 0) return;
    at += part.length;
    yield part.slice();
  }
}

export const orStdin = (operands: readonly string[]): readonly string[] =>
  operands.length > 0 ? operands : ['-'];

const missing = async (call: Call): Promise<number> => {
  await call.err(`${call.name}: missing operand\nTry '${call.name} --help' for more information.\n`);
  return 1;
};

const wrongOption = async (call: Call, option: string): Promise<number> => {
  const what = option.startsWith('--')
    ? `unrecognized option '${option}'`
    : `invalid option -- '${option.slice(1)}'`;
  await call.err(`${call.name}: ${what}\nTry '${call.name} --help' for more information.\n`);
  return 1;
};

const cat: Program = call =>
  each(
    call,
    orStdin(options(call.args, 'uvenAETbst').rest),
    name => name,
    async name => {
      for await (const part of bytesOf(call, name)) await call.out(part);
    },
  );

const tee: Program = async call => {
  const given = options(call.args, 'ai', ['append']);
  const { tree } = call.station;
  const append = given.has('a', 'append');
  const files: { write(bytes: Uint8Array): void }[] = [];
  const status = await each(
    call,
    given.rest,
    name => name,
    name => {
      const how = { write: true, create: true, truncate: !append, mode: 0o666 & ~call.umask };
      const file = tree.open(call.path(name), how, call.who);
      let at = append ? file.size : 0;
      files.push({
        write(bytes) {
          file.write(at, bytes);
          at += bytes.length;
        },
      });
    },
  );
  for await (const part of bytesOf(call, '-')) {
    await call.out(part);
    for (const file of files) file.write(part);
  }
  return status;
};

const mkdir: Program = async call => {
  const given = options(call.args, 'pvm:', ['parents', 'mode=']);
  if (given.unknown) return wrongOption(call, given.unknown);
  if (given.rest.length === 0) return missing(call);
  const { tree } = call.station;
  const mode = parseMode(given.value('m', 'mode') ?? '', 0o777, true);
  return each(
    call,
    given.rest,
    name => `cannot create directory ‘${name}’`,
    name => {
      const path = call.path(name);
      const there = tree.peek(path, call.who);
      if (given.has('p', 'parents')) {
        if (there?.kind === 'folder') return;
        tree.makeFolders(folderName(path), 0o777 & ~call.umask, call.who);
      }
      const folder = tree.makeFolder(path, 0o777 & ~call.umask, call.who);
      if (mode !== undefined) tree.chmodNode(folder, mode, call.who);
    },
  );
};

const mkfifo: Program = async call => {
  const given = options(call.args, 'm:', ['mode=']);
  if (given.unknown) return wrongOption(call, given.unknown);
  if (given.rest.length === 0) return missing(call);
  const mode = parseMode(given.value('m', 'mode') ?? '', 0o666, false) ?? 0o666 & ~call.umask;
  return each(
    call,
    given.rest,
    name => `cannot create fifo '${name}'`,
    name => call.station.tree.makeFifo(call.path(name), mode, call.who),
  );
};

const rmdir: Program = call =>
  each(
    call,
    options(call.args, 'pv', ['ignore-fail-on-non-empty']).rest,
    name => `failed to remove '${name}'`,
    name => call.station.tree.removeFolder(call.path(name), call.who),
  );

function removeTree(call: Call, path: string, node: DiskNode): void {
  const { tree } = call.station;
  if (node.kind !== 'folder') return tree.unlink(path, call.who);
  for (const [name, inner] of tree.list(path, call.who)) removeTree(call, `${path}/${name}`, inner);
  tree.removeFolder(path, call.who);
}

const rm: Program = async call => {
  const given = options(call.args, 'rRfivd', ['recursive', 'force', 'one-file-system']);
  if (given.unknown) return wrongOption(call, given.unknown);
  const force = given.has('f', 'force');
  if (given.rest.length === 0) return force ? 0 : missing(call);
  return each(
    call,
    given.rest,
    name => `cannot remove '${name}'`,
    name => {
      const path = call.path(name);
      let node: DiskNode;
      try {
        node = call.station.tree.find(path, call.who, false);
      } catch (thrown) {
        if (force && thrown instanceof DiskError && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
          return;
        throw thrown;
      }
      if (node.kind === 'folder' && !given.has('r', 'R', 'recursive', 'd')) throw new DiskError('EISDIR');
      removeTree(call, path, node);
    },
  );
};

interface Copying {
  readonly recursive: boolean;
  readonly keep: boolean;
  readonly follow: boolean;
  readonly mode?: number;
}

/** Copies one file, link or folder to exactly this path. */
function copyTo(call: Call, from: string, to: string, how: Copying): void {
  const { tree } = call.station;
  const node = tree.find(from, call.who, how.follow);
  if (node.kind === 'link') {
    if (tree.peek(to, call.who, false)) tree.unlink(to, call.who);
    return tree.makeLink(node.target, to, call.who);
  }
  if (node.kind === 'folder') {
    if (!how.recursive) throw new DiskError('EISDIR');
    if (!tree.peek(to, call.who)) tree.makeFolder(to, node.mode & ~call.umask, call.who);
    for (const [name] of tree.list(from, call.who))
      copyTo(call, `${from}/${name}`, `${to}/${name}`, { ...how, follow: false });
  } else copyFile(call, from, to, how);
  if (how.keep) keepMeta(call, node, to);
}

function copyFile(call: Call, from: string, to: string, how: Copying): void {
  const { tree } = call.station;
  const source = tree.open(from, {}, call.who);
  const before = tree.peek(to, call.who);
  if (before !== undefined && before === source.node) return;
  const mode = how.mode ?? source.node.mode & ~call.umask & 0o777;
  const target = tree.open(to, { write: true, create: true, truncate: true, mode }, call.who);
  const length = source.node.kind === 'file' && !source.node.live ? source.size : 1 << 20;
  const bytes = source.read(0, length);
  if (bytes.length > 0) target.write(0, bytes);
  if (source.node.kind === 'file' && source.node.program && target.node.kind === 'file')
    target.node.program = source.node.program;
}

function keepMeta(call: Call, from: DiskNode, to: string): void {
  const node = call.station.tree.find(to, call.who);
  if (node.uid === call.who.uid || call.who.uid === 0) node.mode = from.mode;
  node.modified = from.modified;
  if (call.who.uid === 0) {
    node.uid = from.uid;
    node.gid = from.gid;
  }
}

/** Pairs each source with its target, as cp, mv and install understand their operands. */
function pairs(
  call: Call,
  operands: readonly string[],
  into: string | undefined,
  asFile: boolean,
): [string, string][] {
  const list = [...operands];
  const target = into ?? list.pop() ?? '';
  const folder = !asFile && call.station.tree.peek(call.path(target), call.who)?.kind === 'folder';
  if (!folder && list.length > 1) throw new DiskError('ENOTDIR');
  return list.map(name => [name, folder ? `${target}/${baseName(name)}` : target]);
}

const cp: Program = async call => {
  const given = options(call.args, 'rRafpdPLHnvTt:u', [
    'recursive',
    'archive',
    'preserve=',
    'preserve',
    'force',
    'no-target-directory',
    'target-directory=',
    'reflink=',
    'sparse=',
    'no-clobber',
  ]);
  if (given.unknown) return wrongOption(call, given.unknown);
  const keep = given.has('a', 'p', 'archive', 'preserve');
  const how = {
    recursive: given.has('r', 'R', 'a', 'recursive', 'archive'),
    keep,
    follow: !given.has('a', 'd', 'P', 'archive'),
  };
  const list = pairs(
    call,
    given.rest,
    given.value('t', 'target-directory'),
    given.has('T', 'no-target-directory'),
  );
  const targets = new Map(list);
  return each(
    call,
    [...targets.keys()],
    name => `cannot copy '${name}' to '${targets.get(name) ?? ''}'`,
    name => {
      const to = call.path(targets.get(name) ?? '');
      if (given.has('n', 'no-clobber') && call.station.tree.peek(to)) return;
      copyTo(call, call.path(name), to, how);
    },
  );
};

function moveTo(call: Call, from: string, to: string): void {
  const { tree } = call.station;
  try {
    tree.rename(from, to, call.who);
  } catch (thrown) {
    if (!(thrown instanceof DiskError) || thrown.code !== 'EXDEV') throw thrown;
    copyTo(call, from, to, { recursive: true, keep: true, follow: false });
    removeTree(call, from, tree.find(from, call.who, false));
  }
}

const mv: Program = async call => {
  const given = options(call.args, 'fivnTt:', [
    'force',
    'no-target-directory',
    'target-directory=',
    'no-clobber',
  ]);
  if (given.unknown) return wrongOption(call, given.unknown);
  if (given.rest.length < 1) return missing(call);
  const targets = new Map(
    pairs(call, given.rest, given.value('t', 'target-directory'), given.has('T', 'no-target-directory')),
  );
  return each(
    call,
    [...targets.keys()],
    name => `cannot move '${name}' to '${targets.get(name) ?? ''}'`,
    name => {
      const to = call.path(targets.get(name) ?? '');
      if (given.has('n', 'no-clobber') && call.station.tree.peek(to)) return;
      moveTo(call, call.path(name), to);
    },
  );
};

const ln: Program = async call => {
  const given = options(call.args, 'sfnrvT', ['symbolic', 'force', 'no-dereference']);
  const { tree } = call.station;
  const list = given.rest.length === 1 ? [...given.rest, '.'] : given.rest;
  const asFile =
    given.has('T') ||
    (given.has('n', 'no-dereference') &&
      tree.peek(call.path(list.at(-1) ?? ''), call.who, false)?.kind === 'link');
  const targets = new Map(pairs(call, list, undefined, asFile));
  return each(
    call,
    [...targets.keys()],
    name => `failed to create ${given.has('s') ? 'symbolic' : 'hard'} link '${targets.get(name) ?? ''}'`,
    name => {
      const to = call.path(targets.get(name) ?? '');
      if (given.has('f', 'force') && tree.peek(to, call.who, false)) tree.unlink(to, call.who);
      if (given.has('s', 'symbolic')) tree.makeLink(name, to, call.who);
      else tree.hardLink(call.path(name), to, call.who);
    },
  );
};

const touch: Program = async call => {
  const given = options(call.args, 'acmr:d:t:', ['no-create', 'date=', 'reference=']);
  const { tree } = call.station;
  const reference = given.value('r', 'reference');
  const date = given.value('d', 'date');
  return each(
    call,
    given.rest,
    name => `cannot touch '${name}'`,
    name => {
      const path = call.path(name);
      if (given.has('c', 'no-create') && !tree.peek(path, call.who)) return;
      const { node } = tree.open(path, { write: true, create: true, mode: 0o666 & ~call.umask }, call.who);
      const at = reference
        ? tree.find(call.path(reference), call.who).modified
        : date
          ? Date.parse(date.replace(/^@(\d+)$/, (_, s: string) => new Date(Number(s) * 1000).toISOString()))
          : call.station.now();
      tree.setTime(node, at, call.who);
    },
  );
};

/** Calls `work` for a path and, when asked, for everything below it. */
function walk(call: Call, path: string, deep: boolean, work: (path: string, node: DiskNode) => void): void {
  const node = call.station.tree.find(path, call.who);
  work(path, node);
  if (!deep || node.kind !== 'folder') return;
  for (const [name, inner] of call.station.tree.list(path, call.who))
    if (inner.kind !== 'link') walk(call, `${path}/${name}`, true, work);
}

const chmod: Program = async call => {
  const [first = '', ...others] = call.args;
  // A mode like -x looks like an option.
  const given = /^-[rwxXst]+$/.test(first)
    ? options(['--', ...call.args], '')
    : options(call.args, 'Rfvc', ['recursive', 'reference=']);
  const reference = given.value('reference');
  const [mode = '', ...names] = reference ? ['', ...given.rest] : others.length > 0 ? given.rest : [];
  if (names.length === 0) return missing(call);
  return each(
    call,
    names,
    name => `changing permissions of '${name}'`,
    name =>
      walk(call, call.path(name), given.has('R', 'recursive'), (path, node) => {
        const bits = reference
          ? call.station.tree.find(call.path(reference), call.who).mode
          : parseMode(mode, node.mode, node.kind === 'folder');
        if (bits === undefined) throw new DiskError('EINVAL');
        call.station.tree.chmod(path, bits, call.who);
      }),
  );
};

/** Numbers of `user:group`, `user`, `:group`; undefined for a part not given, null for one nobody has. */
function owners(call: Call, text: string): { uid: number | undefined; gid: number | undefined } | null {
  const { accounts } = call.station;
  const [user = '', group] = text.split(/[:.]/);
  const uid = user === '' ? undefined : (accounts.user(user)?.uid ?? number(user));
  const login = user === '' ? undefined : accounts.user(user)?.gid;
  const gid =
    group === undefined ? undefined : group === '' ? login : (accounts.group(group)?.gid ?? number(group));
  return uid === null || gid === null ? null : { uid, gid };
}

const number = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

const chown: Program = async call => {
  const given = options(call.args, 'Rhfvc', ['recursive', 'no-dereference', 'reference=']);
  const [who = '', ...names] = given.rest;
  if (names.length === 0) return missing(call);
  const ids = owners(call, call.name === 'chgrp' ? `:${who}` : who);
  if (!ids) {
    await call.err(`${call.name}: invalid user: ‘${who}’\n`);
    return 1;
  }
  return each(
    call,
    names,
    name => `changing ownership of '${name}'`,
    name =>
      walk(call, call.path(name), given.has('R', 'recursive'), path =>
        call.station.tree.chown(path, ids.uid, ids.gid, call.who, !given.has('h', 'no-dereference')),
      ),
  );
};

const install: Program = async call => {
  const given = options(call.args, 'dDm:o:g:t:TcsCv', [
    'mode=',
    'owner=',
    'group=',
    'directory',
    'target-directory=',
    'no-target-directory',
  ]);
  if (given.unknown) return wrongOption(call, given.unknown);
  const { tree } = call.station;
  const mode = parseMode(given.value('m', 'mode') ?? '0755', 0, false) ?? 0o755;
  const ids = owners(
    call,
    `${given.value('o', 'owner') ?? ''}:${given.value('g', 'group') ?? ''}`.replace(/:$/, ''),
  );
  const finish = (path: string) => {
    tree.chmod(path, mode, call.who);
    if (ids && (ids.uid !== undefined || ids.gid !== undefined)) tree.chown(path, ids.uid, ids.gid, call.who);
  };
  if (given.has('d', 'directory'))
    return each(
      call,
      given.rest,
      name => `cannot create directory '${name}'`,
      name => {
        tree.makeFolders(call.path(name), 0o755, call.who);
        finish(call.path(name));
      },
    );
  const list = given.has('D')
    ? [[given.rest[0] ?? '', given.rest[1] ?? ''] as [string, string]]
    : pairs(call, given.rest, given.value('t', 'target-directory'), given.has('T', 'no-target-directory'));
  const targets = new Map(list);
  return each(
    call,
    [...targets.keys()],
    name => `cannot create regular file '${targets.get(name) ?? ''}'`,
    name => {
      const to = call.path(targets.get(name) ?? '');
      if (given.has('D')) tree.makeFolders(folderName(to), 0o755, call.who);
      if (tree.peek(to, call.who, false)) tree.unlink(to, call.who);
      copyTo(call, call.path(name), to, { recursive: false, keep: false, follow: true, mode: 0o600 });
      finish(to);
    },
  );
};

const mktemp: Program = async call => {
  const given = options(call.args, 'dqtup:', [
    'directory',
    'tmpdir=',
    'tmpdir',
    'suffix=',
    'quiet',
    'dry-run',
  ]);
  const template = given.rest[0] ?? 'tmp.XXXXXXXXXX';
  const inTemp = given.rest[0] === undefined || given.has('t', 'p', 'tmpdir');
  const temp = given.value('p', 'tmpdir') || call.env.get('TMPDIR') || '/tmp';
  const [runOfX] = /X{3,}(?=[^X]*$)/.exec(template) ?? [];
  if (!runOfX) {
    await call.err(`mktemp: too few X's in template ‘${template}’\n`);
    return 1;
  }
  const name =
    template.replace(/X{3,}(?=[^X]*$)/, randomName(call, runOfX.length)) + (given.value('suffix') ?? '');
  const path = inTemp ? `${temp}/${name}` : name;
  const folder = given.has('d', 'directory');
  const status = await each(
    call,
    [path],
    () =>
      `failed to create ${folder ? 'directory' : 'file'} via template ‘${inTemp ? `${temp}/` : ''}${template}’`,
    () => {
      if (given.has('u', 'dry-run')) return;
      if (folder) call.station.tree.makeFolder(call.path(path), 0o700, call.who);
      else
        call.station.tree.open(
          call.path(path),
          { write: true, create: true, exclusive: true, mode: 0o600 },
          call.who,
        );
    },
  );
  if (status === 0) await call.out(`${path}\n`);
  return status;
};

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

const randomName = (call: Call, length: number): string =>
  [...call.station.chance.bytes(length)].map(byte => alphabet.charAt(byte % alphabet.length)).join('');

const readlink: Program = async call => {
  const given = options(call.args, 'fmenqz', [
    'canonicalize',
    'canonicalize-existing',
    'canonicalize-missing',
    'no-newline',
  ]);
  const real =
    call.name === 'realpath' ||
    given.has('f', 'e', 'm', 'canonicalize', 'canonicalize-existing', 'canonicalize-missing');
  let status = 0;
  for (const name of given.rest) {
    const path = call.path(name);
    try {
      const node = real ? undefined : call.station.tree.find(path, call.who, false);
      if (node && node.kind !== 'link') throw new DiskError('EINVAL');
      const shown = node ? node.target : realOrNew(call, path, !given.has('e', 'canonicalize-existing'));
      await call.out(`${shown}${given.has('n', 'no-newline') ? '' : '\n'}`);
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      if (call.name === 'realpath') await call.err(`realpath: ${name}: ${thrown.message}\n`);
      status = 1;
    }
  }
  return status;
};

/** The real path, where the last part need not exist. */
function realOrNew(call: Call, path: string, mayMiss: boolean): string {
  const { tree } = call.station;
  if (!mayMiss || tree.peek(path, call.who)) return tree.realPath(path, call.who);
  return `${tree.realPath(folderName(path), call.who).replace(/^\/$/, '')}/${baseName(path)}`;
}

const sizes: Readonly<Record<string, number>> = {
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  kB: 1000,
  M: 1024 ** 2,
  MB: 1e6,
  G: 1024 ** 3,
};

const bytesCount = (text: string): number => {
  const [, digits = '0', unit = ''] = /^(\d+)([a-zA-Z]*)$/.exec(text) ?? [];
  return Number(digits) * (sizes[unit] ?? 1);
};

/** What `dd` reads: from a terminal one read is one record, however short; what is read too far is given back. */
async function* recordsOf(
  call: Call,
  input: string,
  block: number,
  count: string | undefined,
): AsyncGenerator<Uint8Array> {
  const stream = streamOf(call, input);
  if (!stream?.tty || count === undefined) return yield* bytesOf(call, input);
  for (let left = Number(count); left > 0; left -= 1) {
    const part = await stream.read(call.process.signal);
    if (!part) return;
    stream.pushBack(part.subarray(block));
    yield part.subarray(0, block);
  }
}

const dd: Program = async call => {
  const given = new Map(call.args.map(arg => arg.split(/=(.*)/s) as [string, string]));
  const flags = (name: string) => (given.get(name) ?? '').split(',');
  const input = given.get('if') ?? '-';
  const toTerminal = given.has('of') ? terminalAt(call, given.get('of') ?? '') : undefined;
  const output = toTerminal ? undefined : given.get('of');
  const block = bytesCount(given.get('bs') ?? given.get('ibs') ?? '512');
  const outBlock = bytesCount(given.get('bs') ?? given.get('obs') ?? '512');
  const count = given.get('count');
  const limit =
    count === undefined
      ? Number.POSITIVE_INFINITY
      : bytesCount(count) * (flags('iflag').includes('count_bytes') ? 1 : block);
  let skip = bytesCount(given.get('skip') ?? '0') * (flags('iflag').includes('skip_bytes') ? 1 : block);
  const seek = bytesCount(given.get('seek') ?? '0') * (flags('oflag').includes('seek_bytes') ? 1 : outBlock);
  const { tree } = call.station;
  const keep = flags('conv').includes('notrunc') || flags('oflag').includes('append');
  const how = { write: true, create: true, mode: 0o666 & ~call.umask, truncate: false };
  let done = 0;
  const status = await each(
    call,
    [output ?? input],
    name => `failed to open '${name}'`,
    async () => {
      const file = output === undefined ? undefined : tree.open(call.path(output), how, call.who);
      if (file && !keep) file.truncate(Math.min(seek, file.size));
      const start = flags('oflag').includes('append') && file ? file.size : seek;
      for await (const part of recordsOf(
        call,
        input,
        block,
        flags('iflag').includes('fullblock') ? undefined : count,
      )) {
        const skipped = part.subarray(Math.min(skip, part.length));
        skip -= part.length - skipped.length;
        const bytes = skipped.subarray(0, Math.min(skipped.length, limit - done));
        if (file) file.write(start + done, bytes);
        else await (toTerminal ? toTerminal.write(bytes, call.process.signal) : call.out(bytes));
        done += bytes.length;
        if (done < limit) continue;
        streamOf(call, input)?.pushBack(skipped.subarray(bytes.length));
        break;
      }
    },
  );
  if (status === 0 && given.get('status') !== 'none') {
    const [full, partly] = [Math.floor(done / block), done % block ? 1 : 0];
    await call.err(
      `${full}+${partly} records in\n${full}+${partly} records out\n${given.get('status') === 'noxfer' ? '' : `${done} bytes copied, 0.01 s, ${(done / 1e4).toFixed(0)} MB/s\n`}`,
    );
  }
  return status;
};

const basename: Program = async call => {
  const [path = '', suffix = ''] = options(call.args, 'as:', ['suffix=']).rest;
  const name = baseName(path) || '/';
  await call.out(
    `${suffix && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`,
  );
  return 0;
};

const truncate: Program = async call => {
  const given = options(call.args, 'cs:', ['size=', 'no-create']);
  const size = given.value('s', 'size') ?? '0';
  return each(
    call,
    given.rest,
    name => `cannot open '${name}' for writing`,
    name => {
      const file = call.station.tree.open(
        call.path(name),
        { write: true, create: true, mode: 0o666 & ~call.umask },
        call.who,
      );
      const by = bytesCount(size.replace(/^[-+<>]/, ''));
      file.truncate(
        size.startsWith('+') ? file.size + by : size.startsWith('-') ? Math.max(0, file.size - by) : by,
      );
    },
  );
};

const cmp: Program = async call => {
  const [a = '', b = '-'] = options(call.args, 's', ['silent', 'quiet']).rest;
  const read = async (name: string) => {
    const parts: Uint8Array[] = [];
    for await (const part of bytesOf(call, name)) parts.push(part);
    return Buffer.concat(parts);
  };
  const [left, right] = [await read(a), await read(b)];
  if (left.equals(right)) return 0;
  if (!call.args.some(arg => arg === '-s' || arg === '--silent' || arg === '--quiet')) {
    const at = left.findIndex((byte, i) => byte !== right[i]);
    await call.out(`${a} ${b} differ: byte ${at + 1}, line 1\n`);
  }
  return 1;
};

export const filePrograms: Programs = {
  cat,
  tee,
  mkdir,
  mkfifo,
  rmdir,
  rm,
  unlink: rm,
  cp,
  mv,
  ln,
  touch,
  chmod,
  chown,
  chgrp: chown,
  install,
  mktemp,
  readlink,
  realpath: readlink,
  dd,
  basename,
  truncate,
  cmp,
  dirname: async call => {
    for (const path of call.args) await call.out(`${folderName(path)}\n`);
    return 0;
  },
  sync: () => 0,
  fsync: () => 0,
};
