import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Who may import whom. A folder may always import itself; the first row that matches a file counts. */
const table: readonly (readonly [where: string, may: readonly string[]])[] = [
  ['preload/contract/', []],
  ['preload/', ['preload/contract/']],
  ['main/core/', ['preload/contract/']],
  ['main/ports.ts', ['preload/contract/', 'main/core/']],
  ['main/store/', ['preload/contract/', 'main/core/', 'main/ports.ts']],
  ['main/bridge/', ['preload/contract/', 'main/core/', 'main/ports.ts']],
  ['main/links/', ['preload/contract/', 'main/core/', 'main/ports.ts']],
  ['main/machine/', ['preload/contract/', 'main/core/', 'main/ports.ts', 'main/store/']],
  [
    'main/services/',
    ['preload/contract/', 'main/core/', 'main/ports.ts', 'main/store/', 'main/bridge/handlers.ts'],
  ],
  ['main/practice/', ['preload/contract/', 'main/core/', 'main/ports.ts']],
  ['main/hosts/', ['preload/contract/', 'main/core/', 'main/ports.ts', 'main/bridge/', 'main/machine/']],
  ['main/', ['preload/', 'main/']],
  ['renderer/words/', ['preload/contract/', 'renderer/']],
  ['renderer/ui/', ['preload/contract/', 'renderer/words/']],
  ['renderer/bridge/', ['preload/contract/']],
  ['renderer/', ['preload/contract/', 'renderer/']],
];

/** Packages that reach the outside world, and the only folders that may import them. */
const packages: Readonly<Record<string, readonly string[]>> = {
  electron: ['main/hosts/electron/', 'main/electron.ts', 'preload/index.ts'],
  ssh2: ['main/links/ssh/', 'main/practice/wires/'],
  serialport: ['main/links/serial/', 'main/practice/wires/'],
  // K3s keeps a cluster without etcd in a file of SQLite, which a restore looks into
  'better-sqlite3': ['main/store/', 'main/machine/workers/kine.worker.ts'],
  'just-bash': ['main/practice/'],
  '@peculiar/x509': ['main/practice/'],
  'age-encryption': ['main/machine/', 'main/core/', 'resources/practice/'],
  'multicast-dns': ['main/machine/network/'],
  ws: ['main/hosts/node/'],
};
const outside = [
  'node:fs',
  'node:fs/promises',
  'node:net',
  'node:http',
  'node:https',
  'node:child_process',
  'node:dgram',
  'node:tls',
];

const files = globSync(['main/**/*.ts', 'preload/**/*.ts', 'renderer/**/*.{ts,tsx}'], { cwd: root });
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    m => m[1] ?? '',
  );

test('every import points inwards', () => {
  const wrong = files.flatMap(file => {
    const row = table.find(([where]) => file.startsWith(where));
    if (!row) return [`${file} has no row in the table`];
    const [where, may] = row;
    return importsOf(file)
      .filter(to => to.startsWith('.'))
      .map(to => normalize(join(dirname(file), to)))
      .filter(to => !to.startsWith(where) && !may.some(allowed => to.startsWith(allowed)))
      .filter(to => /^(main|preload|renderer)\//.test(to))
      .map(to => `${file} → ${to}`);
  });
  assert.deepEqual(wrong, []);
});

test('the outside world is reached from its own folders only', () => {
  const wrong = files.flatMap(file =>
    importsOf(file)
      .filter(to => Object.hasOwn(packages, to) && !packages[to]?.some(allowed => file.startsWith(allowed)))
      .map(to => `${file} → ${to}`),
  );
  assert.deepEqual(wrong, []);
});

test('core decides and touches neither files nor network', () => {
  const wrong = files
    .filter(file => file.startsWith('main/core/') || file.startsWith('preload/contract/'))
    .flatMap(file =>
      importsOf(file)
        .filter(to => outside.includes(to))
        .map(to => `${file} → ${to}`),
    );
  assert.deepEqual(wrong, []);
});

test('services reach files, nodes and time through ports only', () => {
  const wrong = files
    .filter(file => file.startsWith('main/services/'))
    .flatMap(file =>
      importsOf(file)
        .filter(to => outside.includes(to))
        .map(to => `${file} → ${to}`),
    );
  assert.deepEqual(wrong, []);
});
