import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macInside } from '../../../main/core/lan/eui64.ts';

test('the card is read out of a link-local address that was made of it', () => {
  assert.equal(macInside('fe80::5054:ff:fe12:3456%eth0'), '52:54:00:12:34:56');
  assert.equal(macInside('fe80::fc:ff:fe00:1%eth0'), '02:fc:00:00:00:01');
  assert.equal(macInside('fe80::a:bff:fe0c:d'), '02:0a:0b:0c:00:0d');
  assert.equal(macInside('fe80::ff:fe00:3%eth0'), '02:00:00:00:00:03');
});

test('an address made otherwise gives none', () => {
  for (const address of [
    'fe80::1%eth0',
    'fe80::8d2c:1b0e:77aa:1%eth0',
    '10.0.1.7',
    'fd00::5054:ff:fe12:3456',
    '',
  ])
    assert.equal(macInside(address), undefined);
});
