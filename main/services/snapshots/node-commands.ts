import { isAbsolute } from 'node:path/posix';
import { parse } from 'yaml';
import { FieldError } from '../../../preload/contract/failure.ts';
import { Secret } from '../../core/secret.ts';
import { script, sh } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import type { Exit, Link } from '../../ports.ts';

/** By full path: under sudo the search path may lack /usr/local/bin. */
export const k3s = '/usr/local/bin/k3s';

const quick = 30_000;
/** K3s gives itself two minutes for a snapshot, more with S3. */
const saving = 10 * 60_000;
/** A database of 8 GiB on a slow card. */
const hashing = 15 * 60_000;

const asRoot = (
  link: Link,
  command: Sh,
  signal: AbortSignal,
  timeoutMs: number,
  keepBytes?: number,
): Promise<Exit> =>
  link.exec(command, { signal, as: 'root', timeoutMs, ...(keepBytes === undefined ? {} : { keepBytes }) });

/** Where K3s keeps its data on this node. */
export interface Layout {
  readonly dataDir: string;
  readonly snapshotDir: string;
}

// Only these two lines leave the node; the configuration holds the token as well.
const layoutScript = `for f in /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.d/*.yaml; do
  if [ -f "$f" ]; then sed -n -e '/^data-dir:/p' -e '/^etcd-snapshot-dir:/p' "$f"; fi
done`;

/** Reads the two folders from K3s' configuration; a later file wins, and what is not set is K3s' default. */
export async function layoutOf(link: Link, signal: AbortSignal): Promise<Layout> {
  const { stdout } = await asRoot(link, script(layoutScript), signal, quick);
  const set = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const value = yamlValue(line);
    if (value !== undefined && isAbsolute(value)) set.set(line.slice(0, line.indexOf(':')), value);
  }
  const dataDir = set.get('data-dir') ?? '/var/lib/rancher/k3s';
  return { dataDir, snapshotDir: set.get('etcd-snapshot-dir') ?? `${dataDir}/server/db/snapshots` };
}

function yamlValue(line: string): string | undefined {
  try {
    const [value] = Object.values((parse(line) ?? {}) as Record<string, unknown>);
    return typeof value === 'string' ? value.replace(/(?<=.)\/+$/, '') : undefined;
  } catch {
    return undefined;
  }
}

export const save = (link: Link, signal: AbortSignal): Promise<Exit> =>
  asRoot(link, sh`${k3s} etcd-snapshot save`, signal, saving);

export const list = (link: Link, signal: AbortSignal): Promise<Exit> =>
  asRoot(link, sh`${k3s} etcd-snapshot ls -o json`, signal, 2 * 60_000, 16 * 1024 * 1024);

const diskScript = `for f in "$1"/*; do
  if [ -f "$f" ]; then printf '%s %s\\0' "$(stat -c '%s %Y' "$f")" "\${f##*/}"; fi
done`;

/** The snapshot folder itself, for when K3s does not run: size, seconds and name, each ended by NUL. */
export const listFolder = async (link: Link, folder: string, signal: AbortSignal): Promise<string> =>
  (await asRoot(link, script(diskScript, folder), signal, quick, 4 * 1024 * 1024)).stdout;

/** The server's own journal, for an error that the command only gave a number for. */
export const journal = async (link: Link, signal: AbortSignal): Promise<string> =>
  (
    await asRoot(
      link,
      script(
        'journalctl -u k3s --no-pager -o cat -n 2000 2>/dev/null || tail -n 2000 /var/log/k3s.log 2>/dev/null || :',
      ),
      signal,
      quick,
      4 * 1024 * 1024,
    )
  ).stdout;

export interface NodeSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly databaseBytes: number;
}

/** Room on the file system that holds snapshots, and the size of the database. Nothing without an embedded etcd. */
export async function spaceFor(
  link: Link,
  layout: Layout,
  signal: AbortSignal,
): Promise<NodeSpace | undefined> {
  const db = `${layout.dataDir}/server/db`;
  // The default folder is made by the first snapshot; until then its parent tells.
  const at = layout.snapshotDir === `${db}/snapshots` ? db : layout.snapshotDir;
  const used = await asRoot(link, sh`du -sk ${`${db}/etcd`}`, signal, quick);
  if (used.code !== 0) return undefined;
  const free = await asRoot(link, sh`df -Pk ${at}`, signal, quick);
  const [, total, , available] = /(\d+)\s+(\d+)\s+(\d+)\s+\d+%/.exec(free.stdout) ?? [];
  const database = /^(\d+)/m.exec(used.stdout)?.[1];
  if (free.code !== 0 || total === undefined || available === undefined || database === undefined)
    throw new FieldError({
      code: 'could-not',
      says: 'The free space on the node could not be measured, so no snapshot was taken.',
      about: at,
      untouched: 'Nothing was changed on the node.',
      next: 'Run `df -Pk` on this folder in the terminal and look at its answer.',
    });
  return {
    freeBytes: Number(available) * 1024,
    totalBytes: Number(total) * 1024,
    databaseBytes: Number(database) * 1024,
  };
}

/** SHA-256 of a file on the node, computed there. */
export async function hashOn(link: Link, path: string, signal: AbortSignal): Promise<string> {
  const exit = await asRoot(link, sh`sha256sum ${path}`, signal, hashing);
  // coreutils puts a backslash before the line when the name needs one.
  const hash = /^\\?([0-9a-f]{64})\s/.exec(exit.stdout)?.[1];
  if (exit.code === 0 && hash !== undefined) return hash;
  throw new FieldError({
    code: 'could-not',
    says: 'The node could not compute the hash of the snapshot, so there is nothing to compare a copy with.',
    about: path,
    untouched: 'Nothing was pulled.',
    next: `Look at the file in the terminal. The node said: ${exit.stderr.trim().slice(0, 200) || 'nothing'}`,
  });
}

/** The K3s version of the node, such as `v1.33.5+k3s1`; nothing when its binary does not say. */
export async function versionOn(link: Link, signal: AbortSignal): Promise<string | undefined> {
  const { stdout } = await link.exec(sh`${k3s} --version`, { signal, timeoutMs: quick });
  return /^k3s version (v\S+)/m.exec(stdout)?.[1];
}

/** The server token that opens this node's snapshots; nothing where there is none to read. */
export async function tokenOn(link: Link, layout: Layout, signal: AbortSignal): Promise<Secret | undefined> {
  const path = `${layout.dataDir}/server/token`;
  // A link of K3s' own making may stand there, so what counts is whether it can be read.
  const there = await asRoot(link, sh`test -s ${path}`, signal, quick);
  if (there.code !== 0) return undefined;
  const bytes = await link.readFile(path, { signal, as: 'root', mostBytes: 4096 });
  const text = Buffer.from(bytes).toString().trim();
  return text === '' ? undefined : new Secret(text);
}
