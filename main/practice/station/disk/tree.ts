import type { Cred, DeviceNode, DiskNode, FileNode, FolderNode } from './nodes.ts';
import { allowed, DiskError, rootCred } from './nodes.ts';
import { OpenFile } from './open-file.ts';

export interface OpenHow {
  readonly write?: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  /** Permission bits of a file made now, the umask already taken off. */
  readonly mode?: number;
}

const most = 40;

/** The file tree of a pretended node: owners, permission bits, links and a limited size, all in memory. */
export class Tree {
  readonly root: FolderNode;
  readonly #now: () => number;
  /** Bytes the file system of `/` can hold, and how many are taken by what the station does not show. */
  capacity = 32 * 2 ** 30;
  reserved = 3.1 * 2 ** 30;
  used = 0;
  /** Files and folders it holds that the station does not show, and those it does. */
  inodesReserved = 61_204;
  inodesUsed = 0;
  readOnly = false;
  /** What writing to /dev/kmsg does. */
  kmsg: (text: string) => void = () => undefined;
  /** Called after every change. */
  changed: () => void = () => undefined;
  #lastIno = 1;

  constructor(now: () => number) {
    this.#now = now;
    this.root = { kind: 'folder', entries: new Map(), ...this.#meta(0o755, rootCred), ino: 2, links: 2 };
  }

  #meta(mode: number, who: Cred) {
    return { ino: ++this.#lastIno + 1, mode, uid: who.uid, gid: who.gid, modified: this.#now(), links: 1 };
  }

  get free(): number {
    return Math.max(0, this.capacity - this.reserved - this.used);
  }

  get inodes(): number {
    return Math.round(this.capacity / 16_384);
  }
  get inodesFree(): number {
    return Math.max(0, this.inodes - this.inodesReserved - this.inodesUsed);
  }

  /** Lets a file or folder take more room than it holds here. */
  claim(node: DiskNode, bytes: number, inodes: number): void {
    this.used += bytes - (node.claims?.bytes ?? 0);
    this.inodesUsed += inodes - (node.claims?.inodes ?? 0);
    node.claims = { bytes, inodes };
    this.changed();
  }
  #giveBack(node: DiskNode): void {
    if (!node.volatile) this.inodesUsed -= 1 + (node.claims?.inodes ?? 0);
    this.used -= node.claims?.bytes ?? 0;
  }

  /** Takes or gives back room on the disk; throws ENOSPC when there is none. */
  account(bytes: number): void {
    if (bytes > this.free) throw new DiskError('ENOSPC');
    this.used += bytes;
  }

  /** What is at this absolute path. Throws as the kernel would. */
  find(path: string, who: Cred, follow = true): DiskNode {
    return this.#walk(path, who, follow, most);
  }

  /** The same without throwing for what is not there. */
  peek(path: string, who: Cred = rootCred, follow = true): DiskNode | undefined {
    try {
      return this.find(path, who, follow);
    } catch {
      return undefined;
    }
  }

  #walk(path: string, who: Cred, follow: boolean, left: number): DiskNode {
    if (left === 0) throw new DiskError('ELOOP');
    let node: DiskNode = this.root;
    const trail: FolderNode[] = [];
    const parts = path.split('/').filter(part => part !== '' && part !== '.');
    for (const [i, part] of parts.entries()) {
      if (node.kind !== 'folder') throw new DiskError('ENOTDIR');
      if (!allowed(node, who, 1)) throw new DiskError('EACCES');
      if (part === '..') {
        node = trail.pop() ?? this.root;
        continue;
      }
      const next: DiskNode | undefined = node.entries.get(part);
      if (!next) throw new DiskError('ENOENT');
      if (next.kind === 'link' && (follow || i < parts.length - 1)) {
        const base = next.target.startsWith('/') ? '' : `/${parts.slice(0, i).join('/')}`;
        return this.#walk([base, next.target, ...parts.slice(i + 1)].join('/'), who, follow, left - 1);
      }
      trail.push(node);
      node = next;
    }
    return node;
  }

  folder(path: string, who: Cred): FolderNode {
    const node = this.find(path, who);
    if (node.kind !== 'folder') throw new DiskError('ENOTDIR');
    return node;
  }

  /** Folder and last name of a path whose last part need not exist. */
  #place(path: string, who: Cred): { folder: FolderNode; name: string } {
    const clean = path.replace(/\/+$/, '');
    const at = clean.lastIndexOf('/');
    const name = clean.slice(at + 1);
    if (name === '') throw new DiskError('EBUSY');
    return { folder: this.folder(clean.slice(0, at) || '/', who), name };
  }

  #placeToChange(path: string, who: Cred): { folder: FolderNode; name: string } {
    const place = this.#place(path, who);
    if (!allowed(place.folder, who, 3)) throw new DiskError('EACCES');
    this.#mayChange(place.folder);
    return place;
  }

  #mayChange(node: DiskNode): void {
    if (this.readOnly && !node.volatile) throw new DiskError('EROFS');
  }

  #put(path: string, who: Cred, make: (folder: FolderNode) => DiskNode): DiskNode {
    const place = this.#place(path, who);
    if (place.folder.entries.has(place.name)) throw new DiskError('EEXIST');
    const { folder, name } = this.#placeToChange(path, who);
    if (this.inodesFree <= 0 && !folder.volatile) throw new DiskError('ENOSPC');
    const node = make(folder);
    if (!folder.volatile) this.inodesUsed += 1;
    if (folder.volatile) node.volatile = true;
    folder.entries.set(name, node);
    this.touch(folder);
    return node;
  }

  /** From here on it counts anew which files are read. */
  forgetReads(node: DiskNode = this.root): void {
    delete node.wasRead;
    if (node.kind === 'folder') for (const child of node.entries.values()) this.forgetReads(child);
  }

  touch(node: DiskNode): void {
    node.modified = this.#now();
    this.changed();
  }

  open(path: string, how: OpenHow, who: Cred): OpenFile {
    let node = this.#existing(path, how, who);
    if (!node) {
      const real = this.#danglingTarget(path, who);
      node = this.#put(real, who, () => ({
        kind: 'file',
        content: new Uint8Array(0),
        size: 0,
        ...this.#meta(how.mode ?? 0o644, who),
      }));
    } else if (how.exclusive) throw new DiskError('EEXIST');
    if (node.kind === 'folder' && how.write) throw new DiskError('EISDIR');
    if (node.kind === 'file' && how.write && !node.live) this.#mayChange(node);
    if (node.kind === 'file' && !how.write) node.wasRead = true;
    const file = new OpenFile(this, node);
    if (how.truncate && how.write) file.truncate(0);
    return file;
  }

  #existing(path: string, how: OpenHow, who: Cred): DiskNode | undefined {
    try {
      const node = this.find(path, who);
      if (!allowed(node, who, how.write ? 2 : 4)) throw new DiskError('EACCES');
      return node;
    } catch (thrown) {
      if (how.create && thrown instanceof DiskError && thrown.code === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  /** Where a file is made when the path ends in a link that leads nowhere yet. */
  #danglingTarget(path: string, who: Cred): string {
    const node = this.peek(path, who, false);
    if (node?.kind !== 'link') return path;
    return node.target.startsWith('/')
      ? node.target
      : `${path.slice(0, path.lastIndexOf('/'))}/${node.target}`;
  }

  makeFolder(path: string, mode: number, who: Cred): FolderNode {
    const node = this.#put(path, who, folder => {
      folder.links += 1;
      return { kind: 'folder', entries: new Map(), ...this.#meta(mode, who), links: 2 };
    });
    return node as FolderNode;
  }

  makeFifo(path: string, mode: number, who: Cred): void {
    this.#put(path, who, () => ({ kind: 'fifo', ...this.#meta(mode, who) }));
  }

  makeFolders(path: string, mode: number, who: Cred): void {
    let at = '';
    for (const part of path.split('/').filter(Boolean)) {
      at += `/${part}`;
      const there = this.peek(at, who);
      if (!there) this.makeFolder(at, mode, who);
      else if (there.kind !== 'folder') throw new DiskError('EEXIST');
    }
  }

  makeLink(target: string, path: string, who: Cred): void {
    this.#put(path, who, () => ({ kind: 'link', target, ...this.#meta(0o777, who) }));
  }

  makeDevice(path: string, device: DeviceNode['device'], mode: number): void {
    this.#put(path, rootCred, () => ({ kind: 'device', device, ...this.#meta(mode, rootCred) }));
  }

  hardLink(from: string, to: string, who: Cred): void {
    const node = this.find(from, who, false);
    if (node.kind === 'folder') throw new DiskError('EPERM');
    this.#put(to, who, () => node);
    node.links += 1;
  }

  #mayUnlink(folder: FolderNode, node: DiskNode, who: Cred): void {
    const sticky = (folder.mode & 0o1000) !== 0;
    if (sticky && who.uid !== 0 && who.uid !== node.uid && who.uid !== folder.uid)
      throw new DiskError('EPERM');
  }

  #drop(node: DiskNode): void {
    node.links -= 1;
    if (node.kind === 'file' && node.links > 0) return;
    this.#giveBack(node);
    if (node.kind === 'file' && !node.live && !node.volatile) this.used -= node.size;
  }

  unlink(path: string, who: Cred): void {
    const { folder, name } = this.#place(path, who);
    const node = folder.entries.get(name);
    if (!node) throw new DiskError('ENOENT');
    if (node.kind === 'folder') throw new DiskError('EISDIR');
    this.#placeToChange(path, who);
    this.#mayUnlink(folder, node, who);
    folder.entries.delete(name);
    this.#drop(node);
    this.touch(folder);
  }

  removeFolder(path: string, who: Cred): void {
    const { folder, name } = this.#place(path, who);
    const node = folder.entries.get(name);
    if (!node) throw new DiskError('ENOENT');
    if (node.kind !== 'folder') throw new DiskError('ENOTDIR');
    if (node.entries.size > 0) throw new DiskError('ENOTEMPTY');
    this.#placeToChange(path, who);
    this.#mayUnlink(folder, node, who);
    folder.entries.delete(name);
    folder.links -= 1;
    this.#giveBack(node);
    this.touch(folder);
  }

  rename(from: string, to: string, who: Cred): void {
    const source = this.#placeToChange(from, who);
    const node = source.folder.entries.get(source.name);
    if (!node) throw new DiskError('ENOENT');
    const target = this.#placeToChange(to, who);
    const there = target.folder.entries.get(target.name);
    if (there === node) return;
    if (target.folder.volatile !== source.folder.volatile) throw new DiskError('EXDEV');
    this.#mayUnlink(source.folder, node, who);
    if (there?.kind === 'folder' && node.kind !== 'folder') throw new DiskError('EISDIR');
    if (there?.kind === 'folder' && there.entries.size > 0) throw new DiskError('ENOTEMPTY');
    if (there && there.kind !== 'folder' && node.kind === 'folder') throw new DiskError('ENOTDIR');
    if (node.kind === 'folder' && `${to}/`.startsWith(`${from}/`)) throw new DiskError('EINVAL');
    if (there) this.#drop(there);
    source.folder.entries.delete(source.name);
    target.folder.entries.set(target.name, node);
    this.touch(source.folder);
    this.touch(target.folder);
  }

  chmod(path: string, mode: number, who: Cred): void {
    this.chmodNode(this.find(path, who), mode, who);
  }

  chmodNode(node: DiskNode, mode: number, who: Cred): void {
    if (who.uid !== 0 && who.uid !== node.uid) throw new DiskError('EPERM');
    this.#mayChange(node);
    node.mode = mode & 0o7777;
    this.changed();
  }

  chown(path: string, uid: number | undefined, gid: number | undefined, who: Cred, follow = true): void {
    const node = this.find(path, who, follow);
    const ownGroup = gid === undefined || who.groups.includes(gid);
    const stays = uid === undefined || uid === node.uid;
    if (who.uid !== 0 && !(stays && ownGroup && who.uid === node.uid)) throw new DiskError('EPERM');
    this.#mayChange(node);
    node.uid = uid ?? node.uid;
    node.gid = gid ?? node.gid;
    this.changed();
  }

  setTime(node: DiskNode, modified: number, who: Cred): void {
    if (who.uid !== 0 && who.uid !== node.uid && !allowed(node, who, 2)) throw new DiskError('EPERM');
    this.#mayChange(node);
    node.modified = modified;
    this.changed();
  }

  list(path: string, who: Cred): [string, DiskNode][] {
    const folder = this.folder(path, who);
    if (!allowed(folder, who, 4)) throw new DiskError('EACCES');
    return [...folder.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The path with every link resolved. Throws for what is not there. */
  realPath(path: string, who: Cred): string {
    let at = '';
    for (const part of path.split('/').filter(p => p !== '' && p !== '.')) {
      if (part === '..') {
        at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
        continue;
      }
      const node = this.find(`${at}/${part}`, who, false);
      if (node.kind !== 'link') at = `${at}/${part}`;
      else
        at = this.realPath(node.target.startsWith('/') ? node.target : `${at}/${node.target}`, who).replace(
          /^\/$/,
          '',
        );
    }
    return at || '/';
  }

  // ── shortcuts for the station itself, acting as root ──────────────────────────────────────

  read(path: string): string {
    const node = this.find(path, rootCred);
    return new TextDecoder().decode(new OpenFile(this, node).read(0, Number.MAX_SAFE_INTEGER));
  }

  /** Writes a whole file, making its folders; gives its node. */
  write(path: string, content: string | Uint8Array, mode = 0o644, who: Cred = rootCred): FileNode {
    this.makeFolders(path.slice(0, path.lastIndexOf('/')) || '/', 0o755, rootCred);
    const file = this.open(path, { write: true, create: true, truncate: true, mode }, rootCred);
    file.write(0, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    const node = file.node as FileNode;
    node.mode = mode;
    node.uid = who.uid;
    node.gid = who.gid;
    return node;
  }

  removeAll(path: string): void {
    const node = this.peek(path, rootCred, false);
    if (!node) return;
    if (node.kind !== 'folder') return this.unlink(path, rootCred);
    for (const name of node.entries.keys()) this.removeAll(`${path}/${name}`);
    this.removeFolder(path, rootCred);
  }
}
