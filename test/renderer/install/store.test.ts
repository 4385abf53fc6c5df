import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan, Preflight } from '../../../preload/contract/domain.ts';
import type { BundleId, NodeId } from '../../../preload/contract/ids.ts';
import { canOpen, emptyInstall, foldInstall } from '../../../renderer/features/install/store.ts';
import type { InstallNews, InstallState } from '../../../renderer/features/install/store.ts';
import * as made from '../../support/page/made-up.ts';

const after = (...news: readonly InstallNews[]): InstallState => news.reduce(foldInstall, emptyInstall);
const bundle = { is: 'bundle', bundle: 'b' as BundleId } as const;
const node = { is: 'node', node: 'n' as NodeId } as const;
const options = { is: 'options', options: made.options } as const;
const preflight = { is: 'preflight', preflight: made.preflight satisfies Preflight } as const;
const plan = { is: 'plan', plan: made.plan(false) satisfies Plan } as const;

test('the wizard opens the first part that is not settled', () => {
  assert.equal(after(bundle).open, 'node');
  assert.equal(after(bundle, node).open, 'options');
  assert.equal(after(bundle, node, options).open, 'check');
  assert.equal(after(node, bundle, options).open, 'check');
});

test('the verdict of the check stays before the technician until the plan is asked for', () => {
  assert.equal(after(bundle, node, options, preflight).open, 'check');
  assert.equal(after(bundle, node, options, preflight, plan).open, 'plan');
});

test('a plan never survives a change of what it was made for', () => {
  const settled = [bundle, node, options, preflight, plan] as const;
  assert.equal(after(...settled, { ...bundle, bundle: 'c' as BundleId }).plan, undefined);
  assert.equal(after(...settled, options).plan, undefined);
  assert.equal(after(...settled, preflight).plan, undefined);
  const other = after(...settled, { ...node, node: 'm' as NodeId });
  assert.deepEqual([other.plan, other.preflight, other.options], [undefined, undefined, undefined]);
});

test('the options of one node are not taken over to another', () => {
  const other = after(
    bundle,
    node,
    { is: 'suggested', options: made.options },
    { ...node, node: 'm' as NodeId },
  );
  assert.equal(other.suggested, undefined);
});

test('a part can only be opened when everything before it is settled', () => {
  const state = after(bundle);
  assert.equal(canOpen(state, 'bundle'), true);
  assert.equal(canOpen(state, 'node'), true);
  assert.equal(canOpen(state, 'options'), false);
  assert.equal(canOpen(state, 'plan'), false);
});

test('after a start the same plan cannot be started again by mistake', () => {
  const state = after(bundle, node, options, preflight, plan, { is: 'started' });
  assert.deepEqual([state.plan, state.preflight, state.open], [undefined, undefined, 'check']);
});
