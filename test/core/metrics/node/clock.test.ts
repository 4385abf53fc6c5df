import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { clockAhead } from '../../../../main/core/metrics/node/clock.ts';

/** Asked at second 1000, and the answer was there at 1002. */
const ahead = (text: string): number | undefined => clockAhead(Buffer.from(text), 1_000_000, 1_002_000);

suite('the clock of a node beside the laptop’s', () => {
  test('is right when it says a time within the scrape', () => {
    assert.equal(ahead('node_time_seconds 1001.5\n'), 0);
    // In whole seconds 999 may have been 999.99.
    assert.equal(ahead('node_time_seconds 999\n'), 0);
    assert.ok((ahead('node_time_seconds 999.0\n') ?? 0) < 0);
  });
  test('is off by no less than what the scrape leaves open', () => {
    assert.equal(ahead('a 1\nnode_time_seconds 1.0625e+03\nz 1\n'), 60.5);
    assert.equal(ahead('node_time_seconds 900.5\n'), -99.5);
    assert.equal(ahead('node_time_seconds 0\n'), -999);
  });
  test('is not judged by a text that does not tell it', () => {
    assert.equal(ahead('other_node_time_seconds 5\n# node_time_seconds 7\n'), undefined);
    assert.equal(ahead('node_time_seconds NaN\n'), undefined);
    assert.equal(ahead(''), undefined);
  });
});
