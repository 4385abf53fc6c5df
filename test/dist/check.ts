import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm run dist:check`: builds the app, makes packages against a stand-in for Electron, and looks inside them. */
const root = join(import.meta.dirname, '..', '..');

const run = (...args: readonly string[]): boolean =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: 'inherit',
  }).status === 0;

const good =
  run('start.mjs', '@build') &&
  run('--test', '--test-reporter=spec', 'test/dist/config.test.ts', 'test/dist/package.test.ts');
process.stdout.write(
  good ? 'The packages are as they should be.\n' : 'The packages are not as they should be.\n',
);
process.exitCode = good ? 0 : 1;
