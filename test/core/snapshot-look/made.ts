import type { KeyValue } from '../../../main/core/etcd-snapshot/kv.ts';
import type { Side } from '../../../main/core/snapshot-diff/diff.ts';

/** What lies under some keys, as a snapshot would give it: texts, bytes, or objects that are stored as JSON. */
export type Made = Readonly<Record<string, string | Uint8Array | object>>;

/** Keys in the order of their bytes, without the file around them. */
export function madeSnapshot(content: Made, revision = 100n): Side {
  const entries = Object.entries(content)
    .map(([key, value]) => ({ key: Buffer.from(key), value: bytesOf(value) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  const at: Side['at'] = ({ at: i }) => keyValue(entries[i]);
  return {
    revision,
    at,
    places: () => entries.map(({ key, value }, i) => ({ key, place: { at: i, bytes: value.length } })),
    live: (prefix = '') =>
      entries
        .filter(({ key }) => key.toString('latin1').startsWith(prefix))
        .flatMap(entry => keyValue(entry) ?? []),
  };
}

const bytesOf = (value: string | Uint8Array | object): Uint8Array =>
  value instanceof Uint8Array
    ? value
    : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

const keyValue = (entry: Pick<KeyValue, 'key' | 'value'> | undefined): KeyValue | undefined =>
  entry && { ...entry, createRevision: 1, modRevision: 1, version: 1, lease: 0n };
