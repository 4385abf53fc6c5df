import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../../support/needs.ts';
import { recorderShells } from '../../support/recorder.ts';
import { guardedSite } from '../../support/wan-guard.ts';
import type { GuardedSite } from '../../support/wan-guard.ts';

const tools = needs('dash', 'busybox');
const three = 'cp1||\nw1||\nw2|true|\n';
/** A tick a minute, for so many minutes. */
function minutes(site: GuardedSite, n: number, way: Parameters<GuardedSite['tick']>[1]): string {
  let said = '';
  for (let i = 0; i < n; i++) said += site.tick(60, way).stdout;
  return said;
}

for (const shell of recorderShells)
  test(
    `${shell} cordons after five minutes without a way out and uncordons after ten with one, and only its own`,
    tools,
    t => {
      const site = guardedSite(t, shell);
      site.put('nodes', three);
      minutes(site, 1, 'up');
      assert.equal(
        minutes(site, 5, 'down'),
        '',
        'the first minute of five begins at the first round without',
      );
      assert.deepEqual(site.nodes(), ['cp1||', 'w1||', 'w2|true|']);
      assert.equal(minutes(site, 1, 'down'), '<4>No way out for 300 s. Cordoned: cp1 w1\n');
      assert.deepEqual(
        site.nodes(),
        ['cp1|true|cp1', 'w1|true|cp1', 'w2|true|'],
        'w2 was cordoned by somebody',
      );
      assert.equal(minutes(site, 3, 'down'), '', 'what is so is not done again');
      assert.equal(minutes(site, 10, 'up'), '');
      assert.equal(minutes(site, 1, 'up'), '<4>Uncordoned: cp1 w1\n');
      assert.deepEqual(site.nodes(), ['cp1||', 'w1||', 'w2|true|']);
      const asked = site.asked();
      minutes(site, 5, 'up');
      assert.equal(site.asked(), asked, 'while all is well the API is left alone');
    },
  );

test('a way out that comes and goes neither cordons nor uncordons', tools, t => {
  const site = guardedSite(t, 'dash');
  site.put('nodes', three);
  for (let i = 0; i < 4; i++) {
    minutes(site, 4, 'down');
    minutes(site, 1, 'up');
  }
  assert.deepEqual(site.nodes(), ['cp1||', 'w1||', 'w2|true|']);
  minutes(site, 6, 'down');
  const held = site.nodes();
  for (let i = 0; i < 3; i++) {
    minutes(site, 9, 'up');
    minutes(site, 1, 'down');
  }
  assert.deepEqual(site.nodes(), held);
  assert.ok(held.includes('w1|true|cp1'));
});

test('a restart in the middle forgets the counting, not whom it cordoned', tools, t => {
  const site = guardedSite(t, 'dash');
  site.put('nodes', three);
  minutes(site, 6, 'down');
  site.restart();
  minutes(site, 5, 'up');
  assert.ok(site.nodes().includes('w1|true|cp1'));
  minutes(site, 6, 'up');
  assert.deepEqual(site.nodes(), ['cp1||', 'w1||', 'w2|true|']);
});

test('a machine that slept begins to count anew', tools, t => {
  const site = guardedSite(t, 'dash');
  site.put('nodes', three);
  minutes(site, 2, 'down');
  site.tick(3600, 'down');
  assert.deepEqual(site.nodes(), ['cp1||', 'w1||', 'w2|true|']);
});

test('a node without a tool to ask with does nothing', tools, t => {
  const site = guardedSite(t, 'dash');
  site.put('nodes', three);
  minutes(site, 4, 'down');
  minutes(site, 8, 'unknown');
  assert.deepEqual(site.nodes(), ['cp1||', 'w1||', 'w2|true|']);
  assert.equal(site.asked(), '');
});

test(
  'an API that does not answer is asked again, and a guard killed in the middle knows its own',
  tools,
  t => {
    const site = guardedSite(t, 'dash');
    site.put('nodes', three);
    site.put('api-down', '');
    minutes(site, 7, 'down');
    assert.notEqual(site.tick(60, 'down').code, 0);
    site.take('api-down');
    site.put('dies-at-cordon', '');
    site.tick(60, 'down');
    assert.deepEqual(site.nodes(), ['cp1||cp1', 'w1||', 'w2|true|'], 'annotated, not cordoned');
    site.take('dies-at-cordon');
    site.tick(60, 'down');
    assert.deepEqual(site.nodes(), ['cp1|true|cp1', 'w1|true|cp1', 'w2|true|']);
    site.put('nodes', 'cp1|true|cp1\nw1|true|cp2\nw2|true|\n');
    assert.equal(site.release().stdout, '<4>Uncordoned: cp1\n');
    assert.deepEqual(
      site.nodes(),
      ['cp1||', 'w1|true|cp2', 'w2|true|'],
      'another server’s guard keeps its own',
    );
  },
);
