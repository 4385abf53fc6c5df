import assert from 'node:assert/strict';
import test from 'node:test';
import type { Neighbour } from '../../../main/core/lan/sighting.ts';
import { meaning } from '../../../main/machine/network/unclear.ts';

const entry = (state: Neighbour['state'], address = '203.0.113.5', wire = 'eth0'): Neighbour => ({
  address,
  wire,
  state,
});
const refused = (code: string, ms = 5): { readonly code: string; readonly ms: number } => ({ code, ms });

test('a refusal of somebody who stands resolved in the table is a firewall that rejects', () => {
  for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'ENOPROTOOPT'])
    assert.equal(meaning('203.0.113.5', refused(code), [entry('resolved')]).is, 'closed', code);
});

test('a refusal where the search goes on or failed is nobody, however quickly it came', () => {
  for (const state of ['asking', 'nobody'] as const)
    assert.equal(meaning('203.0.113.5', refused('EHOSTUNREACH'), [entry(state)]).is, 'nobody');
});

test('behind a router the time tells: it takes three seconds to find nobody', () => {
  assert.equal(meaning('203.0.113.5', refused('EHOSTUNREACH', 40), []).is, 'closed');
  assert.equal(meaning('203.0.113.5', refused('EHOSTUNREACH', 3050), []).is, 'nobody');
});

test('what the laptop itself forbids is no answer of anybody', () => {
  for (const code of ['ENETUNREACH', 'EACCES'])
    assert.deepEqual(meaning('203.0.113.5', refused(code), []), { is: 'could-not', code });
});

test('an unanswered link-local address is nobody when its own wire found nobody', () => {
  const late = refused('ETIMEDOUT', 1500);
  assert.equal(meaning('fe80::5%eth0', late, [entry('asking', 'fe80::5%eth0')]).is, 'nobody');
  assert.equal(meaning('fe80::5%eth0', late, [entry('resolved', 'fe80::5%eth0')]).is, 'silent');
  assert.equal(meaning('fe80::5%eth0', late, [entry('asking', 'fe80::5%eth1', 'eth1')]).is, 'silent');
  assert.equal(meaning('fe80::5%eth0', late, []).is, 'silent');
});
