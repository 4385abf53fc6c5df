import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { machineRecipe, rootRecipe } from './recipe.ts';

/** Folder of finished builds: `COLDSTART_NODES`, else the user's cache. */
export const cacheFolder = (): string =>
  process.env['COLDSTART_NODES'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'coldstart-nodes');

export type Part = 'root' | 'vm';

/** How finished builds of this part begin: the rest of the name is the versions Debian had. */
export const namedLike = (part: Part): string =>
  `${part}-${part === 'root' ? rootRecipe() : machineRecipe()}-`;

/**
 * The newest finished build of this part for the recipe of this checkout; undefined when there is none. A build gets
 * its name only when it is whole, so what is found can be used.
 */
export function finished(part: Part): string | undefined {
  const begins = namedLike(part);
  let names: string[];
  try {
    names = readdirSync(cacheFolder());
  } catch {
    return undefined;
  }
  return names
    .filter(name => name.startsWith(begins))
    .map(name => join(cacheFolder(), name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}
