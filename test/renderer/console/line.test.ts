import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLine } from '../../../preload/contract/serial.ts';
import { lineDraftOf, lineOf } from '../../../renderer/features/console/line.ts';

test('settings come back from the form unchanged, also at a speed that is not in the list', () => {
  for (const line of [usualLine, { ...usualLine, baud: 74_880, parity: 'even', stopBits: 1.5 } as const])
    assert.deepEqual(lineOf(lineDraftOf(line)), line);
});

test('what is no speed gives no settings', () => {
  for (const otherBaud of ['', '0', '49', '4000001', '115200.5', '1e5', ' ', 'fast'])
    assert.equal(lineOf({ ...lineDraftOf(usualLine), baud: 'other', otherBaud }), undefined, otherBaud);
  assert.equal(lineOf({ ...lineDraftOf(usualLine), baud: 'other', otherBaud: ' 250000 ' })?.baud, 250_000);
});
