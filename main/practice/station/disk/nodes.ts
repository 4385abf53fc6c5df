/** Who acts: decides which permission bits count. */
export interface Cred {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export const rootCred: Cred = { uid: 0, gid: 0, groups: [0] };

interface Meta {
  readonly ino: number;
  /** Permission bits including set-uid and sticky, e.g. 0o1777. */
  mode: number;
  uid: number;
  gid: number;
  /** Milliseconds since 1970. */
  modified: number;
  links: number;
  /** Lives on a tmpfs (/run, /dev/shm): takes no room on the disk, stays writable when the disk is not. */
  volatile?: boolean;
  /** A program opened it for reading since the station began to watch. */
  wasRead?: true;
  /** Room it takes beyond what it holds here: a large file, or a folder of very many, of which the station shows little. */
  claims?: { readonly bytes: number; readonly inodes: number };
}

export interface FileNode extends Meta {
  readonly kind: 'file';
  /** May be longer than `size`: room to grow. */
  content: Uint8Array;
  size: number;
  /** A program of the station that runs when this file is executed. */
  program?: string;
  /** Content made at each reading, as under /proc; such a file is never stored. */
  live?: () => string;
  /** What writing to a live file does, e.g. a switch under /proc/sys. */
  written?: (text: string) => void;
}
export interface FolderNode extends Meta {
  readonly kind: 'folder';
  readonly entries: Map<string, DiskNode>;
  /** Comes and goes with a process; never stored. */
  passing?: true;
}
export interface LinkNode extends Meta {
  readonly kind: 'link';
  readonly target: string;
}
export interface DeviceNode extends Meta {
  readonly kind: 'device';
  readonly device: 'null' | 'zero' | 'full' | 'random' | 'tty' | 'kmsg';
}
/** A named pipe; what is in it lives as long as somebody has it open. */
export interface FifoNode extends Meta {
  readonly kind: 'fifo';
}
export type DiskNode = FileNode | FolderNode | LinkNode | DeviceNode | FifoNode;

const texts = {
  EACCES: 'Permission denied',
  EBADF: 'Bad file descriptor',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  EXDEV: 'Invalid cross-device link',
  EBUSY: 'Device or resource busy',
  ETXTBSY: 'Text file busy',
} as const;

export type DiskErrorCode = keyof typeof texts;

/** What the kernel would answer; its message is what `strerror` gives. */
export class DiskError extends Error {
  readonly code: DiskErrorCode;
  constructor(code: DiskErrorCode) {
    super(texts[code]);
    this.name = 'DiskError';
    this.code = code;
  }
}

/** Whether these rights (4 read, 2 write, 1 execute or enter) are granted by the mode bits. */
export function allowed(node: DiskNode, who: Cred, rights: number): boolean {
  if (who.uid === 0) return (rights & 1) === 0 || node.kind === 'folder' || (node.mode & 0o111) !== 0;
  const shift = node.uid === who.uid ? 6 : who.groups.includes(node.gid) || who.gid === node.gid ? 3 : 0;
  return ((node.mode >> shift) & rights) === rights;
}
