import { randomFillSync } from 'node:crypto';
import type { DiskNode } from './nodes.ts';
import { DiskError } from './nodes.ts';
import type { Tree } from './tree.ts';

const nothing = new Uint8Array(0);

/** An opened file or device of the node. Offsets are the caller's. */
export class OpenFile {
  readonly node: DiskNode;
  readonly #tree: Tree;
  /** A live file keeps what it showed when reading began, so a slow reader sees one state. */
  #shown: Uint8Array | undefined;
  #draft = '';

  constructor(tree: Tree, node: DiskNode) {
    this.#tree = tree;
    this.node = node;
  }

  get size(): number {
    return this.node.kind === 'file' ? this.node.size : 0;
  }

  /** Up to `length` bytes; none at the end. The bytes are the file's own: copy before keeping them. */
  read(offset: number, length: number): Uint8Array {
    const { node } = this;
    if (node.kind === 'folder') throw new DiskError('EISDIR');
    if (node.kind === 'device') return this.#readDevice(node.device, length);
    if (node.kind !== 'file') return nothing;
    if (node.live) {
      this.#shown ??= new TextEncoder().encode(node.live());
      return this.#shown.subarray(offset, offset + length);
    }
    return node.content.subarray(Math.min(offset, node.size), Math.min(node.size, offset + length));
  }

  #readDevice(device: string, length: number): Uint8Array {
    const bytes = Math.min(length, 65536);
    if (device === 'zero' || device === 'full') return new Uint8Array(bytes);
    return device === 'random' ? randomFillSync(new Uint8Array(bytes)) : nothing;
  }

  write(offset: number, bytes: Uint8Array): void {
    const { node } = this;
    if (node.kind === 'folder') throw new DiskError('EISDIR');
    if (node.kind === 'device' && node.device === 'full') throw new DiskError('ENOSPC');
    if (node.kind === 'device' && node.device === 'kmsg')
      return this.#tree.kmsg(new TextDecoder().decode(bytes));
    if (node.kind !== 'file') return;
    if (node.live) {
      this.#draft += new TextDecoder().decode(bytes);
      return node.written?.(this.#draft);
    }
    const end = offset + bytes.length;
    if (end > node.size) this.#grow(end);
    node.content.set(bytes, offset);
    delete node.program;
    this.#tree.touch(node);
  }

  #grow(size: number): void {
    const { node } = this;
    if (node.kind !== 'file') return;
    if (node.links > 0 && !node.volatile) this.#tree.account(size - node.size);
    if (size > node.content.length) {
      const roomier = new Uint8Array(Math.max(size, node.content.length * 2, 256));
      roomier.set(node.content.subarray(0, node.size));
      node.content = roomier;
    }
    node.size = size;
  }

  truncate(size: number): void {
    const { node } = this;
    if (node.kind !== 'file' || node.live) return;
    if (node.claims) this.#tree.claim(node, 0, 0);
    if (size > node.size) this.#grow(size);
    else {
      if (node.links > 0 && !node.volatile) this.#tree.account(size - node.size);
      node.content.fill(0, size, node.size);
      node.size = size;
      if (size === 0) node.content = nothing;
    }
    this.#tree.touch(node);
  }
}
