import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { causes } from '../../../preload/contract/doctor.ts';
import { findings } from '../../../main/core/doctor/diagnose.ts';
import type { Brought, Piece } from '../../../main/core/doctor/piece.ts';

const folder = join(import.meta.dirname, 'records');

/** A record holds pieces of evidence under `== id` lines, as a node gave them. */
function record(name: string): Brought {
  const text = readFileSync(join(folder, name), 'utf8');
  const pieces = text
    .split(/^== /m)
    .slice(1)
    .map((part): Piece => {
      const end = part.indexOf('\n');
      return { id: part.slice(0, end), standing: 'whole', text: part.slice(end + 1) };
    });
  // The records were made at 11:00 on this day; a laptop with the right time stood beside the node.
  const noon = Date.parse('2026-11-21T11:00:00Z');
  return { pieces, laptop: { before: noon, after: noon + 1000 } };
}
const named = readdirSync(folder).toSorted();
const causeOf = (name: string): string => name.split('.')[0] ?? '';
const found = (brought: Brought): readonly string[] => findings(brought).map(({ cause }) => cause);

test('there is a record for every cause the doctor knows', () => {
  const recorded = new Set(named.map(causeOf));
  assert.deepEqual(
    causes.filter(cause => !recorded.has(cause)),
    [],
  );
});

for (const name of named) {
  const cause = causeOf(name);
  test(
    cause === 'healthy'
      ? `${name}: a start with its usual noise is no finding`
      : `${name}: is found, and nothing else is`,
    () => {
      const all = findings(record(name));
      assert.deepEqual(
        all.map(one => one.cause),
        cause === 'healthy' ? [] : [cause],
      );
      for (const { lines, sure } of all) {
        assert.ok(lines.length > 0, 'a finding shows the line it rests on');
        assert.notEqual(sure, 'possible');
      }
    },
  );
}

const withJournal = (name: string, change: (text: string) => string): Brought => {
  const { pieces, ...rest } = record(name);
  return {
    ...rest,
    pieces: pieces.map(piece => (piece.id === 'journal' ? { ...piece, text: change(piece.text) } : piece)),
  };
};
const spellings: Readonly<Record<string, (text: string) => string>> = {
  'in capitals': text =>
    text.replace(/(?<=msg=".*|"msg":".*|error.*|err=.*)[a-z]{6,}/g, word => word.toUpperCase()),
  'as the console shows it, with colours and carriage returns': text =>
    text.replaceAll(/level=(\w+)/g, '\u001b[36mlevel\u001b[0m=$1').replaceAll('\n', '\r\n'),
  'with quotes escaped twice': text => text.replaceAll('\\"', '\\\\\\"'),
  'without the journal’s own stamps': text => text.replaceAll(/^\S+ cp1 (?:k3s|sh)\[\d+\]: /gm, ''),
};
for (const [how, change] of Object.entries(spellings))
  test(`every cause is found ${how}`, () => {
    for (const name of named.filter(one => causeOf(one) !== 'healthy'))
      assert.deepEqual(found(withJournal(name, change)), [causeOf(name)], name);
  });

test('the journal alone, without anything measured, still names what it tells by itself', () => {
  // These rest on something measured and not on a line of K3s.
  const measured = ['inodes-full', 'emergency-fstab', 'card-read-only'];
  for (const name of named.filter(one => ![...measured, 'healthy'].includes(causeOf(one)))) {
    const only = { pieces: record(name).pieces.filter(({ id }) => id === 'journal') };
    assert.deepEqual(found(only), [causeOf(name)], name);
  }
});
