import type { NodeSnapshot } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import { quantityBytes } from './quantity.ts';

type Json = Readonly<Record<string, unknown>>;
const object = (raw: unknown): Json =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Json) : {};
const string = (raw: unknown): string => (typeof raw === 'string' ? raw : '');

const unreadable = (cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'could-not',
      says: 'K3s answered with a snapshot list that Coldstart cannot read.',
      untouched: 'Nothing was changed on the node.',
      next: 'Run `k3s etcd-snapshot ls` in the terminal and look at its answer.',
    },
    { cause },
  );

/**
 * The snapshots in the answer of `k3s etcd-snapshot ls -o json`, newest first. Releases since April 2024 print a List of
 * ETCDSnapshotFile, older ones a flat array; an empty list may be `null`. Entries that failed keep their error.
 */
export function snapshotsListed(stdout: string): readonly NodeSnapshot[] {
  const entries = entriesOf(parsed(stdout)).map(entry =>
    'spec' in entry ? fromResource(entry) : fromFlat(entry),
  );
  return newestFirst(entries.filter(entry => entry.name !== ''));
}

export const newestFirst = (snapshots: readonly NodeSnapshot[]): readonly NodeSnapshot[] =>
  snapshots.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || a.name.localeCompare(b.name));

/** K3s may log a line before its answer; the answer starts at the first line that opens a JSON value. */
function parsed(stdout: string): unknown {
  const start = /^(?:[[{]|null\s*$)/m.exec(stdout);
  if (!start) {
    if (stdout.trim() === '') return null;
    throw unreadable();
  }
  try {
    return JSON.parse(stdout.slice(start.index));
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

function entriesOf(answer: unknown): readonly Json[] {
  if (answer === null) return [];
  if (Array.isArray(answer)) return answer.map(object);
  const items = object(answer)['items'];
  if (items === null || items === undefined) return [];
  if (Array.isArray(items)) return items.map(object);
  throw unreadable();
}

/** https://github.com/k3s-io/api k3s.cattle.io/v1 ETCDSnapshotFile */
function fromResource(entry: Json): NodeSnapshot {
  const [spec, status] = [object(entry['spec']), object(entry['status'])];
  const name = string(spec['snapshotName']);
  const error = string(object(status['error'])['message']);
  const token = string(
    object(object(entry['metadata'])['annotations'])['etcd.k3s.cattle.io/snapshot-token-hash'],
  );
  return {
    name,
    nodeName: string(spec['nodeName']),
    location: string(spec['location']),
    bytes: quantityBytes(status['size']) ?? 0,
    createdAt: instant(status['creationTime'], name),
    ready: status['readyToUse'] === true && error === '',
    ...(error === '' ? {} : { error }),
    ...(/^[0-9a-f]{12}$/.test(token) ? { tokenHash: token } : {}),
  };
}

/** The array that K3s printed before ETCDSnapshotFile: a failed entry has `status: failed` and a base64 `message`. */
function fromFlat(entry: Json): NodeSnapshot {
  const name = string(entry['name']);
  const error = entry['status'] === 'failed' ? plainMessage(string(entry['message'])) : '';
  const token = string(entry['tokenHash']);
  return {
    name,
    nodeName: string(entry['nodeName']),
    location: string(entry['location']),
    bytes: quantityBytes(entry['size']) ?? 0,
    createdAt: instant(entry['createdAt'], name),
    ready: error === '',
    ...(error === '' ? {} : { error }),
    ...(/^[0-9a-f]{12}$/.test(token) ? { tokenHash: token } : {}),
  };
}

function plainMessage(message: string): string {
  if (message === '') return 'K3s gave no reason.';
  const decoded = Buffer.from(message, 'base64');
  const isBase64 =
    decoded.toString('base64') === message && /^[\t\n\r -~]+$/.test(decoded.toString('latin1'));
  return isBase64 ? decoded.toString('latin1') : message;
}

function instant(raw: unknown, name: string): string {
  const at = new Date(string(raw));
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  const seconds = savedSeconds(name);
  return seconds === undefined ? '' : new Date(seconds * 1000).toISOString();
}

/** Unix seconds at the end of `<base>-<node>-<seconds>[.zip]`. Node names may hold dashes and dots themselves. */
export function savedSeconds(name: string): number | undefined {
  const digits = /-(\d{9,11})(?:\.zip)?$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Node name inside a snapshot's file name; nothing when the base is none of K3s' own. */
export const nodeNameIn = (name: string): string | undefined =>
  /^(?:etcd-snapshot|on-demand)-(.+)-\d{9,11}(?:\.zip)?$/.exec(name)?.[1];

/**
 * The absolute path on its node of a snapshot that can be pulled from there; nothing for one in S3. Throws `damaged`
 * when the entry names a file that cannot be what K3s wrote.
 */
export function pathOnNode(snapshot: NodeSnapshot): string | undefined {
  if (!snapshot.location.startsWith('file://')) return undefined;
  // K3s puts the path behind `file://` as it is; a percent sign in it stands for itself.
  const path = snapshot.location.slice('file://'.length);
  if (
    path.startsWith('/') &&
    !path.includes('\0') &&
    path.endsWith(`/${snapshot.name}`) &&
    !snapshot.name.includes('/')
  )
    return path;
  throw new FieldError({
    code: 'damaged',
    says: `K3s lists the snapshot ${snapshot.name} under a path that does not end in its name.`,
    about: snapshot.location,
    untouched: 'Nothing was pulled.',
    next: 'Look at the file on the node in the terminal.',
  });
}

/**
 * Snapshots in a listing of the folder itself, for when K3s does not run: for each file size, modification time in unix
 * seconds and name, `1234 1700000000 name` ended by NUL. Files still being written (`.part`) are left out.
 */
export function snapshotsOnDisk(listing: string, folder: string, hostname: string): readonly NodeSnapshot[] {
  const found = listing.split('\0').flatMap(line => {
    const parts = /^(\d+) (\d+) ([^]+)$/.exec(line);
    if (!parts) return [];
    const [, bytes = '', modified = '', name = ''] = parts;
    if (name.endsWith('.part') || name.startsWith('.')) return [];
    return [
      {
        name,
        nodeName: nodeNameIn(name) ?? hostname,
        location: `file://${folder}/${name}`,
        bytes: Number(bytes),
        createdAt: new Date((savedSeconds(name) ?? Number(modified)) * 1000).toISOString(),
        ready: true,
      },
    ];
  });
  return newestFirst(found);
}
