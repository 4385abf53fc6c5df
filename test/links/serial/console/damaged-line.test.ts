import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { gettyCable, loginOf, openConsole } from '../../../support/cable.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { temporaryUser } from '../../../support/users.ts';

const here = { ...needs('socat', 'agetty'), ...needsRoot() };
const { signal } = new AbortController();

test('on a line that damages every thirtieth letter no piece of the password is ever seen', here, async t => {
  const user = await temporaryUser(t);
  const cable = await gettyCable(t);
  let seed = 42;
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const went: string[] = [];
  /** So many letters in a row are no chance. */
  const run = 8;
  cable.spoil(bytes => {
    const out = [...bytes].flatMap(byte => {
      const now = chance();
      return now < 0.02 ? [] : now < 0.035 ? [byte, byte] : [byte];
    });
    if (Buffer.from(bytes).toString() === `${user.password}\r`) went.push(Buffer.from(out).toString());
    return Uint8Array.from(out);
  });
  const { console, kept, shown } = await openConsole(t, cable);
  const held = await console.hold('A test', signal);
  for (let i = 0; i < 2; i++)
    await held.logIn(loginOf(user.name, user.password), signal).catch((thrown: unknown) => {
      assert.ok(thrown instanceof FieldError, String(thrown));
    });
  assert.ok(went.length > 0);
  const seen = kept.text() + shown();
  for (const text of went)
    for (let at = 0; at + run <= text.length; at++) assert.ok(!seen.includes(text.slice(at, at + run)));
});
