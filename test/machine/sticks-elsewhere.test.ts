import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { macSticks } from '../../main/machine/sticks-mac.ts';
import type { Ran, Tool } from '../../main/machine/sticks-shown.ts';
import { windowsSticks } from '../../main/machine/sticks-windows.ts';
import { failureOf } from '../../preload/contract/failure.ts';
import { infos, list } from '../core/sticks/mac-samples.ts';
import { rows } from '../core/sticks/windows-samples.ts';

const said = (stdout: string): Ran => ({ ok: true, stdout, stderr: '' });
const empty = JSON.stringify({ AllDisksAndPartitions: [] });

/** A Mac with the recorded drives, its FAT stick at a folder that is really there. */
function mac(t: TestContext, eject: Ran) {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-mac-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ran: string[] = [];
  let out = false;
  const here = (text: string): string => text.replaceAll('/Volumes/SUPPLY 1', folder);
  const tool: Tool = async (name, args) => {
    const [verb = '', ...more] = name === '/bin/sh' ? args.slice(3) : args;
    ran.push([verb, ...more].join(' '));
    if (verb === 'eject') {
      out = eject.ok;
      return eject;
    }
    if (verb === 'list') return said(out ? empty : here(list));
    return said(here(JSON.stringify(infos[more[1] ?? ''] ?? {})));
  };
  return { sticks: macSticks(tool), folder, ran };
}

test('sticks of a Mac are listed with their space, and a locked one with what unlocks it', async t => {
  const { sticks, folder } = mac(t, said(''));
  const found = await sticks.list();
  // The card's place is not on this laptop: it was pulled between the two looks.
  assert.deepEqual(
    found.map(each => [each.path, each.device, each.warnings.map(warning => warning.is).includes('fat32')]),
    [
      [folder, 'disk4s2', true],
      ['', 'disk6s1', false],
    ],
  );
  assert.ok((found[0]?.free ?? 0) > 0);
  assert.match(found[1]?.warnings[0]?.says ?? '', /locked.*diskutil apfs unlockVolume disk6s1$/);
});

test('a stick of a Mac is ejected as a whole drive, and safe only when it is gone', async t => {
  const done = mac(t, said('Disk disk4 ejected'));
  assert.equal((await done.sticks.eject(done.folder)).safe, true);
  assert.ok(done.ran.includes('eject disk4'));
  const busy = mac(t, {
    ok: false,
    stdout: '',
    stderr: 'Volume failed to eject: dissented by PID 512 (/usr/bin/less)',
  });
  const refused = await busy.sticks.eject(busy.folder);
  assert.equal(refused.safe, false);
  assert.match(refused.says, /^NOT safe to unplug.*PID 512/);
  await assert.rejects(busy.sticks.eject('/'), thrown => failureOf(thrown).code === 'refused');
});

/** Windows with the recorded drives. */
function windows(after: Ran, ejects = true) {
  const letters: (string | undefined)[] = [];
  let out = false;
  const tool: Tool = async (_, args, more) => {
    if (!args.at(-1)?.includes('InvokeVerb')) return out ? after : said(JSON.stringify(rows));
    letters.push(more?.env?.['COLDSTART_DRIVE']);
    out = true;
    return { ok: ejects, stdout: '', stderr: '' };
  };
  return { sticks: windowsSticks(tool), letters };
}

test('sticks of Windows without a letter or locked are listed with what helps', async () => {
  const found = await windows(said('')).sticks.list();
  assert.deepEqual(
    found.map(each => [each.device, each.writable, each.warnings.map(warning => warning.is)]),
    [
      ['F:', false, ['not-mounted']],
      ['disk 3, partition 2', false, ['not-mounted']],
    ],
  );
  assert.match(found[0]?.warnings[0]?.says ?? '', /Unlock-BitLocker -MountPoint F: /);
  assert.match(found[1]?.warnings[0]?.says ?? '', /-DiskNumber 3 -PartitionNumber 2 -AssignDriveLetter$/);
});

test('a stick of Windows is safe only when an answer shows that it is gone', async () => {
  const gone = windows(said(JSON.stringify(rows.slice(0, 2))));
  assert.equal((await gone.sticks.eject('E:\\')).safe, true);
  assert.deepEqual(gone.letters, ['E']);
  const stays = windows(said(JSON.stringify(rows)));
  const silent = windows({ ok: false, stdout: '', stderr: '' });
  const unflushed = windows(said('[]'), false);
  for (const { sticks } of [stays, silent, unflushed])
    assert.match((await sticks.eject('E:\\')).says, /^NOT safe to unplug/);
  await assert.rejects(stays.sticks.eject('C:\\'), thrown => failureOf(thrown).code === 'refused');
});
