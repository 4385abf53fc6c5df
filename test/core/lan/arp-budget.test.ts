import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arpBudget, mostArpPerSecond, secondsFor } from '../../../main/core/lan/arp-budget.ts';

/** When each of so many addresses is asked, and the ARP questions that leave: one at once, then one each second. */
function asked(addresses: number, tries: number, answers: (i: number) => boolean) {
  const budget = arpBudget(tries);
  const questions: number[] = [];
  let now = 0;
  const began: number[] = [];
  for (let i = 0; i < addresses; i++) {
    for (let wait = budget.take(now); wait > 0; wait = budget.take(now)) now += wait;
    began.push(now);
    if (answers(i)) {
      questions.push(now);
      budget.answered();
    } else for (let k = 0; k < tries; k++) questions.push(now + k * 1000);
  }
  return { began, questions: questions.toSorted((a, b) => a - b), seconds: now / 1000 };
}

const mostInAnySecond = (moments: readonly number[]): number =>
  Math.max(...moments.map(from => moments.filter(at => at >= from && at < from + 1000).length));

for (const tries of [1, 2, 3, 5])
  test(`a system that asks ${tries} times never sends 15 ARP questions in a second, nor asks more than 10 dead addresses`, () => {
    const dead = asked(200, tries, () => false);
    assert.ok(mostInAnySecond(dead.questions) < 15, String(mostInAnySecond(dead.questions)));
    assert.ok(mostInAnySecond(dead.began) <= 11);
    const mixed = asked(254, tries, i => i % 8 === 0);
    assert.ok(mostInAnySecond(mixed.questions) < 15, String(mostInAnySecond(mixed.questions)));
    const alive = asked(254, tries, () => true);
    assert.ok(mostInAnySecond(alive.questions) < 15, String(mostInAnySecond(alive.questions)));
  });

test('the time for a network is told from the budget', () => {
  assert.equal(Math.round(secondsFor(254, 3)), Math.round((254 * 3) / mostArpPerSecond));
  assert.ok(secondsFor(254, 1) <= 26);
  const measured = asked(254, 3, () => false).seconds;
  assert.ok(Math.abs(measured - secondsFor(254, 3)) < 2);
});
