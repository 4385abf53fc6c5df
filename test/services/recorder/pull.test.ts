import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recorderPaths } from '../../../main/core/recorder/script.ts';
import { pullRecorded } from '../../../main/services/recorder/pull.ts';
import type { RecordedInto } from '../../../main/services/recorder/pull.ts';
import { serialLinkTo } from '../../practice/console.ts';
import { needs } from '../../support/needs.ts';
import { practiceSite } from '../../support/practice-site.ts';
import { pullingLaptop } from '../../support/recorded.ts';
import { recorderNode } from '../../support/recorder.ts';

test(
  'a pull over a serial line that breaks goes on where it broke, and gives every sample once',
  needs('dash'),
  async t => {
    const { station } = await practiceSite(t);
    const node = recorderNode(t, 'dash');
    for (let n = 1; n <= 9; n++) {
      node.put('proc/uptime', `${1000 + n * 300}.25 1.00\n`);
      node.record('sample');
      if (n % 3 === 0) node.record('keep');
    }
    await station.run(`mkdir -p ${recorderPaths.data} ${recorderPaths.run}`);
    for (const name of readdirSync(node.data))
      station.node.tree.write(`${recorderPaths.data}/${name}`, readFileSync(join(node.data, name)));
    // the first chunk was damaged on its way to the disk
    const [damaged = ''] = readdirSync(node.data).toSorted();
    const bytes = readFileSync(join(node.data, damaged));
    station.node.tree.write(
      `${recorderPaths.data}/${damaged}`,
      Buffer.concat([bytes.subarray(0, 30), Buffer.alloc(bytes.length - 30)]),
    );

    const link = await serialLinkTo(t, station);
    const laptop = pullingLaptop(t);
    const signal = new AbortController().signal;
    const appended: number[] = [];
    const broken: RecordedInto = {
      ...laptop,
      files: {
        ...laptop.files,
        open: async (path, how) => {
          const file = await laptop.files.open(path, how);
          return {
            ...file,
            held: file.held,
            append: async piece => {
              await file.append(piece.subarray(0, 700));
              appended.push(700);
              throw new Error('the cable was pulled');
            },
          };
        },
      },
    };
    await assert.rejects(pullRecorded(link, station, broken, { signal }), /the cable was pulled/);
    assert.deepEqual([laptop.taken.length, appended.length], [0, 1]);

    const counting: RecordedInto = {
      ...laptop,
      files: {
        ...laptop.files,
        open: async (path, how) => {
          const file = await laptop.files.open(path, how);
          appended.push(file.held);
          return file;
        },
      },
    };
    const pulled = await pullRecorded(link, station, counting, { signal });
    assert.deepEqual(appended, [700, 700], 'it held what had come before');
    assert.equal(pulled.samples, 6);
    assert.deepEqual(pulled.left, [`${damaged} is damaged.`]);
    assert.deepEqual(
      laptop.taken.map(({ at }, i) => Math.round((at - (laptop.taken[0]?.at ?? 0)) / 1000) === i * 300),
      [true, true, true, true, true, true],
    );
    const again = await pullRecorded(link, station, laptop, { signal });
    assert.deepEqual([again.samples, again.bytes, again.left], [0, 0, []]);
  },
);
