import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alone } from './alone.ts';

/**
 * What the npm scripts do in a checkout: build what is stale, then open a front door from the build, in this process.
 * A package never runs this; it starts its built doors directly.
 */
const root = join(import.meta.dirname, '..');
const stamp = join(root, 'out', '.built');
const sources = [
  'main',
  'preload',
  'renderer',
  'resources/icons',
  'vite.config.ts',
  'package-lock.json',
  'tsconfig.json',
];

/** What a build makes; the lock beside them stays. */
const builtParts = ['page', 'hosts', 'chunks', 'workers', 'preload', '.built'];

/** Builds one at a time. */
async function building(work: () => Promise<void>): Promise<void> {
  mkdirSync(join(root, 'out'), { recursive: true });
  await alone(join(root, 'out', '.building'), work);
}

function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => newest(join(path, name))));
}

function isStale(): boolean {
  if (!existsSync(join(root, 'vite.config.ts'))) return false;
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  return sources.some(path => newest(join(root, path)) > built);
}

/** Builds page, preload and hosts into `out/`. Two at once wait for each other. */
async function build(): Promise<void> {
  const { createBuilder } = await import('vite');
  const began = Date.now();
  const builder = await createBuilder({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
  await builder.buildApp();
  mkdirSync(join(root, 'out'), { recursive: true });
  // The stamp carries the moment the build began: what was edited meanwhile is stale again.
  writeFileSync(stamp, '');
  const { utimesSync } = await import('node:fs');
  utimesSync(stamp, began / 1000, began / 1000);
}

/** While tests run, they alone decide when `out/` changes: others take what was built. */
const asBuilt = (): boolean => process.env['COLDSTART_AS_BUILT'] === '1' && existsSync(stamp);

async function buildWhenStale(): Promise<void> {
  if (asBuilt() || !isStale()) return;
  process.stderr.write('Building Coldstart (a few seconds, nothing is downloaded) … ');
  await building(async () => {
    if (isStale()) await build();
  });
  process.stderr.write('done.\n');
}

const open = async (door: string): Promise<void> => {
  await import(pathToFileURL(join(root, 'out', 'hosts', door)).href);
};

const [task, ...args] = process.argv.slice(2);
process.argv = [process.argv[0] ?? 'node', join(root, 'start.mjs'), ...args];
if (task === 'build') {
  await building(async () => {
    for (const part of builtParts) rmSync(join(root, 'out', part), { recursive: true, force: true });
    await build();
  });
} else {
  await buildWhenStale();
  await open(task === 'start' ? 'start.js' : task === 'demo' ? 'demo.js' : 'cli.js');
}
