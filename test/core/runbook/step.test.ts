import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StepStanding } from '../../../preload/contract/domain.ts';
import { digested } from '../../../main/core/runbook/plan.ts';
import { after, leftUnchanged, told } from '../../../main/core/runbook/step.ts';
import type { Entry, Happened, JournalLine } from '../../../main/core/runbook/step.ts';
import { progressOf, weightOfBytes } from '../../../main/core/runbook/weights.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';

const so = { is: 'so', saw: 'x' } as const;
const notSo = { is: 'not-so', saw: 'x' } as const;
const all: readonly StepStanding[] = [
  'waiting',
  'probing',
  'applying',
  'verifying',
  'already',
  'passed',
  'failed',
  'unsure',
];

const walk = (...happened: readonly Happened[]): StepStanding =>
  happened.reduce<StepStanding>(after, 'waiting');
const begin = { did: 'begin' } as const;
const apply = { did: 'apply' } as const;

test('a step that is already so is not applied', () => {
  assert.equal(walk(begin, { did: 'probe', judged: so, before: false }), 'already');
  assert.equal(walk(begin, { did: 'probe', judged: so, before: true }), 'passed');
});

test('a step is green only after a look that held', () => {
  const probe = { did: 'probe', judged: notSo, before: false } as const;
  assert.equal(walk(begin, probe, apply, { did: 'verify', judged: so }), 'passed');
  assert.equal(walk(begin, probe, apply, { did: 'verify', judged: notSo }), 'failed');
  assert.equal(walk(begin, { did: 'probe', judged: undefined, before: false }), 'applying');
  for (const at of all)
    for (const happened of [
      apply,
      { did: 'verify', judged: notSo },
      { did: 'fail', saw: '' },
      { did: 'stop' },
      probe,
    ] as const) {
      const to = after(at, happened);
      if (to === 'passed' || to === 'already') assert.equal(to, at, `${at} + ${happened.did}`);
    }
  // a verify that was not asked for counts for nothing
  for (const at of all.filter(one => one !== 'verifying'))
    assert.equal(after(at, { did: 'verify', judged: so }), at);
});

test('being stopped in the middle of a change is unsure, before it nothing happened', () => {
  assert.equal(after('applying', { did: 'stop' }), 'unsure');
  assert.equal(after('verifying', { did: 'stop' }), 'unsure');
  assert.equal(after('probing', { did: 'stop' }), 'waiting');
  assert.equal(after('passed', { did: 'stop' }), 'passed');
});

const heads = [
  { id: 'look', title: 'Look', why: '', weight: 1, changes: false },
  { id: 'make', title: 'Make', why: '', weight: 4, changes: true },
];
const journal = (...entries: readonly (readonly [Entry, string?])[]): JournalLine[] =>
  entries.map(([entry, step], i) => ({
    at: `2026-01-01T00:00:0${i}.000Z`,
    entry,
    ...(step !== undefined && { step }),
  }));
const began: Entry = { is: 'began', steps: heads, ground: { x: 1 } };
const stood = (standing: StepStanding, saw?: string): Entry => ({
  is: 'stood',
  standing,
  ...(saw !== undefined && { saw }),
});

test('a run is rebuilt from its journal, cut off anywhere', () => {
  const whole = journal(
    [began],
    [{ is: 'sitting', machineId: 'm', bootId: 'b1', hostname: 'h' }],
    [stood('probing'), 'make'],
    [stood('applying'), 'make'],
    [{ is: 'intent', nth: 1, asks: 'install', as: 'root', job: 'install.1' }, 'make'],
    [{ is: 'result', nth: 1, code: 0, saw: 'ok', seconds: 2 }, 'make'],
    [stood('passed', 'made'), 'make'],
    [{ is: 'ended', state: 'passed', unchanged: false }],
  );
  for (let length = 0; length <= whole.length; length++) {
    const tale = told(whole.slice(0, length));
    assert.equal(tale.steps.length, length === 0 ? 0 : 2);
    assert.equal(tale.openJob?.job, length === 5 ? 'install.1' : undefined, String(length));
    assert.equal(tale.applied.has('make'), length >= 4);
    assert.equal(tale.nextNth, length >= 5 ? 2 : 1);
  }
  const tale = told(whole);
  assert.deepEqual(tale.ground, { x: 1 });
  assert.deepEqual(tale.who, { machineId: 'm', bootId: 'b1', hostname: 'h' });
  assert.deepEqual(tale.steps[1], {
    id: 'make',
    title: 'Make',
    why: '',
    standing: 'passed',
    startedAt: whole[2]?.at,
    endedAt: whole[6]?.at,
    saw: 'made',
  });
  assert.deepEqual(
    tale.jobs.map(({ job }) => job),
    ['install.1'],
  );
});

test('a run that only looked is unchanged, one that changed something in any sitting is not', () => {
  assert.equal(leftUnchanged(told(journal([began], [stood('applying'), 'look']))), true);
  assert.equal(
    leftUnchanged(told(journal([began], [stood('applying'), 'make'], [stood('already'), 'make']))),
    false,
  );
});

test('progress goes by weight, and a remaining time appears only once it was measured', () => {
  const steps = [
    { weight: 10, done: 1 },
    { weight: 30, done: 0.5 },
  ];
  assert.deepEqual(progressOf('x', steps, { weight: 0, seconds: 0 }), {
    what: 'x',
    done: 62.5,
    total: 100,
    unit: 'percent',
  });
  assert.equal(progressOf('x', steps, { weight: 10, seconds: 20 }).remainingSeconds, 30);
  assert.equal(progressOf('x', steps, { weight: 10, seconds: 1 }).remainingSeconds, undefined);
  assert.equal(
    progressOf('x', [{ weight: 10, done: 1 }], { weight: 10, seconds: 20 }).remainingSeconds,
    undefined,
  );
  assert.equal(weightOfBytes(0), 1);
  assert.equal(weightOfBytes(200_000_000), 20);
});

test('a plan’s digest depends on every word in it and on nothing else', () => {
  const node = 'n' as NodeId;
  const step = {
    id: 'a',
    title: 't',
    why: 'w',
    weight: 1,
    commands: [{ text: 'true', as: 'root', phase: 'change' }],
  } as const;
  const plan = {
    runbook: 'preflight',
    node,
    nodeName: 'x',
    title: 't',
    steps: [step],
    warnings: ['careful'],
  } as const;
  const { digest } = digested(plan);
  assert.match(digest, /^[0-9a-f]{64}$/);
  const turned = {
    warnings: ['careful'],
    title: 't',
    steps: [
      { commands: [{ as: 'root', phase: 'change', text: 'true' }], weight: 1, why: 'w', title: 't', id: 'a' },
    ],
    nodeName: 'x',
    node,
    runbook: 'preflight',
  } as const;
  assert.equal(digested(turned).digest, digest);
  for (const other of [
    { ...plan, warnings: [] },
    { ...plan, title: 'T' },
    { ...plan, steps: [{ ...step, commands: [{ ...step.commands[0], text: 'true ' }] }] },
    { ...plan, steps: [{ ...step, commands: [{ ...step.commands[0], as: 'login' }] }] },
    { ...plan, steps: [{ ...step, mayLose: 'all' }] },
  ] as const)
    assert.notEqual(digested(other).digest, digest);
});
