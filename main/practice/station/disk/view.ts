import type { IFileSystem } from 'just-bash';
import type { Cred, DiskNode } from './nodes.ts';
import { absolute } from './paths.ts';
import type { Tree } from './tree.ts';

const bytes = (content: string | Uint8Array, how?: unknown): Uint8Array =>
  typeof content === 'string'
    ? Buffer.from(content, how === 'binary' || how === 'latin1' ? 'latin1' : 'utf8')
    : content;

const meta = (node: DiskNode) => ({
  isFile: node.kind === 'file' || node.kind === 'device',
  isDirectory: node.kind === 'folder',
  isSymbolicLink: node.kind === 'link',
  mode: node.mode,
  size: node.kind === 'file' ? (node.live?.().length ?? node.size) : 0,
  mtime: new Date(node.modified),
  ino: node.ino,
});

/** The node's disk as just-bash's text tools see it, with one user's rights. */
export class DiskView implements IFileSystem {
  readonly #tree: Tree;
  readonly #who: Cred;
  constructor(tree: Tree, who: Cred) {
    this.#tree = tree;
    this.#who = who;
  }

  #read(path: string): Buffer {
    const file = this.#tree.open(path, {}, this.#who);
    const node = file.node;
    return Buffer.from(file.read(0, node.kind === 'file' && node.live ? 1 << 22 : file.size));
  }
  async readFile(path: string, how?: unknown): Promise<string> {
    const encoding = typeof how === 'object' && how !== null && 'encoding' in how ? how.encoding : how;
    return this.#read(path).toString(encoding === 'binary' || encoding === 'latin1' ? 'latin1' : 'utf8');
  }
  async readFileBuffer(path: string): Promise<Uint8Array> {
    return this.#read(path);
  }
  async writeFile(path: string, content: string | Uint8Array, how?: unknown): Promise<void> {
    const file = this.#tree.open(path, { write: true, create: true, truncate: true }, this.#who);
    file.write(
      0,
      bytes(content, typeof how === 'object' && how !== null && 'encoding' in how ? how.encoding : how),
    );
  }
  async appendFile(path: string, content: string | Uint8Array, how?: unknown): Promise<void> {
    const file = this.#tree.open(path, { write: true, create: true }, this.#who);
    file.write(file.size, bytes(content, how));
  }
  async exists(path: string): Promise<boolean> {
    return this.#tree.peek(path, this.#who) !== undefined;
  }
  async stat(path: string) {
    return meta(this.#tree.find(path, this.#who));
  }
  async lstat(path: string) {
    return meta(this.#tree.find(path, this.#who, false));
  }
  async mkdir(path: string, how?: { recursive?: boolean }): Promise<void> {
    if (how?.recursive) this.#tree.makeFolders(path, 0o755, this.#who);
    else this.#tree.makeFolder(path, 0o755, this.#who);
  }
  async readdir(path: string): Promise<string[]> {
    return this.#tree.list(path, this.#who).map(([name]) => name);
  }
  async rm(path: string, how?: { recursive?: boolean; force?: boolean }): Promise<void> {
    const node = this.#tree.peek(path, this.#who, false);
    if (!node && how?.force) return;
    if (node?.kind !== 'folder') return this.#tree.unlink(path, this.#who);
    if (how?.recursive)
      for (const [name] of this.#tree.list(path, this.#who)) await this.rm(`${path}/${name}`, how);
    this.#tree.removeFolder(path, this.#who);
  }
  async cp(from: string, to: string): Promise<void> {
    await this.writeFile(to, this.#read(from));
  }
  async mv(from: string, to: string): Promise<void> {
    this.#tree.rename(from, to, this.#who);
  }
  resolvePath(base: string, path: string): string {
    return absolute(base, path);
  }
  getAllPaths(): string[] {
    return [];
  }
  async chmod(path: string, mode: number): Promise<void> {
    this.#tree.chmod(path, mode, this.#who);
  }
  async symlink(target: string, path: string): Promise<void> {
    this.#tree.makeLink(target, path, this.#who);
  }
  async link(from: string, to: string): Promise<void> {
    this.#tree.hardLink(from, to, this.#who);
  }
  async readlink(path: string): Promise<string> {
    const node = this.#tree.find(path, this.#who, false);
    return node.kind === 'link' ? node.target : '';
  }
  async realpath(path: string): Promise<string> {
    return this.#tree.realPath(path, this.#who);
  }
  async utimes(path: string, _: Date, modified: Date): Promise<void> {
    this.#tree.setTime(this.#tree.find(path, this.#who), modified.getTime(), this.#who);
  }
}
