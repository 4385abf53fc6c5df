import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sh } from '../../../main/core/sh.ts';
import type { Sh } from '../../../main/core/sh.ts';
import { facts } from '../../../main/core/runbook/preflight/facts.ts';
import { followJob, jobState, startJob } from '../../../main/services/runbooks/job.ts';
import { collect } from '../../../main/services/runbooks/survey.ts';
import { needs } from '../../support/needs.ts';
import { linkTo, lonelyLinks, openTrusting, patience, targetOf } from '../../support/ssh.ts';

for (const [name, shell, tools] of [
  ['bash', undefined, []],
  ['fish', 'exec fish -c "$SSH_ORIGINAL_COMMAND"', ['fish']],
  ['tcsh', 'exec tcsh -c "$SSH_ORIGINAL_COMMAND"', ['tcsh']],
] as const)
  test(
    `the look at a node comes whole through OpenSSH and a login shell ${name}`,
    needs('sshd', ...tools),
    async t => {
      const { link } = await linkTo(t, shell === undefined ? {} : { loginShell: shell });
      const exit = await link.exec(collect(), { signal: patience(), keepBytes: 2 ** 21 });
      const seen = facts(exit.stdout);
      assert.ok(seen.whole, exit.stderr);
      assert.equal(
        seen.one('machine'),
        existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : undefined,
      );
      assert.equal(seen.all('module').length, 3);
    },
  );

test(
  'detached work goes on when OpenSSH’s connection is cut, and is found again by the next',
  needs('sshd'),
  async t => {
    const { sshd, link } = await linkTo(t);
    const run = '11111111-2222-3333-4444-555555555555';
    const folder = join(sshd.folder, 'run');
    mkdirSync(folder);
    const here = (command: Sh): Sh => ({
      ...command,
      text: command.text.replaceAll('/run/coldstart', folder),
    });
    const go = join(folder, 'go');
    const work = sh`echo begun; while [ ! -e ${go} ]; do sleep 0.1; done; echo ended; exit 7`;
    const started = await link.exec(here(startJob(run, 'install.1', work)), { signal: patience() });
    assert.equal(started.stdout.trim(), 'started', started.stderr);
    await link.close();

    const again = await openTrusting(t, await lonelyLinks(t), targetOf(sshd));
    const ask = async (offset: number) =>
      jobState((await again.exec(here(followJob(run, 'install.1', offset)), { signal: patience() })).stdout);
    assert.deepEqual(await ask(0), { is: 'running', log: 'begun\n', bytes: 6 });
    const twice = await again.exec(here(startJob(run, 'install.1', work)), { signal: patience() });
    assert.equal(twice.stdout.trim(), 'claimed');
    await again.exec(sh`: >${go}`, { signal: patience() });
    let state = await ask(6);
    while (state?.is === 'running') state = await ask(6);
    assert.deepEqual(state, { is: 'done', code: 7, log: 'ended\n', bytes: 6 });
  },
);
