import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import { recorderNode } from './recorder.ts';
import type { RecorderNode } from './recorder.ts';

/** The recorder of a node whose log lies on an ext4 of its own, so that the kernel counts what is written there. */
export interface RecorderDisk {
  readonly node: RecorderNode;
  /** KiB written to the device so far, with the journal and what was not written back yet. */
  written(): number;
  /** Puts so many samples of so many series into the node's memory, as the recorder itself does. */
  remember(samples: number, series: number): void;
  /** Lets the chunks on the disk be so many seconds older. */
  age(seconds: number): void;
}

/** Needs root, to mount. */
export function recorderDisk(t: TestContext): RecorderDisk {
  const undo: (() => void)[] = [];
  // Before the folder it is mounted in is taken away.
  t.after(() => {
    for (const each of undo.toReversed()) each();
  });
  const node = recorderNode(t, 'dash');
  const image = join(node.at, 'disk.img');
  execFileSync('truncate', ['-s', '96M', image]);
  const made = ['-q', '-b', '4096', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image];
  execFileSync('mkfs.ext4', made, { stdio: 'pipe' });
  const loop = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
  undo.push(() => execFileSync('losetup', ['-d', loop]));
  mkdirSync(node.data);
  execFileSync('mount', [loop, node.data]);
  undo.push(() => execFileSync('umount', [node.data]));
  rmSync(join(node.data, 'lost+found'), { recursive: true });
  // A walk that no two runs of this test take differently.
  let seed = 7;
  const step = (): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % 1000;
  const values: number[] = [];
  return {
    node,
    written() {
      execFileSync('sync', ['-f', node.data]);
      const numbers = readFileSync(`/sys/block/${basename(loop)}/stat`, 'utf8')
        .trim()
        .split(/\s+/);
      return (Number(numbers[6]) * 512) / 1024;
    },
    remember(samples, series) {
      const lines = ['coldstart-recorder 1', 'B 3e1f7a52-0d6c-4a3f-9f57-6f4a2f1c8b11', 'T'];
      for (let i = 0; i < series; i++) lines.push(`S ${i} node_metric_total{device="disk${i}",mode="some"}`);
      for (let n = 0; n < samples; n++) {
        const row = Array.from({ length: series }, (_, i) => {
          // every other series stands still, as on a real node
          if (i % 2 === 1 && n > 0) return '=';
          return String((values[i] = (values[i] ?? 1_000_000) + step()));
        });
        lines.push(`R ${1_790_000_000 + n * 300} ${1000 + n * 300}.25 ${row.join(' ')} .`);
      }
      mkdirSync(node.run, { recursive: true });
      writeFileSync(join(node.run, 'open'), `${lines.join('\n')}\n`);
    },
    age(seconds) {
      for (const name of readdirSync(node.data)) {
        const at = join(node.data, name);
        const then = Number(execFileSync('stat', ['-c', '%Y', at], { encoding: 'utf8' })) - seconds;
        utimesSync(at, then, then);
      }
    },
  };
}
