import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { Secret } from '../../../main/core/secret.ts';
import { audited } from '../../../main/store/audit.ts';
import { failing } from '../../support/failing.ts';
import { localLink, localLinks } from '../../support/local-link.ts';
import { aNode, context, made, passphrase, stopless } from '../../support/sites.ts';

const site = '11111111-1111-4111-8111-111111111111' as SiteId;
const texts = (kept: readonly { readonly secret: Secret }[]) => kept.map(one => one.secret.reveal());

test('a kept token is never overwritten: its history is there, newest first, however the clock was set', async t => {
  const { sites, vault, clock } = made(t);
  await vault.create(passphrase);
  for (const text of ['first', 'second', 'third']) {
    sites.secrets.keep(site, 'server-token', new Secret(text), 'made at install');
    await clock.pass(text === 'second' ? -86_400_000 : 0);
  }
  assert.deepEqual(texts(sites.secrets.history(site, 'server-token')), ['third', 'second', 'first']);
  assert.equal(sites.secrets.latest(site, 'server-token')?.secret.reveal(), 'third');
  assert.equal(sites.secrets.latest(site, 'kubeconfig'), undefined);
  sites.secrets.keep(site, 'server-token', new Secret('third'), 'made at install');
  assert.equal(sites.secrets.history(site, 'server-token').length, 3, 'keeping the same again adds nothing');
});

test('a secret moved to another owner in the store does not open', async t => {
  const { sites, vault, store } = made(t);
  await vault.create(passphrase);
  sites.secrets.keep(site, 'server-token', new Secret('token'), '');
  const other = '22222222-2222-4222-8222-222222222222' as SiteId;
  store.write(db => db.run('update secret set owner = ?', other));
  await failing('damaged', () => sites.secrets.latest(other, 'server-token'));
});

test('an entry that does not open any more hides neither older nor newer ones', async t => {
  const { sites, vault, store } = made(t);
  await vault.create(passphrase);
  const keep = (text: string) => {
    sites.secrets.keep(site, 'server-token', new Secret(text), '');
  };
  keep('first');
  keep('second');
  store.write(db =>
    db.run('update secret set sealed = zeroblob(80) where rowid = (select max(rowid) from secret)'),
  );
  await failing('damaged', () => sites.secrets.latest(site, 'server-token'));
  assert.deepEqual(texts(sites.secrets.history(site, 'server-token')), ['first']);
  keep('third');
  assert.deepEqual(texts(sites.secrets.history(site, 'server-token')), ['third', 'first']);
  assert.equal(sites.secrets.latest(site, 'server-token')?.secret.reveal(), 'third');
  store.write(db => db.run('update secret set sealed = zeroblob(80)'));
  await failing('damaged', () => sites.secrets.history(site, 'server-token'));
});

test('no secret lies readable in the store, its log, or the audit record', async t => {
  const { sites, vault, store, home } = made(t);
  await vault.create(passphrase);
  const node = await aNode(sites);
  const give = { node: node.id, kind: 'password', secret: 'hunter2-hunter2', keep: true } as const;
  await sites.calls['node.secret'](give, context());
  sites.secrets.keep(node.site, 'server-token', new Secret('K10deadbeef::server:hunter2-hunter2'), '');
  const audit = JSON.stringify(store.read(audited));
  for (const name of ['coldstart.db', 'coldstart.db-wal', 'vault.json'])
    for (const hidden of ['hunter2', Buffer.from('hunter2-hunter2').toString('base64').slice(0, 16)])
      assert.equal(readFileSync(`${home}/${name}`).includes(hidden), false, name);
  assert.doesNotMatch(audit, /hunter2/);
});

test('a password kept in the vault is used after a restart, once the vault is open', async t => {
  const first = made(t);
  await first.vault.create(passphrase);
  const node = await aNode(first.sites);
  const give = { node: node.id, kind: 'password', secret: 'p', keep: true } as const;
  await first.sites.calls['node.secret'](give, context());
  first.store.close();

  const again = made(t, { home: first.home });
  const target = again.sites.targetOf(node.id);
  await failing('vault-locked', () => target.secret('password'));
  await again.vault.unlock(passphrase);
  assert.equal(target.secret('password')?.reveal(), 'p');
  assert.equal(target.secret('passphrase'), undefined);
  assert.equal(target.secret('sudo')?.reveal(), 'p', 'sudo asks for the same account’s password');
});

test('a password typed in works without a vault and is gone with the session', async t => {
  const { sites, store, vault } = made(t);
  const node = await aNode(sites);
  const give = { node: node.id, kind: 'password', secret: 'typed', keep: false } as const;
  await sites.calls['node.secret'](give, context());
  assert.equal(vault.state(), 'new');
  assert.equal(sites.targetOf(node.id).secret('password')?.reveal(), 'typed');
  assert.deepEqual(
    store.read(db => db.all('select * from secret')),
    [],
  );
  const target = sites.targetOf(node.id);
  await sites.close();
  assert.equal(target.secret('password'), undefined);
});

test('keeping a password without an open vault is refused, and it is not half kept', async t => {
  const { sites, store } = made(t);
  const node = await aNode(sites);
  const give = { node: node.id, kind: 'password', secret: 'p', keep: true } as const;
  await failing('vault-locked', () => sites.calls['node.secret'](give, context()));
  assert.equal(sites.targetOf(node.id).secret('password'), undefined);
  assert.deepEqual(
    store.read(db => db.all('select * from secret')),
    [],
  );
});

test('a password the node refused is not sent a second time by itself', async t => {
  const sent: (string | undefined)[] = [];
  const links = localLinks(target => {
    sent.push(target.secret('password')?.reveal());
    if (sent.at(-1) === 'right') return localLink();
    throw new FieldError({ code: sent.at(-1) === undefined ? 'password-needed' : 'login-refused', says: '' });
  });
  const { sites, vault } = made(t, { links });
  await vault.create(passphrase);
  const node = await aNode(sites);
  const give = { node: node.id, kind: 'password', secret: 'wrong', keep: true } as const;
  await sites.calls['node.secret'](give, context());
  const visit = () => sites.nodes.withLink(node.id, stopless, async () => undefined);
  await failing('login-refused', visit);
  await failing('password-needed', visit);
  await sites.calls['node.secret']({ ...give, secret: 'right', keep: false }, context());
  await visit();
  assert.deepEqual(sent, ['wrong', undefined, 'right']);
});

test('a password sudo refused is not handed to sudo again', async t => {
  const { sites } = made(t);
  const node = await aNode(sites);
  const give = { node: node.id, kind: 'password', secret: 'p', keep: false } as const;
  await sites.calls['node.secret'](give, context());
  const target = sites.targetOf(node.id);
  const root = () =>
    sites.nodes.withLink(node.id, stopless, async () => {
      if (target.secret('sudo')) throw new FieldError({ code: 'sudo-refused', says: '' });
      throw new FieldError({ code: 'sudo-password-needed', says: '' });
    });
  await failing('sudo-refused', root);
  await failing('sudo-password-needed', root);
  assert.equal(target.secret('password')?.reveal(), 'p', 'the login itself was fine');
});

test('a password of root that emergency mode refused is not tried again, and the login keeps its own', async t => {
  const { sites } = made(t);
  const node = await aNode(sites);
  for (const [kind, secret] of [
    ['password', 'p'],
    ['root', 'wrong'],
  ] as const)
    await sites.calls['node.secret']({ node: node.id, kind, secret, keep: false }, context());
  const target = sites.targetOf(node.id);
  await failing('login-refused', () =>
    sites.nodes.withLink(node.id, stopless, async () => {
      assert.equal(target.secret('root')?.reveal(), 'wrong');
      throw new FieldError({ code: 'login-refused', says: '', facts: { secret: 'root' } });
    }),
  );
  assert.equal(target.secret('root'), undefined);
  assert.equal(target.secret('password')?.reveal(), 'p');
});

test('removing a node forgets its passwords and keeps its token', async t => {
  const { sites, vault } = made(t);
  await vault.create(passphrase);
  const node = await aNode(sites);
  const give = { node: node.id, kind: 'password', secret: 'p', keep: true } as const;
  await sites.calls['node.secret'](give, context());
  sites.secrets.keep(node.id, 'server-token', new Secret('token'), '');
  await sites.calls['node.remove']({ node: node.id }, context());
  assert.equal(sites.secrets.latest(node.id, 'password'), undefined);
  assert.equal(sites.secrets.latest(node.id, 'server-token')?.secret.reveal(), 'token');
});

test('a node that repeats the password it was given is not repeated', async t => {
  const { sites } = made(t);
  const node = await aNode(sites, { login: { is: 'password' } });
  const secret = 'winter "in" the hut';
  await sites.calls['node.secret']({ node: node.id, kind: 'password', secret, keep: false }, context());
  const failure = await failing('could-not', () =>
    sites.nodes.withLink(node.id, stopless, async () => {
      throw new FieldError({
        code: 'could-not',
        says: `bad password: ${secret}`,
        about: 'cp1',
        facts: { stderr: JSON.stringify(secret) },
      });
    }),
  );
  assert.equal(failure.says, 'bad password: ‹secret›');
  assert.equal(failure.about, 'cp1');
  assert.doesNotMatch(JSON.stringify(failure), /winter/);
});
