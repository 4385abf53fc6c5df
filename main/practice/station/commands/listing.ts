import type { DiskNode } from '../disk/nodes.ts';
import { DiskError } from '../disk/nodes.ts';
import { matches } from '../shell/glob.ts';
import type { Call, Program, Programs } from '../shell/call.ts';
import { each } from './files.ts';
import { modeText } from './modes.ts';
import { options } from './options.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (n: number): string => String(n).padStart(2, '0');

function shortDate(call: Call, ms: number): string {
  const date = new Date(ms);
  const day = `${months[date.getUTCMonth()] ?? ''} ${String(date.getUTCDate()).padStart(2)}`;
  const recent = Math.abs(call.station.now() - ms) < 182 * 86_400_000;
  return recent
    ? `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
    : `${day}  ${date.getUTCFullYear()}`;
}

export const sizeOf = (node: DiskNode): number => {
  if (node.kind === 'file') return node.live ? 0 : node.size + (node.claims?.bytes ?? 0);
  return node.kind === 'folder'
    ? 4096 + (node.claims?.bytes ?? 0)
    : node.kind === 'link'
      ? Buffer.byteLength(node.target)
      : 0;
};

/** Sizes as `-h` shows them. */
export function human(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 9.95 ? (Math.ceil(value * 10) / 10).toFixed(1) : Math.ceil(value)}${' KMGTP'.charAt(unit)}`;
}

function long(
  call: Call,
  name: string,
  node: DiskNode,
  how: { numeric: boolean; human: boolean; inode: boolean },
): string {
  const { accounts } = call.station;
  const user = how.numeric ? String(node.uid) : accounts.userName(node.uid);
  const group = how.numeric ? String(node.gid) : accounts.groupName(node.gid);
  const size = how.human ? human(sizeOf(node)) : String(sizeOf(node));
  const arrow = node.kind === 'link' ? ` -> ${node.target}` : '';
  const inode = how.inode ? `${node.ino} ` : '';
  return `${inode}${modeText(node)} ${node.links} ${user.padEnd(5)} ${group.padEnd(5)} ${size.padStart(8)} ${shortDate(call, node.modified)} ${name}${arrow}`;
}

const ls: Program = async call => {
  const given = options(call.args, 'laAdhn1tSrFRiogcuLpkqNbsQH', [
    'all',
    'almost-all',
    'directory',
    'human-readable',
    'numeric-uid-gid',
    'color=',
    'color',
    'time-style=',
    'full-time',
    'group-directories-first',
  ]);
  const names = given.rest.length > 0 ? given.rest : ['.'];
  const { tree } = call.station;
  const isLong = given.has('l', 'n', 'o', 'g', 'full-time');
  const how = {
    numeric: given.has('n', 'numeric-uid-gid'),
    human: given.has('h', 'human-readable'),
    inode: given.has('i'),
  };
  const show = async (list: readonly (readonly [string, DiskNode])[]) => {
    const order = [...list];
    if (given.has('t')) order.sort((a, b) => b[1].modified - a[1].modified);
    if (given.has('S')) order.sort((a, b) => sizeOf(b[1]) - sizeOf(a[1]));
    if (given.has('r')) order.reverse();
    const mark = (node: DiskNode) => (given.has('F', 'p') && node.kind === 'folder' ? '/' : '');
    const lines = order.map(([name, node]) =>
      isLong ? long(call, name, node, how) : `${how.inode ? `${node.ino} ` : ''}${name}${mark(node)}`,
    );
    const across = !isLong && !given.has('1') && call.stdout.tty;
    if (lines.length > 0) await call.out(`${lines.join(across ? '  ' : '\n')}\n`);
  };
  const files: [string, DiskNode][] = [];
  const folders: string[] = [];
  const status = await each(
    call,
    names,
    name => `cannot access '${name}'`,
    name => {
      const follow = !given.has('d', 'directory') && !isLong;
      const node = tree.find(call.path(name), call.who, follow || name.endsWith('/'));
      if (node.kind === 'folder' && !given.has('d', 'directory')) folders.push(name);
      else if (
        node.kind === 'link' &&
        !given.has('d') &&
        tree.peek(call.path(name), call.who)?.kind === 'folder' &&
        !isLong
      )
        folders.push(name);
      else files.push([name, node]);
    },
  );
  await show(files);
  const listed = async (name: string, head: boolean): Promise<void> => {
    const path = call.path(name);
    let list = tree.list(path, call.who);
    if (!given.has('a', 'A', 'all', 'almost-all')) list = list.filter(([each]) => !each.startsWith('.'));
    if (given.has('a', 'all'))
      list = [['.', tree.folder(path, call.who)], ['..', tree.folder(`${path}/..`, call.who)], ...list];
    if (head) await call.out(`${name}:\n`);
    if (isLong)
      await call.out(
        `total ${list.reduce((sum, [, node]) => sum + Math.ceil(sizeOf(node) / 4096) * 4, 0)}\n`,
      );
    await show(list);
    if (given.has('R'))
      for (const [inner, node] of list)
        if (node.kind === 'folder' && inner !== '.' && inner !== '..') {
          await call.out('\n');
          await listed(`${name}/${inner}`, true);
        }
  };
  const head = names.length > 1 || given.has('R');
  const bad = await each(
    call,
    folders,
    name => `cannot open directory '${name}'`,
    name => listed(name, head),
  );
  return bad === 0 && status === 0 ? 0 : 2;
};

const kindText = (node: DiskNode): string =>
  node.kind === 'folder'
    ? 'directory'
    : node.kind === 'link'
      ? 'symbolic link'
      : node.kind === 'device'
        ? 'character special file'
        : node.kind === 'fifo'
          ? 'fifo'
          : sizeOf(node) === 0
            ? 'regular empty file'
            : 'regular file';

const timeText = (ms: number): string =>
  `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '000000')} +0000`;

const stat: Program = async call => {
  const given = options(call.args, 'Lc:ft', ['format=', 'printf=', 'file-system', 'dereference']);
  const format = given.value('c', 'format') ?? given.value('printf');
  return each(
    call,
    given.rest,
    name =>
      `cannot stat${given.has('f', 'file-system') ? ' file system' : 'x'} '${name}'`.replace(
        'statx',
        'statx',
      ),
    async name => {
      const path = call.path(name);
      const node = call.station.tree.find(path, call.who, given.has('L', 'f', 'dereference', 'file-system'));
      const line = given.has('f', 'file-system')
        ? fileSystem(call, path, name, format ?? '%n %T')
        : describe(
            call,
            node,
            name,
            format ??
              `  File: %n\n  Size: %s\tBlocks: %b\tIO Block: 4096   %F\nAccess: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nModify: %y`,
          );
      await call.out(
        given.has('printf') ? line.replaceAll('\\n', '\n').replaceAll('\\t', '\t') : `${line}\n`,
      );
    },
  );
};

function fileSystem(call: Call, path: string, name: string, format: string): string {
  const mount = call.station.mountOf(path);
  const space = call.station.space(mount);
  const names: Readonly<Record<string, string>> = { ext4: 'ext2/ext3', cgroup2: 'cgroup2fs' };
  const values: Readonly<Record<string, string>> = {
    n: name,
    T: names[mount.type] ?? mount.type,
    s: '4096',
    S: '4096',
    b: String(Math.floor(space.bytes / 4096)),
    a: String(Math.floor(space.free / 4096)),
    f: String(Math.floor(space.free / 4096)),
    c: String(space.inodes),
    d: String(space.inodesFree),
    l: '255',
    i: '0',
    t: 'ef53',
  };
  return format.replace(/%(\w)/g, (all, key: string) => values[key] ?? all);
}

function describe(call: Call, node: DiskNode, name: string, format: string): string {
  const { accounts } = call.station;
  const seconds = String(Math.floor(node.modified / 1000));
  const device = call.station.mountOf(call.path(name)).device;
  const values: Readonly<Record<string, string>> = {
    n: name,
    N: `'${name}'`,
    s: String(sizeOf(node)),
    a: (node.mode & 0o7777).toString(8),
    A: modeText(node),
    u: String(node.uid),
    U: accounts.userName(node.uid),
    g: String(node.gid),
    G: accounts.groupName(node.gid),
    F: kindText(node),
    f: (
      { file: 0o100000, folder: 0o40000, link: 0o120000, device: 0o20000, fifo: 0o10000 }[node.kind] |
      node.mode
    ).toString(16),
    h: String(node.links),
    i: String(node.ino),
    Y: seconds,
    X: seconds,
    Z: seconds,
    W: '0',
    y: timeText(node.modified),
    x: timeText(node.modified),
    z: timeText(node.modified),
    b: String(Math.ceil(sizeOf(node) / 512)),
    B: '512',
    d: device,
    D: device,
    m: call.station.mountOf(call.path(name)).at,
    o: '4096',
    t: '0',
    T: '0',
  };
  return format.replace(/%(\w)/g, (all, key: string) => values[key] ?? all);
}

const du: Program = async call => {
  const given = options(call.args, 'sbkmhacxd:', [
    'summarize',
    'bytes',
    'apparent-size',
    'max-depth=',
    'human-readable',
    'block-size=',
    'inodes',
    'total',
    'one-file-system',
  ]);
  const inodes = given.has('inodes');
  const bytes = given.has('b', 'bytes') || inodes;
  const shown = (n: number) =>
    bytes
      ? String(n)
      : given.has('h', 'human-readable')
        ? human(n)
        : given.has('m')
          ? String(Math.ceil(n / 1048576))
          : String(Math.ceil(n / 1024));
  return each(
    call,
    given.rest.length > 0 ? given.rest : ['.'],
    name => `cannot access '${name}'`,
    async name => {
      const lines: string[] = [];
      const sum = (path: string, label: string, node: DiskNode): number => {
        let total = inodes
          ? 1 + (node.claims?.inodes ?? 0)
          : bytes
            ? sizeOf(node)
            : Math.ceil(sizeOf(node) / 4096) * 4096;
        if (node.kind === 'folder')
          for (const [inner, child] of call.station.tree.list(path, call.who))
            total += sum(`${path}/${inner}`, `${label}/${inner}`, child);
        if (node.kind === 'folder' || label === name) lines.push(`${shown(total)}\t${label}`);
        return total;
      };
      sum(call.path(name), name, call.station.tree.find(call.path(name), call.who, false));
      await call.out(`${(given.has('s', 'summarize') ? lines.slice(-1) : lines).join('\n')}\n`);
    },
  );
};

interface Seen {
  readonly path: string;
  readonly shown: string;
  readonly node: DiskNode;
  readonly depth: number;
}
type Test = (seen: Seen) => Promise<boolean> | boolean;

const find: Program = async call => {
  const at = call.args.findIndex(arg => /^[-(!]/.test(arg) && !/^-[LHP]$/.test(arg));
  const roots = (at < 0 ? call.args : call.args.slice(0, at)).filter(arg => !/^-[LHP]$/.test(arg));
  const wanted = parseFind(call, at < 0 ? [] : call.args.slice(at));
  let status = 0;
  const visit = async (seen: Seen): Promise<void> => {
    const enter = async () => {
      if (seen.node.kind !== 'folder' || seen.depth >= wanted.maxDepth) return;
      try {
        for (const [name, node] of call.station.tree.list(seen.path, call.who))
          await visit({
            path: `${seen.path === '/' ? '' : seen.path}/${name}`,
            shown: `${seen.shown === '/' ? '' : seen.shown}/${name}`,
            node,
            depth: seen.depth + 1,
          });
      } catch (thrown) {
        if (!(thrown instanceof DiskError)) throw thrown;
        await call.err(`find: ‘${seen.shown}’: ${thrown.message}\n`);
        status = 1;
      }
    };
    if (wanted.depthFirst) await enter();
    wanted.prune = false;
    if (seen.depth >= wanted.minDepth) await wanted.test(seen);
    if (!wanted.depthFirst && !wanted.prune) await enter();
  };
  for (const root of roots.length > 0 ? roots : ['.'])
    status = Math.max(
      status,
      await each(
        call,
        [root],
        name => `‘${name}’`,
        async name => {
          const path = call.path(name);
          await visit({
            path,
            shown: name,
            node: call.station.tree.find(path, call.who, name.endsWith('/')),
            depth: 0,
          });
        },
      ),
    );
  for (const batch of wanted.batches)
    if (batch.names.length > 0) await call.run([...batch.argv, ...batch.names]);
  return status;
};

interface Wanted {
  test: Test;
  minDepth: number;
  maxDepth: number;
  depthFirst: boolean;
  prune: boolean;
  readonly batches: { readonly argv: string[]; readonly names: string[] }[];
}

function parseFind(call: Call, words: readonly string[]): Wanted {
  const wanted: Wanted = {
    test: () => true,
    minDepth: 0,
    maxDepth: Number.POSITIVE_INFINITY,
    depthFirst: false,
    prune: false,
    batches: [],
  };
  let at = 0;
  let acts = false;
  const next = () => words[at++] ?? '';
  const compare = (text: string, value: number) =>
    text.startsWith('+')
      ? value > Number(text.slice(1))
      : text.startsWith('-')
        ? value < Number(text.slice(1))
        : value === Number(text);
  const days = (seen: Seen, unit: number) => Math.floor((call.station.now() - seen.node.modified) / unit);
  const primary = (): Test => {
    const word = next();
    switch (word) {
      case '(': {
        const inner = either();
        next();
        return inner;
      }
      case '!':
      case '-not': {
        const inner = primary();
        return async seen => !(await inner(seen));
      }
      case '-name':
      case '-iname': {
        const like = next();
        const fold = (text: string) => (word === '-iname' ? text.toLowerCase() : text);
        return seen => matches(fold(like), fold(seen.shown.split('/').at(-1) ?? ''));
      }
      case '-path': {
        const like = next();
        return seen => matches(like, seen.shown);
      }
      case '-type': {
        const kinds = next().split(',');
        return seen =>
          kinds.includes({ file: 'f', folder: 'd', link: 'l', device: 'c', fifo: 'p' }[seen.node.kind]);
      }
      case '-maxdepth':
        wanted.maxDepth = Number(next());
        return () => true;
      case '-mindepth':
        wanted.minDepth = Number(next());
        return () => true;
      case '-depth':
        wanted.depthFirst = true;
        return () => true;
      case '-xdev':
      case '-mount':
        return () => true;
      case '-empty':
        return seen => (seen.node.kind === 'folder' ? seen.node.entries.size === 0 : sizeOf(seen.node) === 0);
      case '-newer': {
        const than = call.station.tree.find(call.path(next()), call.who).modified;
        return seen => seen.node.modified > than;
      }
      case '-mtime': {
        const by = next();
        return seen => compare(by, days(seen, 86_400_000));
      }
      case '-mmin': {
        const by = next();
        return seen => compare(by, days(seen, 60_000));
      }
      case '-size': {
        const [, sign = '', n = '0', unit = 'b'] = /^([-+]?)(\d+)([cwbkMG]?)$/.exec(next()) ?? [];
        const scale = { c: 1, w: 2, b: 512, k: 1024, M: 1024 ** 2, G: 1024 ** 3 }[unit || 'b'] ?? 512;
        return seen => compare(sign + n, Math.ceil(sizeOf(seen.node) / scale));
      }
      case '-user': {
        const who = next();
        return seen => call.station.accounts.userName(seen.node.uid) === who || String(seen.node.uid) === who;
      }
      case '-perm': {
        const mode = next();
        return seen =>
          mode.startsWith('-')
            ? (seen.node.mode & Number.parseInt(mode.slice(1), 8)) === Number.parseInt(mode.slice(1), 8)
            : seen.node.mode === Number.parseInt(mode, 8);
      }
      case '-print':
      case '-print0':
        acts = true;
        return async seen => (await call.out(`${seen.shown}${word === '-print0' ? '\0' : '\n'}`), true);
      case '-printf': {
        acts = true;
        const format = next().replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\0', '\0');
        return async seen => (await call.out(findFormat(call, format, seen)), true);
      }
      case '-delete':
        acts = true;
        wanted.depthFirst = true;
        return seen => {
          if (seen.node.kind === 'folder') call.station.tree.removeFolder(seen.path, call.who);
          else call.station.tree.unlink(seen.path, call.who);
          return true;
        };
      case '-prune':
        return () => (wanted.prune = true);
      case '-quit':
        return () => true;
      case '-exec':
      case '-execdir':
        return runs();
      default:
        throw new DiskError('EINVAL');
    }
  };
  const runs = (): Test => {
    acts = true;
    const argv: string[] = [];
    for (let word = next(); word !== ';' && word !== '+' && word !== ''; word = next()) argv.push(word);
    if (words[at - 1] === '+') {
      const batch = { argv: argv.filter(word => word !== '{}'), names: [] as string[] };
      wanted.batches.push(batch);
      return seen => (batch.names.push(seen.shown), true);
    }
    return async seen => (await call.run(argv.map(word => word.replaceAll('{}', seen.shown)))) === 0;
  };
  const all = (): Test => {
    const tests: Test[] = [];
    while (at < words.length && words[at] !== ')' && words[at] !== '-o' && words[at] !== '-or') {
      if (words[at] === '-a' || words[at] === '-and') at += 1;
      else tests.push(primary());
    }
    return async seen => {
      for (const test of tests) if (!(await test(seen))) return false;
      return true;
    };
  };
  const either = (): Test => {
    const tests = [all()];
    while (words[at] === '-o' || words[at] === '-or') {
      at += 1;
      tests.push(all());
    }
    return async seen => {
      for (const test of tests) if (await test(seen)) return true;
      return false;
    };
  };
  const test = either();
  wanted.test = acts
    ? test
    : async seen => ((await test(seen)) ? (await call.out(`${seen.shown}\n`), true) : false);
  return wanted;
}

const findFormat = (call: Call, format: string, seen: Seen): string => {
  const { node } = seen;
  const values: Readonly<Record<string, string>> = {
    p: seen.shown,
    f: seen.shown.split('/').at(-1) ?? '',
    s: String(sizeOf(node)),
    m: node.mode.toString(8),
    u: call.station.accounts.userName(node.uid),
    g: call.station.accounts.groupName(node.gid),
    y: { file: 'f', folder: 'd', link: 'l', device: 'c', fifo: 'p' }[node.kind],
    l: node.kind === 'link' ? node.target : '',
    P: seen.shown.split('/').slice(1).join('/'),
    d: String(seen.depth),
  };
  return format.replace(/%(T@|\w)/g, (all, key: string) =>
    key === 'T@' ? (node.modified / 1000).toFixed(10) : (values[key] ?? all),
  );
};

export const listingPrograms: Programs = { ls, stat, du, find };
