import type { DiskNode, FileNode, FolderNode } from './disk/nodes.ts';
import type { Tree } from './disk/tree.ts';

interface Packed {
  k: DiskNode['kind'];
  m: number;
  u: number;
  g: number;
  t: number;
  v?: 1;
  p?: string;
  /** Was read. */
  r?: 1;
  /** Room it claims: bytes and inodes. */
  x?: [number, number];
  /** Entries of a folder: name and number of the node. */
  e?: [string, number][];
  /** A file's bytes: offset and length in the body. */
  c?: [number, number];
  l?: string;
  d?: string;
}

/** The whole tree as a list of nodes (hard links stay links) and one body of file contents. Live files are left out. */
export function pack(tree: Tree): { nodes: Packed[]; body: Uint8Array[] } {
  const nodes: Packed[] = [];
  const body: Uint8Array[] = [];
  const numbers = new Map<DiskNode, number>();
  let offset = 0;
  const add = (node: DiskNode): number => {
    const there = numbers.get(node);
    if (there !== undefined) return there;
    const number = nodes.length;
    numbers.set(node, number);
    const packed: Packed = { k: node.kind, m: node.mode, u: node.uid, g: node.gid, t: node.modified };
    nodes.push(packed);
    if (node.volatile) packed.v = 1;
    if (node.wasRead) packed.r = 1;
    if (node.claims) packed.x = [node.claims.bytes, node.claims.inodes];
    if (node.kind === 'link') packed.l = node.target;
    if (node.kind === 'device') packed.d = node.device;
    if (node.kind === 'file') {
      packed.c = [offset, node.size];
      if (node.program) packed.p = node.program;
      body.push(node.content.subarray(0, node.size));
      offset += node.size;
    }
    if (node.kind === 'folder')
      packed.e = [...node.entries]
        .filter(([, child]) => !isLive(child))
        .map(([name, child]) => [name, add(child)]);
    return number;
  };
  add(tree.root);
  return { nodes, body };
}

const isLive = (node: DiskNode): boolean =>
  (node.kind === 'file' && node.live !== undefined) || (node.kind === 'folder' && node.passing === true);

/** Puts a packed tree in the place of what the tree held. Throws when the pack makes no sense. */
export function unpack(tree: Tree, nodes: readonly Packed[], body: Uint8Array): void {
  const made = new Map<number, DiskNode>();
  let ino = 2;
  tree.used = 0;
  tree.inodesUsed = 0;
  const make = (number: number): DiskNode => {
    const there = made.get(number);
    if (there) {
      there.links += 1;
      return there;
    }
    const packed = nodes[number];
    if (!packed) throw new Error('a file of the practice node is missing from its state');
    const node = bare(packed, body, (ino += 1));
    made.set(number, node);
    if (node.kind === 'file' && !node.volatile) tree.used += node.size;
    if (!node.volatile) tree.inodesUsed += 1;
    if (packed.r) node.wasRead = true;
    if (packed.x) tree.claim(node, ...packed.x);
    if (node.kind === 'folder')
      for (const [name, child] of packed.e ?? []) node.entries.set(name, make(child));
    return node;
  };
  const root = make(0) as FolderNode;
  Object.assign(tree.root, { mode: root.mode, modified: root.modified });
  tree.root.entries.clear();
  for (const [name, node] of root.entries) tree.root.entries.set(name, node);
}

function bare(packed: Packed, body: Uint8Array, ino: number): DiskNode {
  const meta = {
    ino,
    mode: packed.m,
    uid: packed.u,
    gid: packed.g,
    modified: packed.t,
    links: 1,
    ...(packed.v ? { volatile: true } : {}),
  };
  if (packed.k === 'folder') return { kind: 'folder', entries: new Map(), ...meta };
  if (packed.k === 'fifo') return { kind: 'fifo', ...meta };
  if (packed.k === 'link') return { kind: 'link', target: packed.l ?? '', ...meta };
  if (packed.k === 'device') return { kind: 'device', device: (packed.d ?? 'null') as 'null', ...meta };
  const [offset, size] = packed.c ?? [0, 0];
  if (offset + size > body.length) throw new Error('the state of the practice node is cut short');
  const file: FileNode = { kind: 'file', content: body.slice(offset, offset + size), size, ...meta };
  if (packed.p !== undefined) file.program = packed.p;
  return file;
}
