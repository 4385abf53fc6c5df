import type { Json, JsonObject } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';

/** A place in an object where two versions of it differ. */
export interface Difference {
  /** Names of fields; an element of a list by what tells it apart, or by its number. */
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Fields that tell the elements of a list apart, as Kubernetes merges them. */
const tellers = ['name', 'type', 'key', 'mountPath', 'ip', 'uid', 'manager'];

/** More than any technician reads; a list that was turned around could give a million. */
const mostDifferences = 500;

/** Where two versions of an object differ, those in `skips` left out. The two are of one kind. */
export function differences(
  before: Json,
  after: Json,
  skips: (path: readonly string[]) => boolean,
): readonly Difference[] {
  const found: Difference[] = [];
  walk(before, after, [], skips, found);
  return found;
}

function walk(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
  skips: (path: readonly string[]) => boolean,
  found: Difference[],
): void {
  if (found.length >= mostDifferences || before === after || skips(path)) return;
  const [left, right] = [parts(before), parts(after)];
  if (!left || !right || left.is !== right.is) {
    if (!isSame(before, after)) found.push({ path, before, after });
    return;
  }
  for (const name of new Set([...left.values.keys(), ...right.values.keys()]))
    walk(left.values.get(name), right.values.get(name), [...path, name], skips, found);
}

interface Parts {
  readonly is: string;
  readonly values: ReadonlyMap<string, Json>;
}

/** The parts of an object or of a list; nothing for a single value. */
function parts(value: Json | undefined): Parts | undefined {
  if (isObject(value)) return { is: 'object', values: fieldsOf(value) };
  if (!Array.isArray(value)) return undefined;
  const list = value as readonly Json[];
  const teller = tellers.find(name => tellsApart(list, name));
  const names = list.map((each, i) => `[${told(each, teller) ?? i}]`);
  return { is: 'list', values: new Map(list.map((each, i) => [names[i] ?? '', each])) };
}

const told = (value: Json, teller: string | undefined): string | undefined => {
  const found = teller !== undefined && isObject(value) ? value[teller] : undefined;
  return typeof found === 'string' ? found : undefined;
};

const fieldsOf = (value: JsonObject): ReadonlyMap<string, Json> =>
  new Map(Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined));

function tellsApart(list: readonly Json[], name: string): boolean {
  const values = new Set<unknown>();
  for (const each of list) if (isObject(each) && typeof each[name] === 'string') values.add(each[name]);
  return list.length > 0 && values.size === list.length;
}

/** Nothing, null, and a list or object with nothing in it say the same. */
function isSame(before: Json | undefined, after: Json | undefined): boolean {
  return isNothing(before) && isNothing(after);
}

const isNothing = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** What stands at a path; nothing when there is nothing. */
export function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  let here = value;
  for (const name of path) here = parts(here)?.values.get(name);
  return here;
}

/** A path as it is read: `spec.template.spec.containers[web].image`. */
export const pathText = (path: readonly string[]): string =>
  path.reduce((text, name) => (name.startsWith('[') || text === '' ? text + name : `${text}.${name}`), '');
