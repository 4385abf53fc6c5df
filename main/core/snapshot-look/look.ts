import type {
  SnapshotContents,
  SnapshotObjectText,
  SnapshotObjects,
} from '../../../preload/contract/snapshots/look.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Reading } from '../etcd-snapshot/read.ts';
import { contentsOf } from './contents.ts';
import { Finder } from './find.ts';
import type { Wanted } from './find.ts';
import { withoutSecrets } from './hidden.ts';
import { namedBy, rowOf } from './row.ts';
import { siteImages } from './used-images.ts';
import type { SiteImages } from './used-images.ts';
import { withoutManagedFields, yamlOf } from './yaml.ts';

/** Looks into one snapshot. What was counted once is kept for the next question. */
export class Look {
  readonly #reading: Reading;
  #contents: ReturnType<typeof contentsOf> | undefined;
  #finder: Finder | undefined;
  #images: SiteImages | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  contents(goOn: () => void): Omit<SnapshotContents, 'path'> {
    this.#contents ??= contentsOf(this.#reading, goOn);
    return { revision: String(this.#reading.revision), ...this.#contents };
  }

  objects(
    wanted: Wanted,
    page: { readonly offset: number; readonly most: number },
    goOn: () => void,
  ): SnapshotObjects {
    this.#finder ??= new Finder(
      this.#reading,
      new Map(this.contents(goOn).kinds.map(({ resource, kind }) => [resource, kind])),
    );
    return this.#finder.page(wanted, page.offset, page.most, goOn);
  }

  images(goOn: () => void): SiteImages {
    return (this.#images ??= siteImages(this.#reading, goOn));
  }

  /** One object as YAML, values of Secrets replaced. Throws `no-such-thing`, and `refused` for what is no object. */
  object(key: string, managedFields: boolean): SnapshotObjectText {
    const named = namedBy(key);
    if (!named) throw noObject(key);
    for (const { key: found, value } of this.#reading.live(latin1(key))) {
      if (Buffer.compare(found, Buffer.from(key)) !== 0) break;
      const { row, stored } = rowOf(named, value);
      if (stored.is === 'sealed')
        return {
          object: row,
          yaml: `# Sealed with ${stored.by}. Nothing of it can be shown.\n`,
          unknown: [],
        };
      if (stored.is === 'unread')
        return { object: row, yaml: `# Could not be read, because: ${stored.says}\n`, unknown: [] };
      const shown = withoutSecrets(managedFields ? stored.object : withoutManagedFields(stored.object));
      return { object: row, yaml: yamlOf(shown), unknown: stored.unknown };
    }
    throw new FieldError({
      code: 'no-such-thing',
      says: 'There is no object with this key in the snapshot.',
      about: key,
      untouched: 'The snapshot was only read.',
      next: 'Search for its name first.',
    });
  }
}

/** The reader takes prefixes as one character a byte. */
const latin1 = (key: string): string => Buffer.from(key).toString('latin1');

const noObject = (key: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'This key is K3s’ or etcd’s own, not an object of Kubernetes. What lies there may be secret, so it is not shown.',
    about: key,
    untouched: 'The snapshot was only read.',
    next: 'Choose an object under /registry/.',
  });
