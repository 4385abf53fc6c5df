import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { answersOf } from '../../../main/core/doctor/collect/answers.ts';
import { chapterCommand } from '../../../main/core/doctor/collect/command.ts';
import { item } from '../../../main/core/doctor/collect/item.ts';
import type { Chapter } from '../../../main/core/doctor/collect/item.ts';
import { needs, needsElsewhere, needsRoot } from '../../support/needs.ts';
import { inShell, shells } from '../../support/shells.ts';

const freezers = '/sys/fs/cgroup/freezer';

/** A group whose processes can be frozen: they then wait in the kernel (state D) and no signal reaches them. */
function freezer(t: TestContext): string {
  const group = `${freezers}/coldstart-test-${process.pid}`;
  mkdirSync(group);
  t.after(async () => {
    writeFileSync(`${group}/freezer.state`, 'THAWED');
    while (readFileSync(`${group}/cgroup.procs`, 'utf8') !== '')
      await new Promise(done => setTimeout(done, 20));
    rmdirSync(group);
  });
  return group;
}

for (const { name, start, tool } of shells)
  test(
    `${name}: a command stuck in the kernel, deaf to every signal, is left alone and the rest is asked`,
    {
      ...needs(...(tool ? [tool] : [])),
      ...needsElsewhere(existsSync(freezers), 'a freezer of control groups'),
      ...needsRoot(),
    },
    t => {
      const group = freezer(t);
      const chapter: Chapter = {
        id: 'test',
        title: 'Test',
        items: [
          item(
            'stuck',
            'Stuck',
            `echo begun; echo $$ >${group}/cgroup.procs; echo FROZEN >${group}/freezer.state; echo never`,
            { seconds: 1 },
          ),
          item('after', 'After', 'echo alive'),
        ],
      };
      const began = Date.now();
      const { stdout, code } = inShell(start, chapterCommand(chapter, { packed: false }).text);
      assert.equal(code, 0);
      const [stuck, after] = answersOf(chapter, stdout);
      assert.deepEqual([stuck?.standing, stuck?.text], ['timed-out', 'begun']);
      assert.deepEqual([after?.standing, after?.text], ['whole', 'alive']);
      assert.ok(Date.now() - began < 20_000);
      const [pid = ''] = readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n');
      assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), /\) D /, 'it is still stuck');
    },
  );
