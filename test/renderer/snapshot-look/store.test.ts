import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotId } from '../../../preload/contract/ids.ts';
import type { ObjectChange, SnapshotDiff } from '../../../preload/contract/snapshots/look.ts';
import { hashOf, routeOf, screenOf } from '../../../renderer/features/app/route.ts';
import { byNamespace, shownChanges } from '../../../renderer/features/snapshot-look/store.ts';
import { count } from '../../../renderer/ui/format.ts';

test('the address of a copy that is looked into survives a reload', () => {
  const route = { is: 'look', snapshot: 'a1b2' as SnapshotId } as const;
  assert.equal(hashOf(route), '#/look/a1b2');
  assert.deepEqual(routeOf('#/look/a1b2'), route);
  assert.equal(screenOf(route), 'snapshots');
  assert.deepEqual(routeOf('#/look'), { is: 'welcome' });
});

test('kinds stand under their namespaces, what belongs to none first', () => {
  const kind = (namespace: string, name: string, n: number) => ({
    namespace,
    kind: name,
    resource: `${name.toLowerCase()}s`,
    count: n,
  });
  const groups = byNamespace([kind('shop', 'Pod', 3), kind('', 'Node', 1), kind('shop', 'Secret', 2)]);
  assert.deepEqual(
    groups.map(({ namespace, count: n, kinds }) => [namespace, n, kinds.map(each => each.kind)]),
    [
      ['', 1, ['Node']],
      ['shop', 5, ['Pod', 'Secret']],
    ],
  );
});

test('what changes all by itself is shown only when wanted', () => {
  const change = (name: string, noise: boolean): ObjectChange => ({
    key: name,
    namespace: '',
    kind: 'Lease',
    name,
    is: 'changed',
    noise,
    fields: [],
    moreFields: 0,
  });
  const diff = { changes: [change('a', false), change('b', true)] } as unknown as SnapshotDiff;
  const names = (withNoise: boolean): string[] => shownChanges(diff, withNoise).map(({ name }) => name);
  assert.deepEqual([names(false), names(true)], [['a'], ['a', 'b']]);
});

test('large numbers stand in groups of three', () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(count), ['0', '999', '1\u202f000', '1\u202f234\u202f567']);
});
