import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const page = join(import.meta.dirname, '..', '..', 'out', 'page');

test('the page weighs at most 500 kB before a terminal is opened', () => {
  const html = readFileSync(join(page, 'index.html'), 'utf8');
  const assets = readdirSync(join(page, 'assets'));
  const later = assets.filter(name => name.startsWith('xterm'));
  assert.ok(later.length > 0, 'the terminal is a part of its own');
  assert.ok(
    later.every(name => !html.includes(name)),
    'the terminal is not fetched with the page',
  );
  const bytes = assets
    .filter(name => !later.includes(name))
    .reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(page, 'assets', name))).length,
      gzipSync(html).length,
    );
  assert.ok(bytes <= 500_000, `${bytes} bytes`);
});
