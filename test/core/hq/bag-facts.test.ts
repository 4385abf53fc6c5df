import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bagInfo } from '../../../main/core/bagit.ts';
import { archiveName, bagFacts } from '../../../main/core/hq/bag-facts.ts';
import { inventoryIn, tokensIn } from '../../../main/core/hq/inventory.ts';
import { forks, missingBags } from '../../../main/core/hq/missing.ts';
import type { InRow } from '../../../main/core/hq/missing.ts';
import { verdictOn, verdictWords } from '../../../main/core/hq/receipt-words.ts';

const [site, id] = ['0a1b2c3d-0000-4000-8000-000000000001', '0a1b2c3d-0000-4000-8000-000000000002'];
const info = bagInfo({
  site,
  exportId: id,
  at: new Date(0),
  laptop: { key: '0123456789ABCDEF', counter: 42, previous: 'ab'.repeat(32) },
  agent: 'Coldstart',
  world: 'real',
  oxum: '1.1',
});

test('a bag-info of ours says which site, export, laptop and number it is', () => {
  const facts = bagFacts(info);
  assert.deepEqual(facts, {
    site,
    export: id,
    laptop: '0123456789ABCDEF',
    counter: 42,
    previous: 'ab'.repeat(32),
    world: 'real',
    date: '1970-01-01T00:00:00.000Z',
    clockDoubtful: false,
  });
  assert.ok(typeof facts !== 'string' && archiveName(facts) === `000042-${id}`);
});

test('what is wrong with a bag-info is said in a sentence', () => {
  const wrong: readonly (readonly [RegExp, string, RegExp])[] = [
    [/External-Identifier: .*/, 'External-Identifier: ../../x/y', /no site and export/],
    [/Coldstart-Laptop: .*\n/, '', /which laptop/],
    [/Coldstart-Counter: .*/, 'Coldstart-Counter: 0', /which laptop/],
    [/Coldstart-Counter: .*/, 'Coldstart-Counter: 1e99', /which laptop/],
    [/Coldstart-Previous: .*/, 'Coldstart-Previous: none', /Coldstart-Previous/],
    [/Coldstart-World: .*/, 'Coldstart-World: dream', /practice/],
  ];
  for (const [from, to, says] of wrong) {
    const told = bagFacts(info.replace(from, to));
    assert.match(typeof told === 'string' ? told : 'nothing', says);
  }
});

const row = (counter: number, more: Partial<InRow> = {}): InRow => ({
  laptopKey: 'A',
  counter,
  site: 's',
  tagmanifestSha256: `hash-${counter}`,
  ...(counter > 1 ? { previous: `hash-${counter - 1}` } : {}),
  ...more,
});

test('numbers that never came are missing, at the site of the next bag that did; each laptop has its own row', () => {
  const bags = [row(2), row(5, { site: 't' }), row(1, { laptopKey: 'B' })];
  assert.deepEqual(
    missingBags(bags).map(each => `${each.laptopKey}${each.counter}${each.site}`),
    ['A1s', 'A3t', 'A4t'],
  );
  assert.deepEqual(missingBags([]), []);
});

test('a wrong number far away does not make a list without an end', () => {
  const missing = missingBags([row(1), row(900_000_000)]);
  assert.deepEqual([missing.length, missing[0]?.counter], [50, 899_999_950]);
});

test('a row that forks is told, one with a gap is not', () => {
  assert.deepEqual(forks([row(1), row(2), row(4)]), []);
  assert.match(forks([row(1), row(1, { tagmanifestSha256: 'other' })]).join(), /two exports with number 1/);
  assert.match(forks([row(1), row(2, { previous: 'other' })]).join(), /does not follow on/);
});

test('one snapshot that does not restore decides; a bag without any is received', () => {
  const [good, bad] = [
    { name: 'a', restorable: true, says: '' },
    { name: 'b', restorable: false, says: 'Torn.' },
  ];
  assert.deepEqual([[], [good], [good, bad]].map(verdictOn), ['received', 'received', 'not-restorable']);
  assert.match(
    verdictWords([good, bad]),
    /^Received, not restorable: 1 of 2 snapshots failed the proof\. b: Torn\.$/,
  );
  assert.equal(verdictWords([good, good]), 'Received. All 2 snapshots restore.');
});

test('an inventory or tokens that are something else give nothing, and never throw', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '{"kind":"coldstart-inventory"}',
    '{"tokens":7}',
    '{"tokens":[null,{}]}',
  ]) {
    assert.equal(inventoryIn(text), undefined, text);
    assert.deepEqual(tokensIn(text), [], text);
  }
});
