import { createHash } from 'node:crypto';
import { printable } from '../../../core/serial-exec/printable.ts';
import { LineDown } from './line-down.ts';
import type { Talk } from './talk.ts';

/** All 256 values, once up and once down, so that none always follows the same one. */
const all = Buffer.from(Array.from({ length: 512 }, (_, i) => (i < 256 ? i : 511 - i)));
const hash = createHash('sha256').update(all).digest('hex');
/** A bad line spoils one block or the other; one that eats certain values spoils every one. */
const tries = 4;

/** Sends all byte values both ways, a few times, and says whether they ever came through. */
export async function isClean(talk: Talk): Promise<boolean> {
  return (await comesThrough(() => up(talk))) && (await comesThrough(() => down(talk)));
}

async function comesThrough(once: () => Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < tries; i++) if (await once()) return true;
  return false;
}

async function down(talk: Talk): Promise<boolean> {
  const half = (from: number): string => printable(all.subarray(from, from + 128));
  for (const [i, from] of [0, 128, 256, 384].entries())
    await talk.ask(`printf %b '${half(from)}' >"$w/n${i}";a ok`);
  await talk.ask(`cat "$w/n0" "$w/n1" "$w/n2" "$w/n3" >"$w/n";a ok`);
  try {
    const { words, bytes } = await talk.ask('g n 0 512 0 1 -', { follow: () => all.length, damagedTries: 2 });
    return words.split(' ')[4] === hash && all.equals(bytes);
  } catch (thrown) {
    if (thrown instanceof LineDown && thrown.why === 'silent') return false;
    throw thrown;
  }
}

async function up(talk: Talk): Promise<boolean> {
  await talk.ask(`rm -rf "\${w:?}/0";mkdir "$w/0";mkfifo "$w/0/f";a ok`);
  return (await talk.put(`B 0 0 ${all.length} ${hash.slice(0, 32)} 1 0`, all)) === 'ok';
}
