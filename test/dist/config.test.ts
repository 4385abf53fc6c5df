import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');

interface Target {
  readonly target: string;
  readonly arch: readonly string[];
}
interface Platform {
  readonly target: readonly Target[];
  readonly files: readonly string[];
}
interface Config {
  readonly npmRebuild: boolean;
  readonly asar: boolean;
  readonly electronFuses: Readonly<Record<string, boolean>>;
  readonly linux: Platform & { readonly description: string };
  readonly win: Platform;
  readonly mac: Platform;
  readonly nsis: { readonly perMachine: boolean };
}
const config = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Config;

test('every fuse is named and stands where it should', () => {
  assert.deepEqual(config.electronFuses, {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  });
});

test('each system gets its packages, for its architectures', () => {
  const targets = ({ target }: Platform): string[] =>
    target.map(one => `${one.target} ${one.arch.join(' ')}`);
  assert.deepEqual(targets(config.linux), ['deb x64 arm64', 'AppImage x64 arm64']);
  assert.deepEqual(targets(config.win), ['nsis x64', 'zip x64']);
  assert.deepEqual(targets(config.mac), ['dmg x64 arm64', 'zip x64 arm64']);
  assert.equal(config.nsis.perMachine, false);
});

test('nothing is compiled on the machine that packages, and the app is one archive', () => {
  assert.equal(config.npmRebuild, false);
  assert.equal(config.asar, true);
});

test('native files are chosen by the target, never by the machine that packages', () => {
  assert.doesNotMatch(JSON.stringify(config), /\$\{platform\}/);
  for (const [name, platform] of [
    ['linux', config.linux],
    ['win32', config.win],
    ['darwin', config.mac],
  ] as const) {
    const filters = platform.files.filter(filter => filter.includes('prebuilds'));
    assert.ok(filters.length >= 2, name);
    assert.ok(
      filters.every(filter => filter.startsWith('!')),
      name,
    );
    assert.ok(
      filters.some(filter => filter.includes(`!(${name}-\${arch}).node`)),
      name,
    );
    // A list of exceptions alone would mean "everything but".
    assert.equal(platform.files[0], 'package.json');
  }
});

test('the package says which group a serial console needs', () => {
  assert.match(config.linux.description, /dialout/);
});
