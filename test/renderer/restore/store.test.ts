import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offeredRestores, restoreKinds } from '../../../preload/contract/snapshots/restore.ts';
import type { SnapshotId } from '../../../preload/contract/ids.ts';
import {
  canOpenPart,
  changesSite,
  foldRestore,
  isSettled,
  noRestore,
  offeredSources,
  restoreParts,
  sourceKinds,
  wantsOwnMachine,
  waysFrom,
} from '../../../renderer/features/restore/store.ts';
import type { RestoreNews, RestoreState } from '../../../renderer/features/restore/store.ts';
import { en } from '../../../renderer/words/en.ts';
import { restoreForm, restorePlan } from '../../support/page/fake-restore.ts';
import * as made from '../../support/page/made-up.ts';

const after = (...news: readonly RestoreNews[]): RestoreState => news.reduce(foldRestore, noRestore);
const source = { is: 'kept', snapshot: made.snapshots[0]?.id as SnapshotId } as const;
const node = made.nodes.summit;
const kind: RestoreNews = { is: 'kind', kind: 'ha', node };
const form: RestoreNews = { is: 'form', form: restoreForm('ha') };
const plan: RestoreNews = { is: 'plan', plan: restorePlan(made.plan(false)) };
const typed: RestoreNews = { is: 'typed', typedName: 'summit-1' };
const planned = after({ is: 'source', source }, kind, form, plan, typed);
const reachable = (at: RestoreState): string[] => restoreParts.filter(part => canOpenPart(at, part));

test('each way back is offered from exactly one thing to go back to', () => {
  assert.deepEqual(sourceKinds.flatMap(waysFrom).toSorted(), offeredRestores.toSorted());
  assert.deepEqual(
    offeredSources,
    sourceKinds.filter(each => waysFrom(each).length > 0),
  );
});

test('a snapshot is never asked for where there is none', () => {
  assert.ok(waysFrom('none').includes('lost-quorum'));
  assert.equal(waysFrom('kept').includes('lost-quorum'), false);
});

test('only a new machine and a drill want one that was never in the cluster, and only a drill leaves the site as it is', () => {
  assert.deepEqual(restoreKinds.filter(wantsOwnMachine), ['new-host', 'drill']);
  assert.deepEqual(
    restoreKinds.filter(kind => !changesSite(kind)),
    ['drill'],
  );
});

test('every way back has its own plain words', () => {
  const titles = restoreKinds.map(each => en.restore.kinds[each].title);
  assert.equal(new Set(titles).size, restoreKinds.length);
});

test('a part opens once everything before it is settled', () => {
  assert.deepEqual(reachable(noRestore), ['what']);
  assert.deepEqual(reachable(after({ is: 'source', source })), ['what', 'way']);
  assert.deepEqual(reachable(after({ is: 'source', source }, kind)), ['what', 'way', 'asked']);
  assert.deepEqual(reachable(planned), [...restoreParts]);
  assert.equal(foldRestore(noRestore, { is: 'open', part: 'plan' }), noRestore);
  assert.deepEqual(
    restoreParts.map(part => isSettled(planned, part)),
    [true, true, true, false],
  );
});

test('another snapshot, machine or way back takes the plan and the typed name away', () => {
  const others: readonly RestoreNews[] = [
    { is: 'source', source: { is: 'none' } },
    { is: 'node', node: made.nodes.hut },
    { is: 'kind', kind: 'single', node },
    { is: 'begin' },
  ];
  for (const news of others) {
    const next = foldRestore(planned, news);
    assert.equal(next.plan, undefined, news.is);
    assert.equal(next.form, undefined, news.is);
    assert.equal(next.typedName, '', news.is);
  }
});

test('a plan and the typed name never survive a change of an answer', () => {
  for (const news of [{ is: 'answer', name: 'pace', value: 'later' }, { is: 'change' }, form] as const) {
    const next = foldRestore(planned, news);
    assert.equal(next.plan, undefined, news.is);
    assert.equal(next.typedName, '', news.is);
  }
});

test('a name typed for an earlier plan does not agree to a new one', () => {
  assert.equal(foldRestore(planned, plan).typedName, '');
});

test('questions of another way back that come late are not shown', () => {
  assert.equal(after({ is: 'source', source }, { ...kind, kind: 'single' }, form).form, undefined);
});

test('who begins from a snapshot goes on to the way; who begins from a node chooses what to go back to', () => {
  assert.equal(after({ is: 'begin', source }).open, 'way');
  const fromNode = after({ is: 'begin', node });
  assert.equal(fromNode.open, 'what');
  assert.equal(foldRestore(fromNode, { is: 'source', source }).node, node);
});
