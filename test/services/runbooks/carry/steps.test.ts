import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { NodeId, RunId } from '../../../../preload/contract/ids.ts';
import { carryName } from '../../../../main/core/carry/names.ts';
import type { JournalLine } from '../../../../main/core/runbook/step.ts';
import { told } from '../../../../main/core/runbook/step.ts';
import { scrubber } from '../../../../main/core/scrub.ts';
import { script } from '../../../../main/core/sh.ts';
import type { Sh } from '../../../../main/core/sh.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import { localFiles } from '../../../../main/machine/files.ts';
import type { Link } from '../../../../main/ports.ts';
import type { Book } from '../../../../main/services/runbooks/book.ts';
import { byStick } from '../../../../main/services/runbooks/carry/steps.ts';
import type { SittingEnd } from '../../../../main/services/runbooks/ending.ts';
import { holdsFile } from '../../../../main/services/runbooks/install-single/deliver.ts';
import { Sitting } from '../../../../main/services/runbooks/sitting.ts';
import { localLink } from '../../../support/local-link.ts';
import { loopSticks, mounts } from '../../../support/loop-sticks.ts';
import { needsElsewhere, needsRoot } from '../../../support/needs.ts';

const options = {
  ...needsElsewhere(existsSync('/dev/loop-control'), 'loop devices, to play sticks'),
  ...needsRoot(),
};
const node = { id: 'id-cp1' as NodeId, name: 'cp1' } as SiteNode;
const bytes = randomBytes(2_000_000);
const file = {
  name: 'k3s-airgap-images-amd64.tar',
  path: '/nowhere on this laptop: it must not be sent',
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
};
const onStick = new Map<string, Uint8Array>([[carryName(file), bytes]]);

/** A book that brings one file, on a node whose sticks are loop devices of this machine. */
function bench(t: TestContext) {
  const sticks = loopSticks(t);
  const { base, where } = sticks;
  const [stage, end] = [join(base, 'stage', file.name), join(base, 'end', file.name)];
  mkdirSync(join(base, 'end'));
  const there = holdsFile(end, file.sha256, '-rw-------');
  const plain: Book = {
    title: 'Bring',
    warnings: [],
    steps: [
      {
        id: 'images',
        title: 'Bring the images',
        why: '',
        weight: 1,
        changes: true,
        probe: there,
        apply: [
          { is: 'upload', file, path: stage, mode: 0o600, endsAt: { path: end, mode: 0o600 } },
          { is: 'command', as: 'root', command: script('mv "$1" "$2" && chmod 0600 "$2"', stage, end) },
        ],
        verify: there,
      },
    ],
  };
  const real = localLink();
  const here = ({ text }: Sh): Sh =>
    ({
      text: text
        .replaceAll(' /sys /dev ', ` ${where.sys} ${where.dev} `)
        .replaceAll('/run/coldstart', join(base, 'run')),
    }) as Sh;
  const link: Link = { ...real, exec: (command, how) => real.exec(here(command), how) };
  const book = byStick(plain, 'cp1');
  const notes: string[] = [];
  const news: string[] = [];

  async function sit(
    before: readonly JournalLine[] = [],
    signal = new AbortController().signal,
  ): Promise<{ readonly end: SittingEnd; readonly lines: readonly JournalLine[] }> {
    const began = book.steps.map(({ id, title, why, weight, changes }) => ({
      id,
      title,
      why,
      weight,
      changes,
    }));
    const lines: JournalLine[] = [...before];
    if (lines.length === 0) lines.push({ at: '', entry: { is: 'began', steps: began, ground: undefined } });
    const sat = await new Sitting({
      run: 'run' as RunId,
      node,
      book,
      lines,
      journal: {
        write(entry, of) {
          const line = { at: '', entry, ...(of !== undefined && { step: of }) };
          lines.push(line);
          return line;
        },
        end: () => undefined,
      },
      console: {
        step: () => undefined,
        sent: () => undefined,
        note: says => notes.push(says),
        output: () => ({ take: () => undefined, end: () => undefined }),
      },
      scrub: scrubber([]),
      clock: systemClock,
      files: localFiles(),
      signal,
      news: one => {
        if (one.is === 'progress') news.push(one.progress.what);
      },
      withLink: async (_id, _signal, work) => {
        await work(link);
      },
    }).run();
    assert.deepEqual(mounts(where), []);
    return { end: sat, lines };
  }
  return { ...sticks, sit, notes, news, stage, end };
}
const standing = (lines: readonly JournalLine[]): readonly string[] =>
  told(lines).steps.map(step => `${step.id} ${step.standing}`);

async function until(what: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !what();) {
    assert.ok(Date.now() < end, 'it never came');
    await new Promise(done => setTimeout(done, 50));
  }
}

test('the run waits for the stick, takes the file off it, and needs none the next time', options, async t => {
  const { sit, plug, pull, notes, news, stage, end } = bench(t);
  const going = sit();
  await until(() => news.some(what => what === 'Plug the stick into cp1: no stick is plugged in yet'));
  assert.ok(
    notes.some(says => says.startsWith('Plug the stick with the folder coldstart-carry into cp1 now')),
  );
  plug('sdb', onStick);
  const first = await going;
  assert.equal(first.end.state, 'passed', JSON.stringify(first.end.failure));
  assert.deepEqual(standing(first.lines), ['stick passed', 'from-stick passed', 'images passed']);
  assert.match(
    notes.join('\n'),
    /is on cp1, SHA-256 as in the vault; the stick is unmounted and may be pulled/,
  );
  assert.deepEqual(readFileSync(end), bytes);
  assert.equal(existsSync(stage), false);

  pull('sdb');
  const second = await sit();
  assert.equal(second.end.state, 'passed');
  assert.equal(second.end.unchanged, true);
  assert.deepEqual(standing(second.lines), ['stick passed', 'from-stick already', 'images already']);
});

test('a damaged file on the stick is refused, and the run goes on with another stick', options, async t => {
  const { sit, plug, pull, end } = bench(t);
  const flipped = Buffer.from(bytes);
  flipped[1_000_000] = (flipped[1_000_000] ?? 0) ^ 4;
  plug('sdb', new Map([[carryName(file), flipped]]));
  const first = await sit();
  assert.equal(first.end.state, 'failed');
  assert.equal(first.end.failure?.code, 'damaged');
  assert.match(first.end.failure?.says ?? '', /k3s-airgap-images-amd64\.tar on the stick is not the file/);
  assert.match(first.end.failure?.next ?? '', /continue the run/);
  assert.equal(existsSync(end), false);
  pull('sdb');
  plug('sdc', onStick);
  const second = await sit(first.lines);
  assert.equal(second.end.state, 'passed', JSON.stringify(second.end.failure));
  assert.deepEqual(readFileSync(end), bytes);
});

test('waiting for the stick can be stopped, and the run continued', options, async t => {
  const { sit, plug, news, end } = bench(t);
  const stop = new AbortController();
  const going = sit([], stop.signal);
  await until(() => news.some(what => /no stick is plugged in yet/.test(what)));
  stop.abort();
  const first = await going;
  assert.equal(first.end.state, 'cancelled');
  plug('sdb', onStick);
  const second = await sit(first.lines);
  assert.equal(second.end.state, 'passed');
  assert.deepEqual(readFileSync(end), bytes);
});
