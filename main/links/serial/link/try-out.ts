import { createHash } from 'node:crypto';
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

/** Fetches what was brought a moment ago. */
async function down(talk: Talk): Promise<boolean> {
  try {
    const { words, bytes } = await talk.ask('g 0/i0 0 512 0 1 -', {
      follow: () => all.length,
      damagedTries: 2,
    });
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
