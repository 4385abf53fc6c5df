import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readChunk } from '../../main/core/recorder/format.ts';
import { recorderPaths, recorderScript } from '../../main/core/recorder/script.ts';
import { unpacked } from '../../main/core/recorder/unpack.ts';
import { qemuNode } from './nodes/qemu.ts';

const { script, data } = recorderPaths;

/**
 * Pulls the plug of a whole machine so many times while its recorder writes chunks as fast as it can. What was said to be
 * on the disk is there whole, whatever else the cut left is told from it, and the recorder goes on.
 */
export async function cutPower(t: TestContext, times: number): Promise<void> {
  const node = await qemuNode(t);
  await node.done(
    `mkdir -p ${script.replace(/\/[^/]*$/, '')}; echo ${Buffer.from(recorderScript).toString('base64')} | base64 -d >${script}; chmod 755 ${script}`,
  );
  let last = 0;
  for (let n = 0; n < times; n++) {
    // Each chunk is told on the console only after the recorder said it was kept.
    await node.done(
      `(while ${script} sample && ${script} keep; do echo "kept-${n}-$(ls ${data} | grep -c '^[0-9]*\\.gz$')" >/dev/ttyS0; done) >/dev/null 2>&1 </dev/null &`,
    );
    const said = (): number =>
      Math.max(
        last,
        ...[...node.said().matchAll(new RegExp(`kept-${n}-(\\d+)`, 'g'))].map(m => Number(m[1])),
      );
    for (const end = Date.now() + 60_000; said() < last + 3; await pause(20))
      assert.ok(Date.now() < end, 'the recorder keeps nothing');
    await pause(Math.random() * 300);
    const kept = said();
    await node.kill();
    await node.powerOn();
    assert.equal((await node.run(`${script} sample && ${script} keep`)).code, 0, 'the recorder goes on');
    const listed = (await node.done(`cd ${data}; for f in *; do echo "$f $(base64 -w 0 "$f")"; done`)).split(
      '\n',
    );
    const files = new Map(listed.map(line => line.split(' ', 2) as [string, string]));
    const whole = [...files].filter(([name]) => /^\d{8}\.gz$/.test(name));
    for (const [name, base64] of whole) {
      const text = unpacked(Buffer.from(base64 ?? '', 'base64')) ?? '';
      const chunk = readChunk(text);
      assert.ok(chunk.whole && chunk.left.length === 0, `${name}: ${chunk.left.join(' ')}`);
    }
    assert.ok(
      whole.length >= kept + 1,
      `${kept} chunks were kept before the cut, ${whole.length - 1} are there`,
    );
    assert.deepEqual(
      [...files.keys()].filter(name => name.endsWith('.part')),
      [],
    );
    last = whole.length;
  }
}
