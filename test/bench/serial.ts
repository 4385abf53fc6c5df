import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usualLine } from '../../preload/contract/serial.ts';
import type { LineSettings } from '../../preload/contract/serial.ts';
import { Scope } from '../../main/core/scope.ts';
import { sh } from '../../main/core/sh.ts';
import type { SerialLink } from '../../main/links/serial/link/link.ts';
import type { Sink } from '../../main/ports.ts';
import { testLine } from '../support/hostile-line.ts';
import { linkOver } from '../support/serial-link.ts';
import type { Row } from './table.ts';

const baud = 115_200;
const bytesPerMs = baud / 10_000;
const payload = 150_000;

/** A link to a real shell behind a line that is as slow as a real one. */
async function slowLink(
  scope: Scope,
  settings: LineSettings,
): Promise<{ link: SerialLink; line: ReturnType<typeof testLine>; openMs: number }> {
  const line = scope.own(testLine(['bash', '--norc', '-i'], { how: { baud } }));
  const began = performance.now();
  const link = scope.own(await linkOver(line, { settings, patienceMs: 30_000 }));
  return { link, line, openMs: performance.now() - began };
}

/** What one short command takes beyond the time its bytes need on the line. */
async function roundTrip(scope: Scope): Promise<readonly Row[]> {
  const { link, line, openMs } = await slowLink(scope, usualLine);
  const signal = AbortSignal.timeout(30_000);
  const over: number[] = [];
  for (let i = 0; i < 15; i++) {
    const bytes = line.sent().length + line.said().length;
    const began = performance.now();
    await link.exec(sh`uname -n`, { signal });
    const ms = performance.now() - began;
    over.push(ms - (line.sent().length + line.said().length - bytes) / bytesPerMs);
  }
  const median = over.toSorted((a, b) => a - b)[7] ?? 0;
  return [
    {
      name: 'serial: exec beyond its line time',
      value: median,
      unit: 'ms',
      bar: '≤ 150',
      met: median <= 150,
    },
    { name: 'serial: link opened at 115200', value: openMs, unit: 'ms' },
  ];
}

const sink = (): Sink => {
  let held = 0;
  return {
    get held() {
      return held;
    },
    read: async () => new Uint8Array(),
    append: async bytes => void (held += bytes.length),
    truncate: async bytes => void (held = bytes),
  };
};

/** The share of the line's bytes that are a file's, for a file that cannot be compressed. */
async function share(
  scope: Scope,
  folder: string,
  name: string,
  settings: LineSettings,
  least: number,
): Promise<readonly Row[]> {
  const { link } = await slowLink(scope, settings);
  const signal = AbortSignal.timeout(60_000);
  const content = randomBytes(payload);
  const path = join(folder, name);
  const rows: Row[] = [];
  const measure = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await work();
    const value = (payload / bytesPerMs / (performance.now() - began)) * 100;
    rows.push({
      name: `serial: ${what}, ${name}`,
      value,
      unit: '% of the line',
      bar: `≥ ${least}`,
      met: value >= least,
    });
  };
  const from = { bytes: payload, read: async (at: number, n: number) => content.subarray(at, at + n) };
  await measure('file up', () => link.upload(from, path, { signal, mode: 0o600 }));
  await measure('file down', () => link.download(path, sink(), { signal }));
  return rows;
}

/** Real shells behind lines of 115200 baud: what a command costs, and how much of a line is payload. */
export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-serial-'));
  const scope = new Scope();
  scope.later(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const seven: LineSettings = { ...usualLine, flow: 'xonxoff' };
    const exec = await roundTrip(scope);
    const [raw, printable] = await Promise.all([
      share(scope, folder, 'raw', usualLine, 90),
      share(scope, folder, 'base64', seven, 70),
    ]);
    return [...exec, ...raw, ...printable];
  } finally {
    await scope.close();
  }
}
