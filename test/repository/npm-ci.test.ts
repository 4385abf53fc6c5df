import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { elsewhereSkip } from '../support/needs.ts';

const root = join(import.meta.dirname, '..', '..');

/** A PATH with Node, a shell and nothing that could compile: no cc, no make, no Python. */
function bareTools(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const tool of ['sh', 'env', 'uname', 'cat', 'mkdir', 'rm', 'ls', 'sed', 'dirname', 'basename']) {
    const found = ['/bin', '/usr/bin'].map(at => join(at, tool)).find(existsSync);
    if (found) symlinkSync(found, join(bin, tool));
  }
  const node = spawnSync('sh', ['-c', 'command -v node'], { encoding: 'utf8' }).stdout.trim();
  symlinkSync(node, join(bin, 'node'));
  return bin;
}

/** Where npm put the given version of itself, or undefined where no registry answers. */
function fetchedNpm(version: string, folder: string): string | undefined {
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--prefer-offline', `npm@${version}`],
    {
      encoding: 'utf8',
      cwd: folder,
    },
  );
  const cli = join(folder, 'node_modules/npm/bin/npm-cli.js');
  return status === 0 && existsSync(cli) ? cli : undefined;
}

for (const version of ['10', '11']) {
  test(
    `npm ${version} installs everything without compiler, Python or install scripts`,
    { timeout: 240_000 },
    t => {
      const folder = mkdtempSync(join(tmpdir(), 'coldstart-npm-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const npmHome = join(folder, 'npm');
      mkdirSync(npmHome);
      const npm = fetchedNpm(version, npmHome);
      if (npm === undefined) return t.skip(`${elsewhereSkip}a package registry that answers`);

      const copy = join(folder, 'coldstart');
      mkdirSync(copy);
      for (const file of ['package.json', 'package-lock.json', '.npmrc', 'start.mjs'])
        copyFileSync(join(root, file), join(copy, file));
      const bin = bareTools(folder);
      const env = { ...process.env, PATH: bin };
      const installed = spawnSync(join(bin, 'node'), [npm, 'ci', '--prefer-offline'], {
        cwd: copy,
        env,
        encoding: 'utf8',
      });
      assert.equal(installed.status, 0, installed.stdout + installed.stderr);

      const brought = readdirSync(join(copy, 'node_modules')).find(name => /^node-(linux|win)-/.test(name));
      assert.ok(brought, 'npm brought no Node 24');
      const node = join(copy, 'node_modules', brought, 'bin', 'node');
      const probe = `
      const Database = require('better-sqlite3');
      const found = new Database(':memory:').prepare('select 6 * 7 as answer').get();
      require('serialport'); require('ssh2');
      process.stdout.write(process.version + ' ' + found.answer);`;
      const used = spawnSync(node, ['-e', probe], { cwd: copy, env, encoding: 'utf8' });
      assert.match(used.stdout, /^v24\.\d+\.\d+ 42$/, used.stderr);
      return undefined;
    },
  );
}
