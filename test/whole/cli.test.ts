import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
let folder = '';

interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  // eslint-disable-next-line typescript/no-explicit-any -- what a command prints is looked into freely here
  readonly json: any;
}

/** Runs one command line without a terminal, as a script would. */
function coldstart(args: readonly string[], input = ''): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'out/hosts/cli.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    input,
    timeout: 120_000,
    env: { ...process.env, COLDSTART_HOME: join(folder, 'home') },
  });
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    json = undefined;
  }
  return { status, stdout, stderr, json };
}
const practice = (...args: string[]): Said => coldstart([...args, '--practice', '--json']);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldstart cli $(x) '));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the main job runs as eight commands, each with one JSON object', () => {
  const bundle = practice('bundle', 'import', join(root, 'resources/practice/bundle'));
  assert.equal(bundle.status, 0, bundle.stderr);
  assert.equal(bundle.json.complete, true);
  assert.equal(practice('bundle', 'verify', bundle.json.id).status, 0);

  const [node] = practice('node', 'list').json.nodes;
  assert.equal(practice('node', 'show', node.name).json.look.hostname, node.name);
  const preflight = practice('node', 'preflight', node.name, '--bundle', bundle.json.k3sVersion);
  assert.equal(preflight.status, 0, preflight.stdout + preflight.stderr);

  const refused = practice('install', node.name);
  assert.equal(refused.status, 3, 'no terminal and no --yes is no consent');
  assert.equal(refused.json.failure.code, 'consent-needed');

  const installed = practice('install', node.name, '--yes');
  assert.equal(installed.status, 0, installed.stdout + installed.stderr);
  assert.equal(installed.json.state, 'passed');
  const again = practice('install', node.name, '--yes');
  assert.equal(again.json.unchanged, true, again.stdout);

  const snapshot = practice('snapshot', 'take', node.name, '--pull');
  assert.equal(snapshot.status, 0, snapshot.stdout + snapshot.stderr);
  assert.equal(snapshot.json.check.intact, true);
  assert.equal(practice('snapshot', 'verify', snapshot.json.name).status, 0);

  mkdirSync(join(folder, 'stick'));
  const bag = practice('export', '--to', join(folder, 'stick'));
  assert.equal(bag.status, 0, bag.stdout + bag.stderr);
  assert.equal(practice('bag', 'verify', bag.json.path).status, 0);
});

test('what is asked wrongly is exit 2, what is refused is exit 3, what cannot be reached is exit 5', () => {
  assert.equal(coldstart(['snapshot', 'tkae']).status, 2);
  assert.equal(coldstart(['node', 'add']).status, 2);
  assert.equal(coldstart(['node', 'list', '--jsn']).status, 2);
  assert.equal(coldstart(['site', 'create', 'Dome C']).status, 0);
  assert.equal(coldstart(['export', '--to', folder]).status, 3, 'no recipient');
  assert.equal(
    coldstart(['node', 'add', 'gone', '--address', '127.0.0.1', '--port', '1', '--user', 'tech']).status,
    0,
  );
  const gone = coldstart(['node', 'show', 'gone', '--json']);
  assert.equal(gone.status, 5);
  assert.equal(gone.json.failure.code, 'unreachable');
  assert.equal(
    coldstart(['bundle', 'import', join(folder, 'nothing here')]).status,
    2,
    'a path that is not there was typed wrongly',
  );
});

test('without arguments the list of commands is shown, with --help the one asked for', () => {
  assert.match(coldstart([]).stdout, /coldstart COMMAND/);
  assert.match(coldstart(['install', '--help']).stdout, /--flannel-backend NAME/);
});
