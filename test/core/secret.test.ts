import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { Secret } from '../../main/core/secret.ts';
import { sh } from '../../main/core/sh.ts';

const word = 'three cold husky dogs';
const secret = new Secret(word);
/** What a careless caller takes it for. */
const printed = secret as unknown as string;

test('a secret cannot be printed by mistake, however it is printed', () => {
  const made = { about: 'cp1', secret, list: [secret], map: new Map([['a', secret]]) };
  for (const text of [
    `a ${printed} b`,
    'a '.concat(printed),
    JSON.stringify(secret),
    JSON.stringify(made),
    inspect(secret, { depth: 9, showHidden: true }),
    inspect(made, { depth: 9, showHidden: true, getters: true }),
    format('%s %o %O %j', secret, secret, secret, secret),
    Object.entries(secret).join(),
    Reflect.ownKeys(secret).join(),
    inspect(structuredClone({ ...made })),
    new Error('refused', { cause: secret }).toString(),
    inspect(new Error('refused', { cause: made })),
    [printed].join(),
    new URLSearchParams(made as unknown as Record<string, string>).toString(),
  ])
    assert.equal(text.includes('husky'), false, text);
  assert.equal(secret.reveal(), word);
});

test('a secret is no word for a node’s shell', () => {
  assert.throws(() => sh`printf %s ${printed}`);
});
