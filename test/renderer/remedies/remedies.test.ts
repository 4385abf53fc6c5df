import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FindingRemedy, RemedyField } from '../../../preload/contract/doctor.ts';
import { choicesOf, draftOf, isReady, withOption } from '../../../renderer/features/remedies/draft.ts';
import { foldRemedy, noRemedy } from '../../../renderer/features/remedies/store.ts';
import type { RemediesState, RemedyNews } from '../../../renderer/features/remedies/store.ts';
import * as made from '../../support/page/made-up.ts';
import { form, remedyPlan } from '../../support/page/made-up-rescue.ts';

const remedy: FindingRemedy = { remedy: 'free-disk', title: 'Free disk space' };
const after = (...news: readonly RemedyNews[]): RemediesState => news.reduce(foldRemedy, noRemedy);
const chosen: RemedyNews = { is: 'chosen', node: made.nodes.summit, remedy };
const plan: RemedyNews = { is: 'plan', plan: remedyPlan(made.plan(false)) };

test('what is proposed is what is asked for, unless it was changed', () => {
  assert.deepEqual(
    choicesOf(form, draftOf(form)),
    form.fields.map(({ name, value }) => ({ name, value })),
  );
  const changed = after(chosen, { is: 'form', form }, { is: 'answer', name: 'margin', value: '4096' });
  assert.equal(choicesOf(form, changed.draft).find(each => each.name === 'margin')?.value, '4096');
});

test('a plan never survives a change of an answer', () => {
  const planned = after(chosen, { is: 'form', form }, plan);
  assert.ok(planned.plan);
  assert.equal(foldRemedy(planned, { is: 'answer', name: 'keep', value: '2d' }).plan, undefined);
  assert.equal(foldRemedy(planned, { is: 'typed', typedName: 'x' }).plan, undefined);
  assert.equal(foldRemedy(planned, { is: 'form', form }).plan, undefined);
});

test('the questions of another remedy that come late are not shown', () => {
  const state = after({ ...chosen, remedy: { ...remedy, remedy: 'set-clock' } }, { is: 'form', form });
  assert.equal(state.form, undefined);
});

test('nothing typed for one remedy is carried over to the next', () => {
  const state = after(chosen, { is: 'form', form }, { is: 'typed', typedName: 'summit-1' }, plan, chosen);
  assert.deepEqual(state, { ...noRemedy, node: made.nodes.summit, chosen: remedy });
});

test('values of a choice of many keep the order of the form, and one nobody listed is kept', () => {
  const field = form.fields[0] as RemedyField;
  assert.equal(withOption(field, 'etcd-old', 'journal', true), 'journal\netcd-old');
  assert.equal(withOption(field, 'journal\netcd-old', 'journal', false), 'etcd-old');
  assert.equal(withOption(field, 'else', 'tars', true), 'tars\nelse');
  assert.equal(withOption(field, 'tars', 'tars', false), '');
});

test('where the name must be typed out, only exactly that name opens the plan', () => {
  assert.deepEqual(
    ['', 'summit', 'Summit-1', 'summit-1', ' summit-1 '].map(typed => isReady(form, typed, 'summit-1')),
    [false, false, false, true, true],
  );
  assert.equal(isReady({ ...form, typedName: false }, '', 'summit-1'), true);
});
