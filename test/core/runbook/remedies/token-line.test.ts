import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinsAnother, tokenInConfig, withToken } from '../../../../main/core/runbook/remedies/token-line.ts';
import { Secret } from '../../../../main/core/secret.ts';
import { tokenHash } from '../../../../main/core/server-token.ts';

const fresh = new Secret('a "quoted": one');

test('a token is put where the old one stood, whatever form that had', () => {
  for (const old of ['token: "x"', "token: 'x'   # mine", 'token: |\n  x\n  y', '"token": x', 'token:']) {
    const after = withToken(`# head\n${old}\nnode-name: a\n`, fresh);
    assert.equal(after, `# head\ntoken: "a \\"quoted\\": one"\nnode-name: a\n`, old);
    assert.equal(tokenInConfig(after), tokenHash(fresh));
  }
});

test('where there was none it comes on top, and agent tokens are left alone', () => {
  const after = withToken('agent-token: b\ntoken-file: /x\n', fresh);
  assert.match(after, /^token: .*\nagent-token: b\ntoken-file: \/x\n$/);
  assert.equal(tokenInConfig('agent-token: b\n'), undefined);
  assert.equal(tokenInConfig('token: [\n'), undefined);
  assert.equal(tokenInConfig(''), undefined);
});

test('a token of the full form has the hash of its password', () => {
  assert.equal(tokenInConfig(`token: K10${'a'.repeat(64)}::server:word`), tokenHash(new Secret('word')));
  assert.equal(tokenInConfig('token: 12345'), tokenHash(new Secret('12345')));
});

test('a node that joins another server is told from the first one', () => {
  assert.equal(joinsAnother('server: https://a:6443\n'), true);
  assert.equal(joinsAnother('# server: https://a:6443\ntls-san-security: true\n'), false);
});
