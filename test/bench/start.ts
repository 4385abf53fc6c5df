import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { letIn } from '../support/loopback.ts';
import type { Row } from './table.ts';

const root = join(import.meta.dirname, '..', '..');

async function linkOf(door: ChildProcess): Promise<string> {
  if (door.stdout)
    for await (const line of createInterface(door.stdout))
      if (line.trim().startsWith('http://')) return line.trim();
  throw new Error('the door ended before it showed a link');
}

/** Milliseconds from starting `node` until the page has come through the link, in a home of its own. */
async function startOnce(home: string): Promise<number> {
  const began = performance.now();
  const door = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'out', 'hosts', 'node.js'), '--no-open'],
    { env: { ...process.env, COLDSTART_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const link = await linkOf(door);
    await letIn({ port: Number(new URL(link).port), link: () => link });
    return performance.now() - began;
  } finally {
    door.kill('SIGINT');
    if (door.exitCode === null) await once(door, 'exit');
  }
}

/** From `node` start to the loopback page answering: the first start makes the home, later ones find it. */
export async function bench(): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'coldstart-bench-start-'));
  try {
    const first = await startOnce(home);
    const later: number[] = [];
    for (let i = 0; i < 4; i += 1) later.push(await startOnce(home));
    const middle = later.toSorted((a, b) => a - b)[2] ?? first;
    const row = (name: string, ms: number): Row => ({
      name,
      value: ms / 1000,
      unit: 's',
      bar: '≤ 1 s',
      met: ms <= 1000,
    });
    return [
      row('page answers after start, new home', first),
      row('page answers after start, known home', middle),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
