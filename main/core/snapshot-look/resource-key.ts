/** The kind of thing that lies in one place of etcd: all keys that differ in their last part only. */
export interface Place {
  /** As its API names it, with the group of a custom resource: `deployments`, `addons.k3s.cattle.io`. */
  readonly resource: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
}

/** Kubernetes keeps a few resources under names of long ago. */
const oldNames: Readonly<Record<string, string>> = {
  minions: 'nodes',
  controllers: 'replicationcontrollers',
  ingress: 'ingresses',
};

/** Two folders of what is one word elsewhere. */
const twoFolders: Readonly<Record<string, string>> = {
  'services/specs': 'services',
  'services/endpoints': 'endpoints',
};

const head = '/registry/';

/**
 * What lies in a folder of etcd, which ends in `/`: `/registry/<resource>/[<namespace>/]`, or with the group first for
 * custom resources. Nothing for K3s' and etcd's own keys.
 */
export function placeOf(folder: string): Place | undefined {
  if (!folder.startsWith(head) || !folder.endsWith('/')) return undefined;
  const [first = '', second, ...rest] = folder.slice(head.length, -1).split('/');
  if (first === '') return undefined;
  const two = second === undefined ? undefined : own(twoFolders, `${first}/${second}`);
  if (two !== undefined) return inside(two, rest);
  // A group of custom resources is a domain; no resource has a dot.
  if (first.includes('.') && second !== undefined) return inside(`${second}.${first}`, rest);
  return inside(own(oldNames, first) ?? first, second === undefined ? [] : [second, ...rest]);
}

const own = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const inside = (resource: string, rest: readonly string[]): Place | undefined =>
  rest.length > 1 ? undefined : { resource, namespace: rest[0] ?? '' };

const slash = 0x2f;

/** Where the last part of a key begins: behind its last `/`, or at 0. */
export function nameAt(key: Uint8Array): number {
  for (let at = key.length; at > 0; at--) if (key[at - 1] === slash) return at;
  return 0;
}

/** Looks up folders; keys come in order, so most lie in the folder of the one before. */
export class Folders<T> {
  #bytes: Uint8Array = new Uint8Array(0);
  #found: T | undefined;
  readonly #make: (folder: string) => T;
  readonly #byName = new Map<string, T>();

  constructor(make: (folder: string) => T) {
    this.#make = make;
  }

  of(key: Uint8Array): T {
    const length = nameAt(key);
    if (this.#found !== undefined && this.#isSame(key, length)) return this.#found;
    const name = Buffer.from(key.buffer, key.byteOffset, length).toString('utf8');
    const found = this.#byName.get(name) ?? this.#make(name);
    this.#byName.set(name, found);
    this.#bytes = key.slice(0, length);
    return (this.#found = found);
  }

  #isSame(key: Uint8Array, length: number): boolean {
    if (length !== this.#bytes.length) return false;
    for (let i = length; i-- > 0;) if (key[i] !== this.#bytes[i]) return false;
    return true;
  }
}

/** The first part of a key that is no object of Kubernetes: `/bootstrap`, `k3s`, `compact_rev_key`. */
export function firstPart(key: string): string {
  const end = key.indexOf('/', 1);
  return end < 0 ? key : key.slice(0, end);
}
