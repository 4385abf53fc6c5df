import { registerHooks } from 'node:module';

/**
 * Leads every import of `electron` to the stand-in: the real package starts a download when it is imported outside
 * Electron. Import this first, and what imports electron with `await import(…)` after it.
 */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: new URL('electron.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});

let pages = 0;

/** Runs the preload script anew, as for each page that loads, and gives what it shows to the page. */
export async function preloaded(): Promise<Record<string, unknown>> {
  const { shown } = await import('./electron.ts');
  shown.clear();
  pages += 1;
  await import(`${new URL('../../preload/index.ts', import.meta.url).href}?page=${pages}`);
  return Object.fromEntries(shown);
}
