import { withoutEscapes } from './escapes.ts';

/** How `k3s etcd-snapshot save` ended. */
export type Saved =
  | { readonly is: 'saved'; readonly name: string }
  /** Only the server's journal tells more, on the line that holds this number. */
  | { readonly is: 'see-journal'; readonly errorId: string }
  | { readonly is: 'busy' }
  | { readonly is: 'learner' }
  | { readonly is: 'down'; readonly line: string }
  | { readonly is: 'no-etcd'; readonly line: string }
  | { readonly is: 'no-k3s' }
  | { readonly is: 'unknown'; readonly line: string };

const fragments: readonly (readonly [RegExp, 'busy' | 'learner'])[] = [
  [/snapshot save already in progress/, 'busy'],
  [/not supported for learner/, 'learner'],
];
const down =
  /connection refused|no such host|i\/o timeout|context deadline exceeded|503 Service Unavailable|starting up|token: no such file|not healthy|EOF\s*$/im;
const noEtcd =
  /etcd datastore (?:is )?(?:disabled|not (?:found|in use))|etcd.*not (?:enabled|managed)|requires etcd/i;

/** Reads the outcome from the exit status and both streams. Warnings about unknown flags in config.yaml mean nothing. */
export function saved(code: number | null, stdout: string, stderr: string): Saved {
  const lines = `${stderr}\n${stdout}`
    .split('\n')
    .filter(line => line.trim() !== '' && !/Unknown flag .* found in config\.yaml, skipping/.test(line));
  const text = lines.join('\n');
  // Releases before April 2024 save by themselves and name only the file; the caller looks whether it is there.
  const name = (/Snapshot ([^\s"]+) saved\./.exec(text) ??
    /Saving etcd snapshot to \/[^\s"]*\/([^\s"/]+)/.exec(text))?.[1];
  if (code === 0 && name !== undefined) return { is: 'saved', name };
  if (code === 127 || code === 126) return { is: 'no-k3s' };
  for (const [fragment, is] of fragments) if (fragment.test(text)) return { is };
  const errorId = /etcd-snapshot error ID (\d+)/.exec(text)?.[1];
  if (errorId !== undefined) return { is: 'see-journal', errorId };
  const line = spoken(
    lines.findLast(each => /level=(?:fatal|error)|error/i.test(each)) ?? lines.at(-1) ?? '',
  );
  if (noEtcd.test(text)) return { is: 'no-etcd', line };
  if (down.test(text)) return { is: 'down', line };
  return { is: 'unknown', line };
}

/** What a logfmt line says, without its time and level. */
export function spoken(line: string): string {
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  const plain = message === undefined ? line : message.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
  return withoutEscapes(plain).trim();
}

/** What the journal said about an error that the command only gave a number for. */
export function saidInJournal(journal: string, errorId: string): string | undefined {
  const line = journal
    .split('\n')
    .findLast(each => new RegExp(`etcd-snapshot error ID ${errorId}\\b`).test(each));
  return line === undefined ? undefined : spoken(line);
}

/** Free space to leave below kubelet's eviction limit: K3s evicts pods at 5 % free. */
const evictionShare = 0.05;

/** Whether a node has room for another snapshot: twice the database, and pods are still not evicted. */
export function roomToSave(space: {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly databaseBytes: number;
}): { readonly enough: boolean; readonly wantedBytes: number } {
  const wantedBytes = 2 * space.databaseBytes + Math.ceil(space.totalBytes * evictionShare);
  return { enough: space.freeBytes >= wantedBytes, wantedBytes };
}
