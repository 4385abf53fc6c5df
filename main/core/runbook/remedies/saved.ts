/** A file on a node's disk. */
export interface OnDisk {
  readonly path: string;
  readonly bytes: number;
}

/** Reads lines of `bytes path`; each path once, in the order they came. */
export function onTheDisk(stdout: string): readonly OnDisk[] {
  const found = new Map<string, OnDisk>();
  for (const line of stdout.split('\n')) {
    const parts = /^(\d+) (\/.+)$/.exec(line);
    const path = parts?.[2];
    if (path !== undefined && !found.has(path)) found.set(path, { path, bytes: Number(parts?.[1]) });
  }
  return [...found.values()];
}

/** Keys, tokens and settings are small texts, and lie sealed on the laptop; data lie there as snapshots do. */
export const isSealedAtHome = ({ path, bytes }: OnDisk): boolean =>
  bytes <= 262_144 &&
  (path.startsWith('/etc/') || /\/server\/(tls|cred|token|agent-token|node-token)(\/|$)/.test(path));

/** A name on the laptop that tells the path on the node and leads out of no folder. */
export const localName = (path: string): string =>
  path
    .replace(/^\/+/, '')
    .replaceAll('_', '__')
    .replaceAll('/', '_')
    .replaceAll(/[^A-Za-z0-9._-]/g, '+');
