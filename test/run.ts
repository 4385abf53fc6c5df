import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { debianSkip } from './support/needs.ts';

/**
 * Runs the tests and ends, on success and on failure, with the line `N passed, N failed`.
 * `--quick` leaves out what is slow or wants root; `--torture` runs the long loops and the rescues of emulated machines in full; `--electron` runs the
 * end-to-end suite in a real Electron; `--times` shows the slowest files; other arguments name test files.
 */
const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const flag = (name: string): boolean => args.includes(`--${name}`);
const requireAll = process.env['COLDSTART_REQUIRE_ALL'] === '1';

/** What takes long, a browser, a package or root. `--quick` does without. */
const slow = [
  'test/whole/**',
  'test/dist/**',
  'test/nodes/**',
  'test/repository/{check,npm-ci}.test.ts',
  'test/links/serial/link/{exec,hostile,real-nodes,reconnect,sudo,transfer}.test.ts',
  'test/links/serial/console/{accounts,bad-cable,damaged-line,emergency,leave,log-in,nobody,real-machine,second-person}.test.ts',
  'test/links/serial/ports/rfc2217.test.ts',
  'test/core/doctor/{collect,etcd}.test.ts',
  'test/practice/{doctor,exercises,k3s,restore,trouble}.test.ts',
  'test/services/consoles/**',
  'test/services/doctor/**',
  'test/links/ssh/{transfer,exec,reaching,logins,files,sudo,reconnect}.test.ts',
  'test/services/runbooks/{both-ways,install,remove,broken,scripts,real-sshd}.test.ts',
  'test/services/runbooks/{remedies,restore}/**',
  'test/services/runbooks/carry/scripts.test.ts',
  'test/services/snapshots/{gap,service}.test.ts',
  'test/cli/verbs/{by-stick,snapshot-gap,snapshot-look}.test.ts',
  'test/core/{etcd-snapshot,snapshot-proof}/mutations.test.ts',
  'test/core/serial-exec/loader.test.ts',
  'test/machine/real-etcd.test.ts',
  'test/services/hq/**',
  'test/cli/verbs/{hq,metrics,recorded,scan,supply-run,snapshot-status}.test.ts',
  'test/services/recorder/{prometheus,pull,scrape,visits,write-budget}.test.ts',
  'test/store/metrics/killed.test.ts',
  'test/services/sticks/check.test.ts',
  'test/machine/network/{announcements,namespaces,senses}.test.ts',
  'test/support/lan.test.ts',
  'test/services/supply/{faults,station,export,send,receipts,parts}.test.ts',
  'test/hosts/node/{front-door,in-a-browser}.test.ts',
  'test/machine/{vault,work,seal,carry,eject}.test.ts',
  'test/renderer/ui/pump.test.ts',
];

/** Tests of real machines, which mostly wait for them to boot, to stay silent or to come back. */
const waiting = [
  'test/whole/rescue.test.ts',
  'test/nodes/**',
  'test/links/serial/link/real-nodes.test.ts',
  'test/services/doctor/real-*.test.ts',
];

function chosen(): string[] {
  const named = args.filter(arg => !arg.startsWith('--'));
  if (named.length > 0) return named;
  if (flag('torture')) return globSync('test/torture/**/*.test.ts', { cwd: root });
  if (flag('electron')) return globSync('test/electron/**/*.test.ts', { cwd: root });
  const leftOut = new Set(
    globSync([...(flag('quick') ? slow : []), 'test/torture/**', 'test/electron/**'], { cwd: root }),
  );
  return globSync('test/**/*.test.ts', { cwd: root }).filter(path => !leftOut.has(path));
}

function built(): Promise<void> {
  return new Promise((done, failed) => {
    spawn(process.execPath, [join(root, 'start.mjs'), '@build'], { stdio: 'inherit', cwd: root }).on(
      'exit',
      code =>
        code === 0
          ? done()
          : failed(new Error(`The build failed (exit ${code}). Run \`npm run build\` to see why.`)),
    );
  });
}

interface Told {
  readonly name: string;
  readonly file: string;
  readonly why: string;
}
/** What a file's tests came to; a file that is run again begins anew. */
interface Outcome {
  passed: number;
  readonly failures: Told[];
  readonly skips: Told[];
  ms: number;
}
const outcomes = new Map<string, Outcome>();

function outcome(file: string): Outcome {
  const known = outcomes.get(file) ?? { passed: 0, failures: [], skips: [], ms: 0 };
  outcomes.set(file, known);
  return known;
}

const every = <T>(of: (one: Outcome) => readonly T[]): T[] => [...outcomes.values()].flatMap(of);

const relative = (file: string | undefined): string => (file ?? '').replace(`${root}/`, '');

/** What an error of node:test really says: its cause carries the assertion. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function note(event: TestEvent): void {
  if (event.type === 'test:stdout' || event.type === 'test:stderr') {
    if (process.env['COLDSTART_TEST_OUTPUT'] === '1') process.stderr.write(event.data.message);
    return;
  }
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return;
  const data = event.data;
  // A suite and a file are not tests of their own; a file that cannot even start is.
  const isFile = data.nesting === 0 && data.file !== undefined && data.name === data.file;
  const { name, file } = { name: relative(data.name), file: relative(data.file) };
  const known = outcome(file);
  if (data.nesting === 0) known.ms += data.details.duration_ms;
  if (data.details.type === 'suite' || (isFile && event.type === 'test:pass')) return;
  if (event.type === 'test:fail') {
    const error = event.data.details.error;
    if (data.todo === undefined || data.todo === false) {
      // A parent fails with its children; only the children are told.
      if (/subtests? failed/.test(String(error.cause ?? error.message))) return;
      known.failures.push({ name, file, why: reason(error) });
      process.stdout.write(`✗ ${name}  (${file})\n${reason(error).replace(/^/gm, '    ')}\n`);
    }
    return;
  }
  if (data.skip !== undefined && data.skip !== false) {
    const why = typeof data.skip === 'string' ? data.skip : 'no reason given';
    known.skips.push({ name, file, why });
    return;
  }
  known.passed++;
  const ms = data.details.duration_ms;
  if (flag('verbose') || ms > 5_000)
    process.stdout.write(`✓ ${name}  (${file}, ${(ms / 1000).toFixed(1)} s)\n`);
}

function tellSkips(skips: readonly Told[]): void {
  const byReason = Map.groupBy(skips, skip => skip.why);
  for (const [why, tests] of byReason) {
    process.stdout.write(`- skipped, ${why}\n`);
    for (const test of tests) process.stdout.write(`    ${test.name}  (${test.file})\n`);
  }
}

/** Runs these files, so many at a time, and notes what becomes of their tests. */
async function tested(files: readonly string[], concurrency: number): Promise<void> {
  if (files.length === 0) return;
  const stream = run({
    files: files.map(file => join(root, file)),
    concurrency,
    // An emulated machine takes minutes for what a real one does in seconds.
    timeout: flag('torture') ? 1_800_000 : 600_000,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: {
      ...process.env,
      COLDSTART_TORTURE: flag('torture') ? '1' : '',
      COLDSTART_AS_BUILT: '1',
      // Every file loads the same modules in a process of its own; what Node made of them is kept.
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
    },
  });
  for await (const event of stream) note(event);
}

/** More failing files than this are no matter of a busy machine. */
const mostAgain = 4;

/**
 * A test that waits for a real machine can run out of patience where everything else runs beside it. Its file is run
 * once more, with nothing beside it; a test that fails then has failed, and one that passes only then is told by name.
 */
async function alone(): Promise<readonly Told[]> {
  const before = every(one => one.failures);
  const again = [...new Set(before.map(told => told.file))];
  // A test that a support file defines does not tell which file it ran in: it stays failed.
  const known = again.every(file => files.includes(file));
  if (!known || again.length === 0 || again.length > mostAgain || files.length === again.length) return [];
  process.stdout.write(`Run again, one at a time: ${again.join(' ')}\n`);
  for (const file of again) {
    outcomes.delete(file);
    await tested([file], 1);
  }
  const still = new Set(every(one => one.failures).map(told => `${told.file} ${told.name}`));
  return before.filter(told => !still.has(`${told.file} ${told.name}`));
}

const files = chosen();
const began = Date.now();
let unsteady: readonly Told[] = [];
try {
  if (!flag('quick') && existsSync(join(root, 'vite.config.ts'))) await built();
  // Whoever starts real machines mostly waits for them; they run beside the others, of which two more than there are processors.
  const machines = new Set(globSync(waiting, { cwd: root }));
  await Promise.all([
    tested(
      files.filter(file => !machines.has(file)),
      availableParallelism() + 2,
    ),
    tested(
      files.filter(file => machines.has(file)),
      2,
    ),
  ]);
  unsteady = await alone();
} catch (error) {
  const name = 'the test run itself';
  outcome('test/run.ts').failures.push({ name, file: 'test/run.ts', why: reason(error) });
  process.stdout.write(`✗ ${name}\n${reason(error)}\n`);
}
const skips = every(one => one.skips);
const failures = every(one => one.failures);
const passed = [...outcomes.values()].reduce((sum, one) => sum + one.passed, 0);
tellSkips(skips);
if (flag('times'))
  for (const [file, { ms }] of [...outcomes].toSorted(([, a], [, b]) => b.ms - a.ms).slice(0, 40))
    process.stdout.write(`${(ms / 1000).toFixed(1).padStart(8)} s  ${file}\n`);
const cured = skips.filter(skip => skip.why.startsWith(debianSkip));
if (requireAll) {
  for (const skip of cured)
    process.stdout.write(`✗ ${skip.name}: skipped although COLDSTART_REQUIRE_ALL=1\n`);
}
const failed = failures.length + (requireAll ? cured.length : 0);
for (const told of unsteady) process.stdout.write(`! passed only alone: ${told.name}  (${told.file})\n`);
if (failures.length > 0) process.stdout.write(`Failed: ${failures.map(f => f.name).join(' · ')}\n`);
process.stdout.write(
  `${skips.length} skipped, ${files.length} files, ${((Date.now() - began) / 1000).toFixed(0)} s\n${passed} passed, ${failed} failed\n`,
);
// Nothing found to run is not success; what cannot run here is told and is no failure.
process.exitCode = failed > 0 || passed + skips.length === 0 ? 1 : 0;
