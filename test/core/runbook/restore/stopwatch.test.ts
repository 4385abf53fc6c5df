import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopwatch } from '../../../../main/core/runbook/restore/stopwatch.ts';
import type { Entry, JournalLine, StepHead } from '../../../../main/core/runbook/step.ts';

const head = (id: string, changes: boolean): StepHead => ({ id, title: id, why: id, weight: 1, changes });
const heads = [head('lock', false), head('reset', true), head('works', false), head('compared', false)];
const at = (seconds: number, entry: Entry, step?: string): JournalLine => ({
  at: new Date(Date.UTC(2026, 10, 22, 10) + seconds * 1000).toISOString(),
  entry,
  ...(step !== undefined && { step }),
});
const began = at(0, { is: 'began', steps: heads, ground: {} });
const stood = (seconds: number, step: string, standing: 'applying' | 'passed' | 'already'): JournalLine =>
  at(seconds, { is: 'stood', standing }, step);

test('the stopwatch runs from the first change until the comparison, not from the lock and not to the tidying', () => {
  const lines = [
    began,
    stood(1, 'lock', 'applying'),
    stood(2, 'lock', 'passed'),
    stood(10, 'reset', 'applying'),
    stood(40, 'reset', 'passed'),
    stood(70, 'works', 'passed'),
    stood(75, 'compared', 'passed'),
    at(99, { is: 'ended', state: 'passed', unchanged: false }),
  ];
  assert.deepEqual(stopwatch(lines), { from: lines[3]?.at, seconds: 65, idleSeconds: 0 });
  assert.equal(stopwatch(lines.filter(({ step }) => step !== 'compared'))?.seconds, 60);
});

test('a break counts, and is told', () => {
  const lines = [
    began,
    stood(10, 'reset', 'applying'),
    at(20, { is: 'ended', state: 'interrupted', unchanged: false }),
    at(620, { is: 'sitting', machineId: 'm', bootId: 'b', hostname: 'h' }),
    stood(640, 'reset', 'passed'),
    stood(650, 'compared', 'passed'),
  ];
  assert.deepEqual(stopwatch(lines), { from: lines[1]?.at, seconds: 640, idleSeconds: 600 });
});

test('a run that changed nothing, or was never seen to work, has no time', () => {
  assert.equal(stopwatch([began, stood(10, 'reset', 'already'), stood(20, 'compared', 'passed')]), undefined);
  assert.equal(stopwatch([began, stood(10, 'reset', 'applying')]), undefined);
  assert.equal(stopwatch([]), undefined);
});
