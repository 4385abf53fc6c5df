import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { secretKey } from '../../../main/core/minisign.ts';
import { commandLine, failureIn } from '../../support/coldstart.ts';
import { fieldSite } from '../../support/field-site.ts';
import { folder } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';

test(
  'from two empty machines to a confirmed export, by the command line alone',
  needs('minisign', 'age'),
  async t => {
    const at = folder(t);
    for (const name of ['hq', 'stick']) mkdirSync(join(at, name));
    const hq = (name: string): string => join(at, 'hq', name);
    const make = (tool: string, ...args: string[]): string =>
      execFileSync(tool, args, { cwd: join(at, 'hq'), encoding: 'utf8', stdio: 'pipe' });
    make('minisign', '-G', '-W', '-p', 'root.pub', '-s', 'root.key');
    make('minisign', '-G', '-W', '-p', 'receipts.pub', '-s', 'receipts.key');
    make('age-keygen', '-o', 'identity.txt');
    const list = {
      format: 1,
      kind: 'coldstart-keys',
      world: 'real',
      serial: 1,
      at: '2026-01-01T00:00:00Z',
      bundleKeys: [],
      receiptKeys: [{ key: readFileSync(hq('receipts.pub'), 'utf8').split('\n')[1] }],
      recipients: [{ key: make('age-keygen', '-y', 'identity.txt').trim(), name: 'desk' }],
    };
    writeFileSync(hq('keys.json'), JSON.stringify(list));
    mkdirSync(join(at, 'office'));
    const office = commandLine(join(at, 'office'));
    await office.done('hq', 'sign-keys', hq('keys.json'), '--root-key', hq('root.key'));

    const { cli } = await fieldSite(t, {}, node => node.installK3s('etcd'));
    await cli.done('keys', 'make', '--out', hq('laptop.pub'));
    failureIn(await cli.run('keys', 'make', '--out', hq('laptop.pub')), 'already-there');
    const asked = failureIn(await cli.run('keys', 'trust', hq('root.pub')), 'consent-needed');
    assert.equal(asked.facts?.['typed'], secretKey(readFileSync(hq('root.key'), 'utf8'))?.id);
    await cli.done('keys', 'trust', hq('root.pub'), '--typed', String(asked.facts?.['typed']));
    await cli.done('keys', 'trust', hq('keys.json'));
    const paper = await cli.done('keys', 'break-glass');
    writeFileSync(hq('paper'), `# from the safe\n${paper.identity}\n`);
    await cli.done('snapshot', 'take', 'cp1', '--pull');
    const written = await cli.done('export', '--to', join(at, 'stick'));
    await cli.done('keys', 'drill', written.path, '--identity', hq('paper'));
    await cli.done('open', written.path, '--identity', hq('paper'), '--out', join(at, 'opened'));
    assert.ok(readdirSync(join(at, 'opened/snapshots')).length === 1);

    const receive = [
      'receive',
      written.path,
      '--identity',
      hq('identity.txt'),
      '--sign-key',
      hq('receipts.key'),
    ];
    const stranger = await office.run(...receive, '--out', join(at, 'archive'));
    assert.equal(stranger.status, 3, 'a laptop nobody enrolled');
    await office.done('hq', 'enroll', join(at, 'archive'), hq('laptop.pub'), '--name', 'hut 7');
    await office.done(...receive, '--out', join(at, 'archive'));
    await office.done(
      'hq',
      'note',
      join(at, 'stick'),
      '--sign-key',
      hq('receipts.key'),
      '--title',
      'Diesel',
      '--text',
      'Thursday.',
    );
    const post = await cli.done('post', 'take', join(at, 'stick'));
    assert.deepEqual([post.receipts[0].is, post.notes[0].is], ['confirmed', 'new']);
    const { exports } = await cli.done('export', 'list');
    assert.deepEqual([exports[0].state, exports[0].counter], ['confirmed', 1]);
    const status = await office.done('hq', 'status', join(at, 'archive'));
    assert.equal(status.sites[0].newestRestorable?.name.startsWith('on-demand-'), true);
  },
);
