import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Link } from '../../main/ports.ts';
import { sh } from '../../main/core/sh.ts';
import { seeded } from './hostile-line.ts';

const words = [
  'it’s',
  '$HOME',
  '`id`',
  '"two"',
  "'one'",
  'back\\slash',
  '*',
  '~',
  ';',
  '&&',
  '%?%',
  'ä',
  '\t',
  '#',
];

/** Text that has all that shells, terminals and lines take for something of their own. */
function text(random: () => number, most: number): string {
  let made = '';
  const length = random() * most;
  while (made.length < length) {
    made += words[Math.floor(random() * words.length)] ?? '';
    made += random() < 0.2 ? '\n' : ' ';
  }
  return made;
}

const bytes = (random: () => number, most: number): Buffer =>
  Buffer.from(Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256)));

/**
 * Runs so many random commands, and writes and reads so many random files, over a link. Every command puts its number
 * into a witness file: afterwards each number stands there once. Gives how many were run.
 */
export async function proveLink(
  link: Link,
  folder: string,
  options: { readonly rounds: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<void> {
  const { rounds, seed, signal } = options;
  const random = seeded(seed);
  const witness = join(folder, 'witness');
  await writeFile(witness, '');
  const expected: number[] = [];
  for (let i = 0; i < rounds; i++) {
    if (random() < 0.6) {
      expected.push(i);
      const [out, err] = [text(random, 700), text(random, 100)];
      const code = Math.floor(random() * 128);
      const command = sh`echo ${i} >>${witness}; printf %s ${out}; printf %s ${err} >&2; exit ${code}`;
      const exit = await link.exec(command, { signal });
      assert.deepEqual(
        exit,
        { code, signal: null, stdout: out, stderr: err, truncated: false },
        `command ${i} with seed ${seed}`,
      );
    } else {
      const path = join(folder, `file ${i}`);
      const content = bytes(random, 3000);
      await link.writeFile(path, content, { signal, mode: 0o640 });
      const there = await readFile(path);
      assert.ok(there.equals(content), `file ${i} with seed ${seed} is another one on the node`);
      const back = Buffer.from(await link.readFile(path, { signal }));
      assert.ok(back.equals(content), `file ${i} with seed ${seed} came back as another one`);
      assert.equal((await link.stat(path, { signal }))?.mode, 0o640);
    }
  }
  const seen = (await readFile(witness, 'utf8')).trim().split('\n').filter(Boolean).map(Number);
  assert.deepEqual(seen, expected, `with seed ${seed} every command ran once, in order`);
}

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
