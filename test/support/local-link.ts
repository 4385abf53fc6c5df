import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { Exit, Link, Links, Target, WhoIsThere } from '../../main/ports.ts';

/** A link that runs its commands in a real shell of this machine: for tests of what scripts do, not of how links behave. */
export interface LocalLink extends Link {
  /** Cuts the line as a pulled cable would. */
  cut(): void;
  readonly isClosed: boolean;
}

export function localLink(
  options: {
    readonly who?: Partial<WhoIsThere>;
    /** Program and arguments that take the script after `-c`; default `sh`. */
    readonly shell?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly hostKey?: string;
  } = {},
): LocalLink {
  const lost = Promise.withResolvers<void>();
  let isClosed = false;
  const [program = 'sh', ...args] = options.shell ?? ['sh'];
  const never = (): never => {
    throw new Error('a local link cannot do that');
  };
  return {
    kind: 'ssh',
    who: { hostname: 'local', machineId: 'a'.repeat(32), bootId: 'boot', ...options.who },
    ...(options.hostKey === undefined ? {} : { hostKey: options.hostKey }),
    lost: lost.promise,
    cut: lost.resolve,
    get isClosed() {
      return isClosed;
    },
    async close() {
      isClosed = true;
      lost.resolve();
    },
    exec: async (command, { signal }) =>
      await new Promise<Exit>((done, failed) => {
        const child = spawn(program, [...args, '-c', command.text], {
          signal,
          stdio: ['ignore', 'pipe', 'pipe'],
          ...(options.env ? { env: options.env } : {}),
        });
        let [stdout, stderr] = ['', ''];
        child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
        child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
        child.on('error', failed);
        child.on('close', (code, signal) => {
          done({ code, signal, stdout, stderr, truncated: false });
        });
      }),
    async stat(path) {
      const found = await stat(path).catch(() => undefined);
      return (
        found && {
          kind: found.isDirectory() ? 'folder' : 'file',
          bytes: found.size,
          mode: found.mode & 0o7777,
          uid: found.uid,
          gid: found.gid,
          modified: Math.floor(found.mtimeMs / 1000),
        }
      );
    },
    shell: never,
    readFile: never,
    writeFile: never,
    upload: never,
    download: never,
    sudo: never,
  };
}

/** Links that give what `open` gives, and remember whom they were opened for. */
export function localLinks(
  open: (target: Target, signal: AbortSignal) => Link | Promise<Link>,
): Links & { readonly targets: Target[]; readonly trusted: string[] } {
  const targets: Target[] = [];
  const trusted: string[] = [];
  return {
    targets,
    trusted,
    async open(target, signal) {
      targets.push(target);
      return await open(target, signal);
    },
    async trust(_target, fingerprint) {
      trusted.push(fingerprint);
    },
    trustByCable: () => Promise.resolve([]),
  };
}
