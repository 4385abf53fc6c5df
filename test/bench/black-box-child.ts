import { createHash } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { serialPorts } from '../../main/links/serial/ports/ports.ts';
import { blackBoxes } from '../../main/machine/black-box/black-boxes.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { openVault } from '../../main/machine/vault.ts';
import { usualLine } from '../../preload/contract/serial.ts';

/** One end of the line of the black box bench, in a process of its own: `source` talks, `reader` reads and records. */
const [mode, device = '', ...rest] = process.argv.slice(2);
const say = (what: unknown): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);

/** Writes console-like lines at the pace of a line: ten bits a byte. */
async function source(baud: number, seconds: number): Promise<void> {
  const file = openSync(device, 'w');
  const hash = createHash('sha256');
  const began = performance.now();
  let bytes = 0;
  for (let line = 0; performance.now() - began < seconds * 1000;) {
    const due = ((performance.now() - began) * baud) / 10_000;
    let text = '';
    while (bytes + text.length < due) {
      text += `[${String(line / 100).padStart(12)}] eth0: renamed from veth${(line * 2_654_435_761) % 2 ** 32}\r\n`;
      line += 1;
    }
    const out = Buffer.from(text);
    for (let at = 0; at < out.length;) at += writeSync(file, out, at);
    hash.update(out);
    bytes += out.length;
    await wait(4);
  }
  say({ bytes, sha256: hash.digest('hex') });
}

/** Reads until told how many bytes there are, then says what came and what the box holds of it. */
async function reader(folder: string, withBox: boolean): Promise<void> {
  const vault = openVault(join(folder, 'vault.json'), { practice: true, chance: systemChance });
  const boxes = blackBoxes(join(folder, 'boxes'), { vault, clock: systemClock });
  const line = await serialPorts({ clock: systemClock }).open(
    device,
    usualLine,
    new AbortController().signal,
  );
  const writer = withBox ? boxes.writer(device) : undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  line.hear(chunk => {
    hash.update(chunk);
    bytes += chunk.length;
    writer?.take(chunk, new Date());
  });
  const before = process.cpuUsage();
  say('ready');
  const [told] = await new Promise<readonly Buffer[]>(done =>
    process.stdin.once('data', (...args) => done(args)),
  );
  const expected = Number(told?.toString());
  for (let i = 0; i < 200 && bytes < expected; i += 1) await wait(20);
  const { user, system } = process.cpuUsage(before);
  await writer?.close();
  const kept = createHash('sha256');
  let recorded = 0;
  if (withBox)
    for await (const chunk of boxes.raw(device, new AbortController().signal)) {
      kept.update(chunk);
      recorded += chunk.length;
    }
  say({
    received: hash.digest('hex'),
    kept: kept.digest('hex'),
    bytes,
    recorded,
    cpuMs: (user + system) / 1000,
  });
  process.exit(0);
}

await (mode === 'source'
  ? source(Number(rest[0]), Number(rest[1]))
  : reader(rest[0] ?? '', rest[1] === 'box'));
