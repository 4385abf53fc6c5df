import { mebibytes } from '../preflight/sight.ts';

/** Something on a node's disk that may go, by the kind of thing it is. */
export interface Goer {
  /** What is chosen by: a path, or `journal`, `apt`, `logs`, `tmp`. */
  readonly value: string;
  readonly kind:
    | 'etcd-old'
    | 'tls-old'
    | 'containerd-old'
    | 'snapshot'
    | 'archive'
    | 'journal'
    | 'apt'
    | 'logs'
    | 'tmp'
    | 'cores';
  readonly bytes: number;
  readonly files: number;
}

const server = '/var/lib/rancher/k3s/server';
const agent = '/var/lib/rancher/k3s/agent';

/** Folders and files that may go, by their whole path. Nothing else is ever removed by its path. */
const places: readonly (readonly [Goer['kind'], RegExp])[] = [
  ['etcd-old', new RegExp(`^${server}/db/etcd-(old|backup)-[A-Za-z0-9._-]+$`)],
  ['etcd-old', new RegExp(`^${server}/db-old-[A-Za-z0-9._-]+$`)],
  ['tls-old', new RegExp(`^${server}/tls-[A-Za-z0-9._-]+$`)],
  ['containerd-old', new RegExp(`^${agent}/containerd\\.(bad|old)[A-Za-z0-9._-]*$`)],
  ['snapshot', new RegExp(`^${server}/db/snapshots/[A-Za-z0-9][A-Za-z0-9._-]*$`)],
  ['archive', new RegExp(`^${agent}/images/[A-Za-z0-9][A-Za-z0-9._-]*$`)],
];
const words = ['journal', 'apt', 'logs', 'tmp', 'cores'] as const;

/** What kind of thing a choice is; undefined when it may not go at all. */
export function kindOfGoer(value: string): Goer['kind'] | undefined {
  const word = words.find(one => one === value);
  return word ?? places.find(([, form]) => form.test(value))?.[0];
}

/** Reads `goer=<bytes> <files> <what>` values; what may not go is left out, and so is what is empty. */
export const goersIn = (lines: readonly string[]): readonly Goer[] =>
  lines.flatMap(line => {
    const found = /^(\d+) (\d+) (.+)$/.exec(line);
    const value = found?.[3] ?? '';
    const kind = kindOfGoer(value);
    const [bytes, files] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
    return kind === undefined || (bytes === 0 && files === 0) ? [] : [{ value, kind, bytes, files }];
  });

/** An image archive of K3s by its name; other archives are somebody's own and never offered. */
export const isK3sArchive = (path: string): boolean =>
  /\/k3s-airgap-images-[a-z0-9]+\.tar(\.\w+)?$/.test(path);

export interface Archive {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Archives that surely belong to another version than the running one, by their hash; only when the running version's own
 * is there as well. `known` gives the K3s versions whose bundles carry a file of this hash.
 */
export function oldArchives(
  there: readonly Archive[],
  running: string | undefined,
  known: (sha256: string) => readonly string[],
): readonly string[] {
  const archives = there.filter(({ path }) => isK3sArchive(path));
  if (running === undefined || !archives.some(({ sha256 }) => known(sha256).includes(running))) return [];
  return archives
    .filter(({ sha256 }) => known(sha256).length > 0 && !known(sha256).includes(running))
    .map(({ path }) => path);
}

/** The newest snapshot always stays; `snapshots` are paths with their times. */
export const oldSnapshots = (
  snapshots: readonly { readonly path: string; readonly at: number }[],
): readonly string[] =>
  snapshots
    .toSorted((a, b) => b.at - a.at)
    .slice(1)
    .map(({ path }) => path);

const names: Readonly<Record<Goer['kind'], string>> = {
  'etcd-old': 'Old data of etcd, put aside by an earlier restore',
  'tls-old': 'Old certificates, put aside by an earlier reset',
  'containerd-old': 'A broken containerd folder, put aside earlier',
  snapshot: 'A snapshot that is not the newest (removed only when it is intact on the laptop)',
  archive: 'Images of another K3s version',
  journal: 'The system’s journal, all but its last 64 MiB',
  apt: 'Packages that are installed already',
  logs: 'Old logs that were rotated away',
  tmp: 'Temporary files nobody touched for ten days',
  cores: 'Memory dumps of crashed programs',
};

export const goerLabel = ({ value, kind, bytes, files }: Goer): { label: string; says: string } => ({
  label: `${value.startsWith('/') ? (value.split('/').at(-1) ?? value) : names[kind]}: ${mebibytes(bytes)}${files > 1 ? `, ${files} files` : ''}`,
  says: value.startsWith('/') ? `${names[kind]}: ${value}` : names[kind],
});

/** What is proposed: what nobody misses. Snapshots and data put aside are the technician's to choose. */
export const isProposed = ({ kind }: Goer): boolean =>
  ['journal', 'apt', 'logs', 'cores', 'tls-old'].includes(kind);

/** How full a disk is. */
export interface Fullness {
  readonly total: number;
  readonly free: number;
  readonly inodes: number | undefined;
  readonly freeInodes: number | undefined;
}

/** What keeps K3s from working, or soon will; undefined when there is room. The kubelet throws pods out below 5 % free. */
export function tooFull({ total, free, inodes, freeInodes }: Fullness): string | undefined {
  if (free < Math.min(total * 0.05, 2 * 2 ** 30) || free < 32 * 2 ** 20)
    return `${mebibytes(free)} free of ${mebibytes(total)}`;
  if (inodes !== undefined && freeInodes !== undefined && freeInodes < Math.min(inodes * 0.02, 10_000))
    return `${freeInodes} of ${inodes} inodes are left`;
  return undefined;
}
