import type { KindCount, SnapshotContents } from '../../../preload/contract/snapshots/look.ts';
import type { Reading } from '../etcd-snapshot/read.ts';
import type { Place as At } from '../etcd-snapshot/live-index.ts';
import { envelopeOf } from '../kubernetes/envelope.ts';
import { jsonOf } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';
import { messageOf } from '../kubernetes/schema.ts';
import { kindOfResource } from './kind-names.ts';
import { Folders, firstPart, placeOf } from './resource-key.ts';
import type { Place } from './resource-key.ts';

/** All objects of one kind in one namespace, or all of etcd's own keys with one beginning. */
interface Heap {
  readonly place: Place | undefined;
  readonly prefix: string;
  count: number;
  /** Its first object says what kind they are. */
  readonly first: At;
}

const mostUnread = 50;

/** Counts what is in a snapshot, from its keys and one object of each kind. `goOn` may throw to stop. */
export function contentsOf(
  reading: Pick<Reading, 'places' | 'at'>,
  goOn: () => void = () => undefined,
): Pick<SnapshotContents, 'objects' | 'kinds' | 'other' | 'unread'> {
  const heaps = heapsOf(reading.places(), goOn);
  const kinds = new Map<string, string>();
  const unread: { resource: string; says: string }[] = [];
  const kindOf = ({ place, first }: Heap): string => {
    const resource = place?.resource ?? '';
    const known = kinds.get(resource);
    if (known !== undefined) return known;
    const found = kindAt(reading.at(first)?.value, resource);
    kinds.set(resource, found.kind);
    if (found.says !== undefined && unread.length < mostUnread) unread.push({ resource, says: found.says });
    return found.kind;
  };
  const rows: KindCount[] = [];
  const other = new Map<string, number>();
  for (const heap of heaps) {
    const { place, count } = heap;
    if (place) rows.push({ ...place, kind: kindOf(heap), count });
    else other.set(heap.prefix, (other.get(heap.prefix) ?? 0) + count);
  }
  return {
    objects: rows.reduce((sum, { count }) => sum + count, 0),
    kinds: rows.toSorted(
      (a, b) =>
        compare(a.namespace, b.namespace) || compare(a.kind, b.kind) || compare(a.resource, b.resource),
    ),
    other: [...other].map(([prefix, count]) => ({ prefix, count })),
    unread,
  };
}

/** Plain order of characters: the same everywhere. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function heapsOf(places: ReturnType<Reading['places']>, goOn: () => void): readonly Heap[] {
  const heaps: Heap[] = [];
  const folders = new Folders(folder => ({ place: placeOf(folder), heap: undefined as Heap | undefined }));
  let seen = 0;
  for (const { key, place: at } of places) {
    if ((++seen & 0xfff) === 0) goOn();
    if (!at) continue;
    const folder = folders.of(key);
    if (folder.place && folder.heap) folder.heap.count += 1;
    else {
      const prefix = folder.place ? '' : firstPart(Buffer.from(key).toString('utf8'));
      folder.heap = { place: folder.place, prefix, count: 1, first: at };
      heaps.push(folder.heap);
    }
  }
  return heaps;
}

function kindAt(
  value: Uint8Array | undefined,
  resource: string,
): { readonly kind: string; readonly says?: string } {
  const envelope = envelopeOf(value ?? new Uint8Array(0));
  const guessed = kindOfResource(resource);
  switch (envelope.is) {
    case 'protobuf':
      return messageOf(envelope.apiVersion, envelope.kind)
        ? { kind: envelope.kind }
        : {
            kind: envelope.kind,
            says: `This app does not know the kind ${envelope.kind} of ${envelope.apiVersion}.`,
          };
    case 'json': {
      const json = jsonOf(value ?? new Uint8Array(0));
      return { kind: isObject(json) && typeof json['kind'] === 'string' ? json['kind'] : guessed };
    }
    case 'sealed':
      return { kind: guessed };
    case 'unknown':
      return { kind: guessed, says: envelope.says };
    default:
      return envelope satisfies never;
  }
}
