import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

declare const __COLDSTART_BUILD__: { readonly version: string; readonly builtAt: string } | undefined;

/** Version and build date; written into the build, a fixed early date when run from source. */
export const build: { readonly version: string; readonly builtAt: string } =
  typeof __COLDSTART_BUILD__ === 'undefined'
    ? { version: '0.0.0-source', builtAt: '2026-01-01T00:00:00.000Z' }
    : __COLDSTART_BUILD__;

/** The folder with what ships beside the code (`resources/`), whether run from source, from `out/` or from a package. */
export function resourcesFolder(): string {
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const found = join(at, 'resources');
    if (existsSync(join(found, 'practice'))) return found;
    if (dirname(at) === at) throw new Error('The folder resources/ is missing beside the app.');
  }
}
