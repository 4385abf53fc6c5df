#!/usr/bin/env node
// Starts everything: npm scripts (`@name`) and the CLI (anything else). Plain JavaScript that Node 18 parses; it finds
// the Node 24 that npm installed and hands over to it. No static import of ours and no syntax newer than Node 18.
const { existsSync } = await import('node:fs');
const { join } = await import('node:path');
const { spawn } = await import('node:child_process');
const { fileURLToPath } = await import('node:url');

const root = fileURLToPath(new URL('.', import.meta.url));

function say(text) {
  process.stderr.write(text + '\n');
}

/** The Node 24 to run on: the one npm installed, else this one when it is new enough. */
function findNode() {
  const os = process.platform === 'win32' ? 'win' : process.platform;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const folder of ['node_modules', '..']) {
    const path = join(root, folder, 'node-' + os + '-' + process.arch, 'bin', name);
    if (existsSync(path)) return path;
  }
  const [major] = process.versions.node.split('.').map(Number);
  return major >= 24 && Number(process.versions.napi) >= 10 ? process.execPath : undefined;
}

function missing() {
  if (!existsSync(join(root, 'node_modules'))) {
    say('Coldstart is not installed yet: the folder node_modules is missing.');
    say('Nothing was changed. Run this once in ' + root + ' :');
    say('  npm ci');
  } else {
    say('Coldstart needs Node 24, and this is Node ' + process.versions.node + '.');
    say(
      'npm brings Node 24 along for Linux (x64, arm64) and Windows (x64), but it is not in node_modules here.',
    );
    say('Nothing was changed. Run `npm ci` again without --omit=optional, or install Node 24 and try again.');
  }
  process.exit(5);
}

const node = existsSync(join(root, 'node_modules')) ? findNode() : undefined;
if (!node) missing();

/** What each npm script runs. Everything else on the command line is for the CLI. */
const tasks = {
  start: ['main/checkout.ts', 'start'],
  demo: ['main/checkout.ts', 'demo'],
  cli: ['main/checkout.ts', 'cli'],
  build: ['main/checkout.ts', 'build'],
  test: ['test/run.ts'],
  torture: ['test/run.ts', '--torture'],
  bench: ['test/bench/run.ts'],
  nodes: ['test/support/nodes/main.ts'],
  check: ['test/check.ts'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--write', '.'],
  'dist-check': ['test/dist/check.ts'],
  'electron-get': ['test/dist/electron-get.mjs'],
};
const [first, ...rest] = process.argv.slice(2);
const task = first !== undefined && first.startsWith('@') ? first.slice(1) : 'cli';
const args = task === 'cli' ? process.argv.slice(2) : rest;
const [file, ...fixed] = tasks[task];

const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, file), ...fixed, ...args], {
  stdio: 'inherit',
  cwd: task === 'cli' || task === 'start' ? process.cwd() : root,
});
// Ctrl-C reaches the whole group by itself; a TERM sent to this process alone is passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('error', error => {
  say('Node 24 could not be started (' + node + '): ' + error.message);
  say(
    'Nothing was changed. Run `npm ci` again; if the disk forbids running programs (noexec), install elsewhere.',
  );
  process.exit(5);
});
child.on('exit', (code, signal) => process.exit(signal === 'SIGINT' ? 130 : signal ? 1 : (code ?? 1)));
