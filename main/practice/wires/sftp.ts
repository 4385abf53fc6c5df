import type { Duplex } from 'node:stream';
import { DiskError } from '../station/disk/nodes.ts';
import type { Cred, DiskNode } from '../station/disk/nodes.ts';
import { absolute } from '../station/disk/paths.ts';
import type { OpenFile } from '../station/disk/open-file.ts';
import { modeText } from '../station/commands/modes.ts';
import type { Station } from '../station/station.ts';

// SFTP version 3 (draft-ietf-secsh-filexfer-02) with the extensions of OpenSSH that file transfer needs. It is spoken
// here by hand because ssh2's server announces no extensions, and without them nothing can be renamed over a file.
const kind = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;
const answer = { version: 2, status: 101, handle: 102, data: 103, name: 104, attrs: 105 } as const;
const codes: Readonly<Record<string, number>> = { ENOENT: 2, EACCES: 3, EPERM: 3, EROFS: 3 };
const [ok, end, failure, badMessage, unsupported] = [0, 1, 4, 5, 8];

/** Reads the fields of a request. */
class Fields {
  readonly #bytes: Buffer;
  #at: number;
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }
  number(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }
  long(): number {
    const value = this.#bytes.readBigUInt64BE(this.#at);
    this.#at += 8;
    return Number(value);
  }
  bytes(): Buffer {
    const length = this.number();
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    if (value.length < length) throw new RangeError('short message');
    this.#at += length;
    return value;
  }
  text(): string {
    return this.bytes().toString();
  }
  attributes(): Attributes {
    const flags = this.number();
    const given: Attributes = {};
    if (flags & 1) given.size = this.long();
    if (flags & 2) {
      given.uid = this.number();
      given.gid = this.number();
    }
    if (flags & 4) given.mode = this.number() & 0o7777;
    if (flags & 8) {
      this.number();
      given.modified = this.number();
    }
    return given;
  }
}

interface Attributes {
  size?: number;
  uid?: number;
  gid?: number;
  mode?: number;
  modified?: number;
}

const number = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
};
const long = (value: number): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out;
};
const text = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([number(bytes.length), bytes]);
};

const types = { file: 0o100000, folder: 0o40000, link: 0o120000, device: 0o20000, fifo: 0o10000 } as const;

const attributes = (node: DiskNode): Buffer => {
  const size = node.kind === 'file' ? (node.live?.().length ?? node.size) : node.kind === 'folder' ? 4096 : 0;
  const seconds = Math.floor(node.modified / 1000);
  return Buffer.concat([
    number(15),
    long(size),
    number(node.uid),
    number(node.gid),
    number(types[node.kind] | node.mode),
    number(seconds),
    number(seconds),
  ]);
};

type Handle =
  { readonly file: OpenFile; readonly append: boolean } | { readonly names: [string, DiskNode][] };

/** Serves SFTP on a channel with the rights of the login user. */
export function serveSftp(station: Station, channel: Duplex & { exit?: (status: number) => void }): void {
  const server = new Sftp(station, bytes => void channel.write(bytes));
  let waiting: Buffer[] = [];
  let have = 0;
  channel.on('error', () => undefined);
  channel.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    have += chunk.length;
    for (;;) {
      if (have < 4) return;
      if ((waiting[0]?.length ?? 0) < 4) waiting = [Buffer.concat(waiting)];
      const wanted = (waiting[0]?.readUInt32BE(0) ?? 0) + 4;
      if (wanted > 4 << 20) return void channel.destroy();
      if (have < wanted) return;
      const all = waiting.length === 1 ? (waiting[0] as Buffer) : Buffer.concat(waiting);
      server.take(all.subarray(4, wanted));
      have = all.length - wanted;
      waiting = have > 0 ? [all.subarray(wanted)] : [];
    }
  });
  channel.on('end', () => {
    server.close();
    channel.exit?.(0);
    channel.end();
  });
  channel.on('close', () => server.close());
}

class Sftp {
  readonly #station: Station;
  readonly #who: Cred;
  readonly #home: string;
  readonly #send: (bytes: Buffer) => void;
  readonly #handles = new Map<string, Handle>();
  #next = 0;

  constructor(station: Station, send: (bytes: Buffer) => void) {
    this.#station = station;
    this.#who = station.accounts.cred(station.loginUser);
    this.#home = station.accounts.user(station.loginUser)?.home ?? '/';
    this.#send = send;
  }

  close(): void {
    this.#handles.clear();
  }

  #reply(type: number, ...parts: readonly Uint8Array[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, 1);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(length);
    head[4] = type;
    this.#send(Buffer.concat([head, ...parts]));
  }
  #status(id: number, code: number, message = ''): void {
    this.#reply(answer.status, number(id), number(code), text(message), text('en'));
  }

  take(message: Buffer): void {
    const type = message[0] ?? 0;
    if (type === kind.init) {
      const extensions = [
        'posix-rename@openssh.com',
        '1',
        'fsync@openssh.com',
        '1',
        'statvfs@openssh.com',
        '2',
        'hardlink@openssh.com',
        '1',
      ];
      return this.#reply(answer.version, number(3), ...extensions.map(text));
    }
    const id = message.readUInt32BE(1);
    try {
      this.#handle(type, id, new Fields(message, 5));
    } catch (thrown) {
      if (thrown instanceof DiskError) this.#status(id, codes[thrown.code] ?? failure, thrown.message);
      else this.#status(id, badMessage, 'Bad message');
    }
  }

  #path(given: string): string {
    return absolute(this.#home, given === '' ? '.' : given);
  }

  #handle(type: number, id: number, ask: Fields): void {
    const { tree } = this.#station;
    const who = this.#who;
    switch (type) {
      case kind.open:
        return this.#open(id, ask);
      case kind.close:
        return this.#status(id, this.#handles.delete(ask.text()) ? ok : failure);
      case kind.read: {
        const { file } = this.#file(ask);
        const offset = ask.long();
        const bytes = file.read(offset, Math.min(ask.number(), 256 * 1024));
        if (bytes.length === 0) return this.#status(id, end, 'End of file');
        return this.#reply(answer.data, number(id), number(bytes.length), bytes);
      }
      case kind.write: {
        const { file, append } = this.#file(ask);
        const offset = ask.long();
        file.write(append ? file.size : offset, ask.bytes());
        return this.#status(id, ok);
      }
      case kind.stat:
        return this.#reply(answer.attrs, number(id), attributes(tree.find(this.#path(ask.text()), who)));
      case kind.lstat:
        return this.#reply(
          answer.attrs,
          number(id),
          attributes(tree.find(this.#path(ask.text()), who, false)),
        );
      case kind.fstat:
        return this.#reply(answer.attrs, number(id), attributes(this.#file(ask).file.node));
      case kind.setstat: {
        const path = this.#path(ask.text());
        this.#set(tree.find(path, who), ask.attributes(), () => tree.open(path, { write: true }, who));
        return this.#status(id, ok);
      }
      case kind.fsetstat: {
        const { file } = this.#file(ask);
        this.#set(file.node, ask.attributes(), () => file);
        return this.#status(id, ok);
      }
      case kind.opendir:
        return this.#give(id, { names: tree.list(this.#path(ask.text()), who) });
      case kind.readdir:
        return this.#list(id, ask.text());
      case kind.remove:
        tree.unlink(this.#path(ask.text()), who);
        return this.#status(id, ok);
      case kind.mkdir: {
        const path = this.#path(ask.text());
        tree.makeFolder(path, (ask.attributes().mode ?? 0o777) & ~0o022, who);
        return this.#status(id, ok);
      }
      case kind.rmdir:
        tree.removeFolder(this.#path(ask.text()), who);
        return this.#status(id, ok);
      case kind.realpath:
        return this.#name(id, this.#real(this.#path(ask.text())));
      case kind.rename: {
        const [from, to] = [this.#path(ask.text()), this.#path(ask.text())];
        if (tree.peek(to, who, false)) throw new DiskError('EEXIST');
        tree.rename(from, to, who);
        return this.#status(id, ok);
      }
      case kind.readlink: {
        const node = tree.find(this.#path(ask.text()), who, false);
        if (node.kind !== 'link') throw new DiskError('EINVAL');
        return this.#name(id, node.target);
      }
      case kind.symlink: {
        // OpenSSH sends the target first, against the draft; everyone follows it.
        const target = ask.text();
        tree.makeLink(target, this.#path(ask.text()), who);
        return this.#status(id, ok);
      }
      case kind.extended:
        return this.#extended(id, ask);
      default:
        return this.#status(id, unsupported, 'Operation unsupported');
    }
  }

  #real(path: string): string {
    return this.#station.tree.peek(path, this.#who) ? this.#station.tree.realPath(path, this.#who) : path;
  }

  #name(id: number, name: string): void {
    this.#reply(answer.name, number(id), number(1), text(name), text(name), number(0));
  }

  #give(id: number, handle: Handle): void {
    const name = String((this.#next += 1));
    this.#handles.set(name, handle);
    this.#reply(answer.handle, number(id), text(name));
  }

  #file(ask: Fields): { readonly file: OpenFile; readonly append: boolean } {
    const handle = this.#handles.get(ask.text());
    if (!handle || !('file' in handle)) throw new DiskError('EBADF');
    return handle;
  }

  #open(id: number, ask: Fields): void {
    const path = this.#path(ask.text());
    const flags = ask.number();
    const mode = (ask.attributes().mode ?? 0o666) & ~0o022;
    const how = {
      write: (flags & 2) !== 0,
      append: (flags & 4) !== 0,
      create: (flags & 8) !== 0,
      truncate: (flags & 16) !== 0,
      exclusive: (flags & 32) !== 0,
    };
    const both = how.write && (flags & 1) !== 0;
    if (both && this.#station.tree.peek(path)) this.#station.tree.open(path, {}, this.#who);
    this.#give(id, { file: this.#station.tree.open(path, { ...how, mode }, this.#who), append: how.append });
  }

  #set(node: DiskNode, given: Attributes, open: () => OpenFile): void {
    const { tree } = this.#station;
    if (given.size !== undefined) open().truncate(given.size);
    if (given.mode !== undefined) tree.chmodNode(node, given.mode, this.#who);
    if (
      given.uid !== undefined &&
      given.gid !== undefined &&
      (given.uid !== node.uid || given.gid !== node.gid)
    ) {
      if (this.#who.uid !== 0) throw new DiskError('EPERM');
      Object.assign(node, { uid: given.uid, gid: given.gid });
    }
    if (given.modified !== undefined) tree.setTime(node, given.modified * 1000, this.#who);
  }

  #list(id: number, handle: string): void {
    const folder = this.#handles.get(handle);
    if (!folder || !('names' in folder)) throw new DiskError('EBADF');
    const some = folder.names.splice(0, 100);
    if (some.length === 0) return this.#status(id, end, 'End of file');
    const { accounts } = this.#station;
    const long = (name: string, node: DiskNode) =>
      `${modeText(node)} ${node.links} ${accounts.userName(node.uid)} ${accounts.groupName(node.gid)} ${node.kind === 'file' ? node.size : 4096} Jan  1 00:00 ${name}`;
    this.#reply(
      answer.name,
      number(id),
      number(some.length),
      ...some.flatMap(([name, node]) => [text(name), text(long(name, node)), attributes(node)]),
    );
  }

  #extended(id: number, ask: Fields): void {
    const { tree } = this.#station;
    switch (ask.text()) {
      case 'posix-rename@openssh.com':
        tree.rename(this.#path(ask.text()), this.#path(ask.text()), this.#who);
        return this.#status(id, ok);
      case 'fsync@openssh.com':
        this.#file(ask);
        this.#station.important();
        return this.#status(id, ok);
      case 'hardlink@openssh.com':
        tree.hardLink(this.#path(ask.text()), this.#path(ask.text()), this.#who);
        return this.#status(id, ok);
      case 'statvfs@openssh.com': {
        const path = this.#path(ask.text());
        tree.find(path, this.#who);
        const space = this.#station.space(this.#station.mountOf(path));
        const [all, free] = [Math.floor(space.bytes / 4096), Math.floor(space.free / 4096)];
        return this.#reply(
          201,
          number(id),
          ...[4096, 4096, all, free, free, space.inodes, space.inodesFree, space.inodesFree, 1, 0, 255].map(
            long,
          ),
        );
      }
      default:
        return this.#status(id, unsupported, 'Operation unsupported');
    }
  }
}
