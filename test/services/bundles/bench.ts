import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Bundle, Progress, World } from '../../../preload/contract/domain.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { fileWork } from '../../../main/machine/work.ts';
import type { Files } from '../../../main/ports.ts';
import { bundleService } from '../../../main/services/bundles/service.ts';
import type { BundleParts } from '../../../main/services/bundles/service.ts';
import { openStore } from '../../../main/store/open.ts';
import type { Store } from '../../../main/store/store.ts';
import { folder } from '../../support/folder.ts';

export const resources = join(import.meta.dirname, '../../../resources');
export const practiceFolder = join(resources, 'practice/bundle');

/** A vault of its own over real files and a real store, with a stick to import from. */
export interface Bench {
  readonly service: ReturnType<typeof bundleService>;
  readonly store: Store;
  readonly files: Files;
  /** The folder to import: a copy of the practice bundle unless the test makes it something else. */
  readonly stick: string;
  readonly home: { readonly bundles: string; readonly keys: string };
  readonly told: Progress[];
  readonly context: { readonly signal: AbortSignal; readonly progress: (progress: Progress) => void };
  readonly import: (path?: string) => Promise<Bundle>;
  readonly verify: (path?: string) => Promise<Bundle>;
  /** Hashes of everything the vault holds. */
  readonly objects: () => readonly string[];
  readonly parts: () => readonly string[];
}

export function bench(
  t: TestContext,
  options: { readonly world?: World; readonly stick?: string } & Partial<
    Pick<BundleParts, 'files' | 'work'>
  > = {},
): Bench {
  const root = folder(t);
  const stick = join(root, options.stick ?? 'stick');
  cpSync(practiceFolder, stick, { recursive: true });
  const home = { bundles: join(root, 'home/bundles'), keys: join(root, 'home/keys') };
  for (const path of Object.values(home)) mkdirSync(path, { recursive: true });
  const store = openStore(join(root, 'home/coldstart.db'));
  t.after(() => store.close());
  const files = options.files ?? localFiles();
  const service = bundleService({
    store,
    files,
    work: options.work ?? fileWork(),
    clock: systemClock,
    home,
    world: options.world ?? 'practice',
    shippedKeys: join(resources, 'keys'),
  });
  const told: Progress[] = [];
  const context = {
    signal: new AbortController().signal,
    progress: (progress: Progress) => void told.push(progress),
  };
  const namesIn = (path: string): string[] => {
    try {
      return readdirSync(path, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => entry.name)
        .sort();
    } catch {
      return [];
    }
  };
  return {
    service,
    store,
    files,
    stick,
    home,
    told,
    context,
    import: async (path = stick) => service.calls['bundle.import']({ path }, context),
    verify: async (path = stick) => service.calls['bundle.verify']({ path }, context),
    objects: () => namesIn(join(home.bundles, 'objects')),
    parts: () => namesIn(join(home.bundles, 'partial')),
  };
}

/** Changes one byte of a file and keeps its length. */
export function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
  writeFileSync(path, bytes);
}
