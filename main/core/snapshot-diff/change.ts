import type { ObjectChange } from '../../../preload/contract/snapshots/look.ts';
import type { Json } from '../kubernetes/json.ts';
import { storedObject } from '../kubernetes/object.ts';
import type { KubeObject, Stored } from '../kubernetes/object.ts';
import { withoutSecrets } from '../snapshot-look/hidden.ts';
import { kindOfResource } from '../snapshot-look/kind-names.ts';
import type { Named } from '../snapshot-look/row.ts';
import { isNoiseField, isNoiseObject } from './noise.ts';
import { at, differences, pathText } from './tree.ts';
import type { Difference } from './tree.ts';

/** A change with what it was made from, for the sentences. */
export interface Change {
  readonly shown: ObjectChange;
  readonly resource: string;
  readonly before?: KubeObject | undefined;
  readonly after?: KubeObject | undefined;
  readonly differences: readonly Difference[];
}

const [mostFields, mostText] = [30, 120];

/** An object that is only in one of the two snapshots. */
export function appeared(named: Named, value: Uint8Array, is: 'added' | 'removed'): Change {
  const stored = storedObject(value);
  const object = stored.is === 'object' ? stored.object : undefined;
  return {
    shown: { ...head(named, stored), is, noise: isNoise(named), fields: [], moreFields: 0 },
    resource: named.resource,
    ...(is === 'added' ? { after: object } : { before: object }),
    differences: [],
  };
}

/** An object whose bytes differ. It is noise when they differ only in what changes all by itself. */
export function changed(named: Named, from: Uint8Array, to: Uint8Array): Change {
  const [before, after] = [storedObject(from), storedObject(to)];
  if (before.is !== 'object' || after.is !== 'object') return rewritten(named, before, after);
  const found = differences(before.object, after.object, path => isNoiseField(after.object.kind, path));
  const [left, right] = [withoutSecrets(before.object), withoutSecrets(after.object)];
  const fields = found.slice(0, mostFields).map(({ path }) => field(path, left, right));
  return {
    shown: {
      ...head(named, after),
      is: 'changed',
      noise: isNoise(named) || found.length === 0,
      fields,
      moreFields: found.length - fields.length,
    },
    resource: named.resource,
    before: before.object,
    after: after.object,
    differences: found,
  };
}

const isNoise = ({ namespace, resource, name }: Named): boolean => isNoiseObject(namespace, resource, name);

const head = (
  { key, namespace, name, resource }: Named,
  stored: Stored,
): Pick<ObjectChange, 'key' | 'namespace' | 'kind' | 'name'> => ({
  key,
  namespace,
  name,
  kind: stored.is === 'object' ? stored.object.kind : kindOfResource(resource),
});

/** Of what is sealed or unreadable only that it was written again. */
function rewritten(named: Named, before: Stored, after: Stored): Change {
  const fields = [{ path: 'all of it', before: standing(before), after: standing(after) }];
  return {
    shown: { ...head(named, after), is: 'changed', noise: isNoise(named), fields, moreFields: 0 },
    resource: named.resource,
    differences: [],
  };
}

function standing(stored: Stored): string {
  if (stored.is === 'sealed') return `‹sealed with ${stored.by}, not shown›`;
  return stored.is === 'unread' ? '‹could not be read›' : '‹readable›';
}

function field(path: readonly string[], left: KubeObject, right: KubeObject): ObjectChange['fields'][number] {
  const [before, after] = texts(at(left, path), at(right, path));
  return {
    path: pathText(path),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Both values, short; of long texts the first line that differs. */
function texts(
  before: Json | undefined,
  after: Json | undefined,
): readonly [string | undefined, string | undefined] {
  if (typeof before === 'string' && typeof after === 'string' && /\n/.test(before + after)) {
    const [left, right] = [before.split('\n'), after.split('\n')];
    const line = left.findIndex((each, i) => each !== right[i]);
    const first = line < 0 ? left.length : line;
    return [short(left[first]), short(right[first])];
  }
  return [short(before), short(after)];
}

function short(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value.trim() : plainJson(value);
  return text.length > mostText ? `${text.slice(0, mostText - 1)}…` : text;
}

/** JSON with numbers of any size. */
export const plainJson = (value: Json): string =>
  JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
