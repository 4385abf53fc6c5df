import react from '@vitejs/plugin-react';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string };

/** Host entries: the front doors, the demo, and every worker (a worker is its own file at run time). */
const hostEntries = Object.fromEntries(
  [
    ['hosts/start', 'main/start.ts'],
    ['hosts/node', 'main/node.ts'],
    ['hosts/cli', 'main/cli.ts'],
    ['hosts/demo', 'main/demo.ts'],
    ['hosts/electron', 'main/electron.ts'],
    ...globSync('main/machine/workers/*.worker.ts', { cwd: import.meta.dirname }).map(path => [
      `workers/${path.replace(/^.*\//, '').replace(/\.worker\.ts$/, '')}`,
      path,
    ]),
  ]
    .filter((entry): entry is [string, string] => existsSync(at(entry[1] ?? '')))
    .map(([name, path]) => [name, at(path)]),
);

export default defineConfig({
  root: at('renderer'),
  base: './',
  plugins: [react()],
  publicDir: false,
  define: { __COLDSTART_BUILD__: JSON.stringify({ version, builtAt: new Date().toISOString() }) },
  environments: {
    client: {
      build: { outDir: at('out/page'), emptyOutDir: true, target: 'es2024', assetsInlineLimit: 0 },
    },
    hosts: {
      consumer: 'server',
      resolve: { external: true },
      build: {
        outDir: at('out'),
        emptyOutDir: false,
        target: 'node24',
        minify: false,
        rollupOptions: {
          input: hostEntries,
          external: ['electron'],
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      resolve: { external: true },
      build: {
        outDir: at('out/preload'),
        emptyOutDir: false,
        minify: false,
        rollupOptions: {
          input: existsSync(at('preload/index.ts')) ? { preload: at('preload/index.ts') } : {},
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      for (const name of ['client', 'hosts', 'preload']) {
        const environment = builder.environments[name];
        if (environment) await builder.build(environment);
      }
    },
  },
});
