import { join } from 'node:path';
import type { Sha256 } from '../../../preload/contract/domain.ts';
import type { Files } from '../../ports.ts';

/**
 * The vault's content, each file once under its SHA-256: `objects/ab/ab12…`. A file on its way in lies in `partial/`
 * under the hash it should get; only what has that hash is renamed into place.
 */
export interface Objects {
  pathOf(sha256: Sha256): string;
  partOf(sha256: Sha256): string;
  /** Size of what is there; undefined when nothing is. */
  bytesOf(sha256: Sha256): Promise<number | undefined>;
  partBytesOf(sha256: Sha256): Promise<number>;
  /** Makes the folders that taking in this content needs. */
  makeRoom(sha256: Sha256): Promise<void>;
  /** Puts a complete part in its place, durably. */
  settle(sha256: Sha256): Promise<void>;
  /** Deletes all content that is not to be kept, and every part. */
  sweep(keep: ReadonlySet<Sha256>): Promise<void>;
}

const isHash = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);

/** `folder` is the vault's own; it may not be there yet. */
export function objectsIn(files: Files, folder: string): Objects {
  const [objects, partial] = [join(folder, 'objects'), join(folder, 'partial')];
  const shelf = (sha256: Sha256): string => join(objects, sha256.slice(0, 2));
  const pathOf = (sha256: Sha256): string => join(shelf(sha256), sha256);
  const partOf = (sha256: Sha256): string => join(partial, sha256);
  const bytesAt = async (path: string): Promise<number | undefined> => {
    const stat = await files.stat(path);
    return stat?.kind === 'file' ? stat.bytes : undefined;
  };
  const namesIn = async (path: string): Promise<readonly string[]> =>
    (await files.stat(path)) ? (await files.list(path)).map(({ name }) => name) : [];

  return {
    pathOf,
    partOf,
    bytesOf: sha256 => bytesAt(pathOf(sha256)),
    partBytesOf: async sha256 => (await bytesAt(partOf(sha256))) ?? 0,
    makeRoom: async sha256 => {
      await files.makeFolder(partial);
      if (await files.stat(shelf(sha256))) return;
      await files.makeFolder(shelf(sha256));
      // A shelf that a power cut takes away again would take along what was just put on it.
      for (const path of [objects, folder]) await files.syncFolder(path);
    },
    settle: sha256 => files.move(partOf(sha256), pathOf(sha256)),
    sweep: async keep => {
      for (const shelfName of await namesIn(objects))
        for (const name of await namesIn(join(objects, shelfName)))
          if (isHash(name) && !keep.has(name)) await files.remove(join(objects, shelfName, name));
      for (const name of await namesIn(partial)) if (isHash(name)) await files.remove(join(partial, name));
    },
  };
}
