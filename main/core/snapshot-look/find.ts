import type { SnapshotObject, SnapshotObjects } from '../../../preload/contract/snapshots/look.ts';
import type { Place as At } from '../etcd-snapshot/live-index.ts';
import type { Reading } from '../etcd-snapshot/read.ts';
import { kindOfResource } from './kind-names.ts';
import { Folders, placeOf } from './resource-key.ts';
import { namedBy, rowOf } from './row.ts';

export interface Wanted {
  /** Empty for what belongs to no namespace; absent for all. */
  readonly namespace?: string | undefined;
  /** A kind or a resource, in upper or lower case. */
  readonly kind?: string | undefined;
  /** Looked for in names, namespaces, kinds, labels and images, in upper or lower case. */
  readonly search?: string | undefined;
}

interface Found {
  readonly places: readonly At[];
  readonly total: number;
}

interface Folder {
  /** Whether the objects in it may be wanted. */
  readonly isWanted: boolean;
  /** Whether what is searched for stands in its namespace or kind already. */
  readonly matches: boolean;
}

/** Finds objects and hands them out page by page. */
export class Finder {
  readonly #reading: Pick<Reading, 'places' | 'at'>;
  readonly #kinds: ReadonlyMap<string, string>;
  /** The last search, since its next pages are asked for soon: where each lies and its length, in turns. */
  #last: { readonly wanted: string; readonly found: readonly number[] } | undefined;

  /** `kinds` names the kind of each resource, as `contentsOf` found it. */
  constructor(reading: Pick<Reading, 'places' | 'at'>, kinds: ReadonlyMap<string, string>) {
    this.#reading = reading;
    this.#kinds = kinds;
  }

  page(wanted: Wanted, offset: number, most: number, goOn: () => void): SnapshotObjects {
    const isSearch = (wanted.search ?? '').trim() !== '';
    const { places, total } = isSearch
      ? this.#searched(wanted, offset, most, goOn)
      : this.#walked(wanted, offset, most, goOn);
    return { objects: places.flatMap(at => this.#row(at) ?? []), total };
  }

  #row(at: At): SnapshotObject | undefined {
    const entry = this.#reading.at(at);
    const named = entry && namedBy(Buffer.from(entry.key).toString('utf8'));
    return named && rowOf(named, entry.value).row;
  }

  /** Without a search a walk over the keys is quick, and nothing of it need be kept. */
  #walked(wanted: Wanted, offset: number, most: number, goOn: () => void): Found {
    const places: At[] = [];
    let total = 0;
    for (const at of this.#matching(wanted, goOn)) {
      if (total >= offset && places.length < most) places.push(at);
      total += 1;
    }
    return { places, total };
  }

  #searched(wanted: Wanted, offset: number, most: number, goOn: () => void): Found {
    const name = JSON.stringify([wanted.namespace, wanted.kind, wanted.search]);
    if (this.#last?.wanted !== name) {
      const found: number[] = [];
      for (const { at, bytes } of this.#matching(wanted, goOn)) found.push(at, bytes);
      this.#last = { wanted: name, found };
    }
    const { found } = this.#last;
    const total = found.length / 2;
    const places: At[] = [];
    for (let i = offset; i < Math.min(total, offset + most); i++)
      places.push({ at: found[i * 2] ?? 0, bytes: found[i * 2 + 1] ?? 0 });
    return { places, total };
  }

  *#matching(wanted: Wanted, goOn: () => void): Generator<At, void> {
    const search = (wanted.search ?? '').trim().toLowerCase();
    const folders = new Folders(folder => this.#folder(folder, wanted, search));
    let seen = 0;
    for (const { key, place } of this.#reading.places()) {
      if ((++seen & 0xff) === 0) goOn();
      const folder = folders.of(key);
      if (!folder.isWanted || !place) continue;
      if (search === '' || folder.matches || this.#holds(key, place, search)) yield place;
    }
  }

  #folder(name: string, { namespace, kind }: Wanted, search: string): Folder {
    const place = placeOf(name);
    if (!place) return { isWanted: false, matches: false };
    const kindHere = this.#kinds.get(place.resource) ?? kindOfResource(place.resource);
    const names = [kindHere, place.resource, place.resource.replace(/\..*$/, '')].map(each =>
      each.toLowerCase(),
    );
    return {
      isWanted:
        (namespace === undefined || namespace === place.namespace) &&
        (kind === undefined || names.includes(kind.toLowerCase())),
      matches:
        search !== '' &&
        [place.namespace, kindHere, place.resource].some(each => each.toLowerCase().includes(search)),
    };
  }

  /** A value that does not hold the text anywhere need not be taken apart. */
  #holds(key: Uint8Array, place: At, search: string): boolean {
    const text = Buffer.from(key.buffer, key.byteOffset, key.length).toString('utf8');
    if (
      text
        .slice(text.lastIndexOf('/') + 1)
        .toLowerCase()
        .includes(search)
    )
      return true;
    const named = namedBy(text);
    const value = this.#reading.at(place)?.value;
    if (!named || !value || !mayHold(value, search)) return false;
    const { row } = rowOf(named, value);
    return (
      row.images.some(image => image.toLowerCase().includes(search)) ||
      row.labels.some(({ name, value: set }) => `${name}=${set}`.toLowerCase().includes(search))
    );
  }
}

/** `app=web` stands in two parts in the value. */
const mayHold = (value: Uint8Array, search: string): boolean => {
  if (/[^ -~]/.test(search)) return true;
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1').toLowerCase();
  return search.split('=').every(part => text.includes(part));
};
