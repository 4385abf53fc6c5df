import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { opener, openBrowser } from '../../../main/hosts/node/open-browser.ts';
import { folder } from '../../support/folder.ts';

const link = 'http://127.0.0.1:4711/open/one-time-secret';

/** A folder with an `xdg-open` that notes its arguments in `asked`. */
function someDesktop(path: string): { readonly env: Record<string, string>; readonly asked: string } {
  const asked = join(path, 'asked');
  writeFileSync(
    join(path, 'xdg-open'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > ${asked}.new\nmv ${asked}.new ${asked}\n`,
  );
  chmodSync(join(path, 'xdg-open'), 0o755);
  return { env: { PATH: `${path}:/usr/bin:/bin`, DISPLAY: ':7' }, asked };
}

test('the browser is given a file only this user can read, never the link itself', async t => {
  const path = folder(t);
  const { env, asked } = someDesktop(path);
  const watching = watch(path);
  const opened = openBrowser(link, { platform: 'linux', env });
  assert.ok(opened);
  while (!existsSync(asked)) await once(watching, 'change');
  watching.close();
  const [argument = '', ...more] = readFileSync(asked, 'utf8').trim().split('\n');
  assert.deepEqual(more, []);
  assert.doesNotMatch(argument, /secret/);
  const file = fileURLToPath(argument);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
  assert.match(
    readFileSync(file, 'utf8'),
    /content="0;url=http:\/\/127\.0\.0\.1:4711\/open\/one-time-secret"/,
  );
  opened.close();
  assert.equal(existsSync(join(file, '..')), false);
});

test('without a display or without xdg-open nothing is opened, and nothing is left behind', t => {
  const { env } = someDesktop(folder(t));
  assert.equal(openBrowser(link, { platform: 'linux', env: { PATH: env['PATH'] ?? '' } }), undefined);
  assert.equal(openBrowser(link, { platform: 'linux', env: { PATH: '/nowhere', DISPLAY: ':7' } }), undefined);
});

test('every platform has its own way to open a file', () => {
  assert.deepEqual(opener('darwin', {}, '/tmp/a b.html'), ['open', '/tmp/a b.html']);
  assert.deepEqual(opener('win32', {}, 'C:\\Users\\A & B\\x.html'), [
    'cmd',
    '/d',
    '/s',
    '/c',
    'start',
    '""',
    '"C:\\Users\\A & B\\x.html"',
  ]);
});
