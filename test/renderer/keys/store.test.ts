import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'uqr';
import { identityTyped, newIdentity } from '../../../main/core/age-identity.ts';
import { Secret } from '../../../main/core/secret.ts';
import { inGroups, isSameId, mayTake, qrPath } from '../../../renderer/features/keys/store.ts';

test('the paper typed in as it is printed, in groups, is the same key', async () => {
  const { identity, recipient } = await newIdentity();
  const groups = inGroups(identity.reveal());
  assert.ok(groups.every(group => group.length <= 8));
  const typed = await identityTyped(new Secret(groups.join(' ').toLowerCase()));
  assert.equal(typed.recipient, recipient);
});

test('the QR code is drawn with every dark module and its quiet zone', () => {
  assert.equal(
    qrPath(
      [
        [true, false],
        [false, true],
      ],
      4,
    ),
    'M4 4h1v1h-1zM5 5h1v1h-1z',
  );
  const { data } = encode('AGE-SECRET-KEY-1', { ecc: 'M', border: 0 });
  assert.equal(qrPath(data).split('M').length - 1, data.flat().filter(Boolean).length);
});

test('a root key is taken only with its own number typed, also without the zeros it begins with', () => {
  const offer = { is: 'root', typed: '00C0FFEE00C0FFEE', changes: [] } as const;
  assert.equal(mayTake(offer, ''), false);
  assert.equal(mayTake(offer, '00C0FFEE00C0FFE'), false);
  assert.equal(mayTake(offer, ' c0ffee00c0ffee '), true);
  assert.equal(isSameId('', '0000000000000000'), false);
  assert.equal(mayTake({ is: 'list', serial: 8, changes: [] }, ''), true);
});
