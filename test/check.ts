import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm run check`: types, lint, folder boundaries, formatting, dead code. Every part runs, even after a failure. */
const root = join(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

const parts: readonly (readonly [what: string, command: string, args: readonly string[]])[] = [
  ['types of hosts, preload and tests', bin('tsc'), ['-p', '.']],
  ['types of the page', bin('tsc'), ['-p', 'renderer']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings']],
  ['folder boundaries', process.execPath, ['--test', '--test-reporter=dot', 'test/boundaries.test.ts']],
  ['formatting', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['dead code and unused dependencies', bin('knip'), ['--no-progress']],
];

let bad = 0;
for (const [what, command, args] of parts) {
  const began = Date.now();
  const { status } = spawnSync(command, [...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) bad += 1;
  process.stdout.write(
    `${status === 0 ? '✓' : '✗'} ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`,
  );
}
process.stdout.write(bad === 0 ? 'All checks hold.\n' : `${bad} of ${parts.length} checks failed.\n`);
process.exitCode = bad === 0 ? 0 : 1;
