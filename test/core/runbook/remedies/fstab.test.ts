import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedLines } from '../../../../main/core/runbook/remedies/diff.ts';
import { fstabLines, isRoot, mayBeMissing, mended } from '../../../../main/core/runbook/remedies/fstab.ts';

const fstab = `# static
UUID=1-2\t/\text4\terrors=remount-ro 0 1
LABEL=gone  /srv/my\\040data  ext4  defaults,x-systemd.device-timeout=90s  0 2   # the old disk
/dev/sdz1 /opt auto

tmpfs /tmp tmpfs size=5% 0 0
UUID=3 none swap sw 0 0
nas:/x /mnt nfs noauto,nofail 0 0`;

test('entries of fstab are read with their line numbers, blanks and escapes', () => {
  const all = fstabLines(fstab);
  assert.deepEqual(
    all.map(({ nth, at, type }) => [nth, at, type]),
    [
      [2, '/', 'ext4'],
      [3, '/srv/my data', 'ext4'],
      [4, '/opt', 'auto'],
      [6, '/tmp', 'tmpfs'],
      [7, 'none', 'swap'],
      [8, '/mnt', 'nfs'],
    ],
  );
  assert.deepEqual(
    all.filter(mayBeMissing).map(({ nth }) => nth),
    [7, 8],
  );
  assert.deepEqual(
    all.filter(isRoot).map(({ nth }) => nth),
    [2],
  );
});

test('a line is mended and every other byte stays', () => {
  const soft = mended(fstab, 3, 'nofail') ?? '';
  assert.equal(
    soft.split('\n')[2],
    'LABEL=gone  /srv/my\\040data  ext4  defaults,nofail,x-systemd.device-timeout=5s  0 2   # the old disk',
  );
  assert.deepEqual(
    soft.split('\n').filter((_, i) => i !== 2),
    fstab.split('\n').filter((_, i) => i !== 2),
  );
  assert.equal(mended(soft, 3, 'nofail'), soft);
  assert.equal(
    mended(fstab, 4, 'nofail')?.split('\n')[3],
    '/dev/sdz1 /opt auto defaults,nofail,x-systemd.device-timeout=5s',
  );
  assert.equal(mended(fstab, 4, 'comment')?.split('\n')[3], '# /dev/sdz1 /opt auto');
  for (const nth of [0, 1, 5, 9]) assert.equal(mended(fstab, nth, 'comment'), undefined);
});

test('a diff shows what changes and where, and nothing else', () => {
  assert.equal(
    changedLines(fstab, mended(fstab, 4, 'comment') ?? ''),
    '- 4  /dev/sdz1 /opt auto\n+ 4  # /dev/sdz1 /opt auto',
  );
  assert.equal(changedLines('a\nb\nc\n', 'a\nc\n'), '- 2  b');
  assert.equal(changedLines('a\n', 'a\n'), '');
});
