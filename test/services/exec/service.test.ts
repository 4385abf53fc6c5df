import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecNews } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { practiceSite } from '../../support/practice-site.ts';

async function all(
  from: AsyncIterable<ExecNews>,
): Promise<{ out: string; err: string; code: number | null }> {
  let [out, err] = ['', ''];
  let code: number | null = null;
  for await (const news of from) {
    if (news.is === 'stdout') out += Buffer.from(news.bytes).toString();
    else if (news.is === 'stderr') err += Buffer.from(news.bytes).toString();
    else if (news.is === 'ended') ({ code } = news);
  }
  return { out, err, code };
}

test('a command’s output, errors and status come back, also as root and with input', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { feeds } = app.handlers;
  const ask = (command: string, more: { as?: 'login' | 'root'; stdin?: Uint8Array } = {}) =>
    all(feeds['exec.open']({ node: app.node, command, as: 'login', ...more }, new AbortController().signal));
  assert.deepEqual(await ask('echo "a  b"; echo oops >&2; exit 3'), {
    out: 'a  b\n',
    err: 'oops\n',
    code: 3,
  });
  assert.deepEqual(await ask('id -u', { as: 'root' }), { out: '0\n', err: '', code: 0 });
  assert.deepEqual(await ask('cat', { stdin: Buffer.from('from the laptop') }), {
    out: 'from the laptop',
    err: '',
    code: 0,
  });
});

test('a listener that leaves ends the command', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { feeds } = app.handlers;
  const left = new AbortController();
  const asked = { node: app.node, command: 'echo begun; sleep 600', as: 'login' as const };
  for await (const news of feeds['exec.open'](asked, left.signal)) if (news.is === 'stdout') break;
  left.abort();
  const ps = await site.station.run('ps -ef');
  assert.doesNotMatch(ps.stdout, /sleep 600/);
});

test('a command that runs too long is ended and told', async t => {
  const app = await (await practiceSite(t)).open();
  const asked = { node: app.node, command: 'sleep 600', as: 'login' as const, timeoutSeconds: 1 };
  const failure = await all(app.handlers.feeds['exec.open'](asked, new AbortController().signal)).catch(
    failureOf,
  );
  assert.equal((failure as { code: unknown }).code, 'timed-out');
});
