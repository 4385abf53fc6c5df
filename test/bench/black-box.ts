import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Scope } from '../../main/core/scope.ts';
import type { Row } from './table.ts';

/** A minute, as the bar says; COLDSTART_BENCH_SECONDS makes it shorter where others use the machine too. */
const seconds = Number(process.env['COLDSTART_BENCH_SECONDS'] ?? '60');

interface Measured {
  readonly sent: number;
  /** Bytes in the box; all of them in the order they were sent when `whole`. */
  readonly recorded: number;
  readonly whole: boolean;
  /** Processor time of the reading process, as a share of one core. */
  readonly cpu: number;
}

const child = (...args: readonly string[]): ChildProcess =>
  spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'black-box-child.ts'), ...args],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );

/** What a child says next, one JSON value a line. */
async function* told(from: ChildProcess): AsyncGenerator<Record<string, unknown>, undefined> {
  if (from.stdout)
    for await (const line of createInterface(from.stdout)) yield JSON.parse(line) as Record<string, unknown>;
}

async function ended(one: ChildProcess): Promise<void> {
  if (one.exitCode !== null || one.signalCode !== null) return;
  one.kill();
  await once(one, 'exit');
}

/** Talks over a real pseudo-terminal pair at the pace of a line, with the other end recorded or only read. */
async function measured(baud: number, forSeconds: number, box: boolean): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-bench-box-'));
  const scope = new Scope();
  scope.later(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const own = (one: ChildProcess): ChildProcess => {
    scope.later(() => ended(one));
    return one;
  };
  try {
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    own(spawn('socat', [`pty,rawer,link=${a}`, `pty,rawer,link=${b}`], { stdio: 'ignore' }));
    for (let i = 0; i < 100 && !(existsSync(a) && existsSync(b)); i += 1) await wait(20);
    const reader = own(child('reader', a, folder, box ? 'box' : 'none'));
    const says = told(reader);
    await says.next();
    const began = performance.now();
    const { value: sent } = await told(own(child('source', b, String(baud), String(forSeconds)))).next();
    const wall = performance.now() - began;
    reader.stdin?.write(`${String(sent?.['bytes'])}\n`);
    const { value: seen } = await says.next();
    if (!sent || !seen || seen['received'] !== sent['sha256']) throw new Error('the line itself lost bytes');
    return {
      sent: Number(sent['bytes']),
      recorded: Number(seen['recorded']),
      whole: seen['kept'] === sent['sha256'],
      cpu: Number(seen['cpuMs']) / wall,
    };
  } finally {
    await scope.close();
  }
}

/** What the black box costs at 115200 bits per second, and whether it loses anything at 1.5 Mbit/s. Needs socat. */
export async function bench(): Promise<readonly Row[]> {
  const bare = await measured(115_200, Math.min(seconds, 20), false);
  const slow = await measured(115_200, Math.min(seconds, 20), true);
  const fast = await measured(1_500_000, seconds, true);
  const cost = Math.max(0, slow.cpu - bare.cpu) * 100;
  const lost = fast.sent - fast.recorded;
  return [
    { name: 'black box: processor at 115200', value: cost, unit: '%', bar: '< 2', met: cost < 2 },
    { name: 'reading and recording at 115200', value: slow.cpu * 100, unit: '%' },
    {
      name: `black box: lost at 1.5 Mbit/s in ${seconds} s`,
      value: lost,
      unit: 'bytes',
      bar: '0',
      met: lost === 0 && fast.whole && fast.sent > seconds * 140_000,
    },
    { name: 'reading and recording at 1.5 Mbit/s', value: fast.cpu * 100, unit: '%' },
  ];
}
