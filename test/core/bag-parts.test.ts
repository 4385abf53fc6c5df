import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered, inParts, mostPartBytes, partOf, partPath } from '../../main/core/bag-parts.ts';

test('a file is cut into parts whose names sort in order and whose sizes add up', () => {
  const parts = inParts({ path: 'data/x.age', bytes: 25, what: 'snapshot' }, 10);
  assert.deepEqual(parts, [
    { path: 'data/x.age.part-001', bytes: 10, what: 'snapshot' },
    { path: 'data/x.age.part-002', bytes: 10, what: 'snapshot' },
    { path: 'data/x.age.part-003', bytes: 5, what: 'snapshot' },
  ]);
  assert.deepEqual(inParts({ path: 'x', bytes: 10 }, 10), [{ path: 'x', bytes: 10 }]);
  assert.equal(inParts({ path: 'x', bytes: 20 }, 10).length, 2);
  assert.ok(mostPartBytes < 2 ** 31, 'some systems hold no file of 2 GiB');
});

test('only a name as it is written is a part', () => {
  assert.deepEqual(partOf(partPath('x.age', 12)), { whole: 'x.age', nth: 12 });
  for (const path of ['x.age', 'x.age.part-1', 'x.age.part-0001', '.part-001', 'x.part-', 'x.part-001.age'])
    assert.equal(partOf(path), undefined, path);
});

test('parts are put together in order, and a gap, a zeroth part or a whole beside them is said', () => {
  assert.deepEqual(gathered(['b.age', 'a.age.part-002', 'a.age.part-001']), {
    files: [
      { path: 'a.age', parts: ['a.age.part-001', 'a.age.part-002'] },
      { path: 'b.age', parts: ['b.age'] },
    ],
    problems: [],
  });
  const problems = (...paths: readonly string[]): readonly string[] => gathered(paths).problems;
  assert.deepEqual(problems('a.age.part-002'), ['a.age.part-001 is missing.']);
  assert.deepEqual(problems('a.age.part-001', 'a.age.part-003'), ['a.age.part-002 is missing.']);
  assert.deepEqual(problems('a.age', 'a.age.part-001'), ['a.age is there whole and in parts.']);
  assert.equal(problems('a.age.part-000', 'a.age.part-001').length, 2);
});
