import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { sh } from '../../../main/core/sh.ts';
import type { Sh } from '../../../main/core/sh.ts';
import { collectScript } from '../../../main/core/runbook/preflight/collect.ts';
import { facts, mountOf, space } from '../../../main/core/runbook/preflight/facts.ts';
import { followJob, jobState, startJob, stopJob } from '../../../main/services/runbooks/job.ts';
import { holderIn, takeLock, unlock } from '../../../main/services/runbooks/lock.ts';
import { needs } from '../../support/needs.ts';
import { inShell, shells } from '../../support/shells.ts';

/** A folder that plays /run/coldstart. */
function runFolder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'coldstart-run-'));
  t.after(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
const at = (folder: string, { text }: Sh): string => text.replaceAll('/run/coldstart', folder);
const run = '11111111-2222-3333-4444-555555555555';
const other = '99999999-2222-3333-4444-555555555555';

for (const { name, start, tool } of shells) {
  const options = needs(...(tool ? [tool] : []));
  const said = (folder: string, command: Sh) => inShell(start, at(folder, command));

  test(`${name}: the look at a node ends whole, says nothing on stderr and changes nothing`, options, t => {
    const folder = runFolder(t);
    const before = readdirSync('/').toSorted();
    const { code, stdout, stderr } = inShell(
      start,
      `set -- ${folder}/a/b overlay nonsense; ${collectScript}`,
    );
    assert.equal(code, 0);
    assert.equal(stderr, '');
    const seen = facts(stdout);
    assert.ok(seen.whole);
    assert.deepEqual(readdirSync(folder), []);
    assert.deepEqual(readdirSync('/').toSorted(), before);
    assert.equal(space(seen, 'data')?.at, folder);
    assert.equal(seen.one('arch') !== undefined && seen.one('kernel') !== undefined, true);
    assert.ok(mountOf(seen, '/'));
    assert.deepEqual(
      seen.all('module').map(line => line.split(' ')[0]),
      ['overlay', 'nonsense'],
    );
  });

  test(`${name}: the look at a node without any tool still ends whole`, options, t => {
    const folder = runFolder(t);
    for (const tool of ['id', 'sed', 'head', 'dirname', 'awk', 'date', 'grep', 'cut', 'tr', 'tail'])
      writeFileSync(join(folder, tool), `#!/bin/sh\nexec /bin/busybox ${tool} "$@"\n`, { mode: 0o755 });
    const script = collectScript.replace(/^PATH=.*$/m, `PATH=${folder}; export PATH`);
    const program = inShell(['sh', '-c'], `command -v ${start[0]}`).stdout.trim();
    const { code, stdout } = inShell(
      [program, ...start.slice(1)] as [string, ...string[]],
      `set -- /var/lib/rancher/k3s; ${script}`,
    );
    assert.equal(code, 0);
    assert.ok(facts(stdout).whole, stdout);
  });

  test(`${name}: of a token only its public hash is said`, options, t => {
    const folder = runFolder(t);
    mkdirSync(join(folder, 'k3s/server'), { recursive: true });
    const password = 'very:secret password';
    for (const form of [password, `K10${'a'.repeat(64)}::server:${password}`]) {
      writeFileSync(join(folder, 'k3s/server/token'), `${form}\n`);
      const { stdout } = inShell(start, `set -- ${folder}/k3s; id() { echo 0; }; ${collectScript}`);
      const hash = createHash('sha256').update(password).digest('hex').slice(0, 12);
      assert.equal(facts(stdout).one('k3s.token'), hash);
      assert.ok(!stdout.includes('secret password'));
    }
  });

  test(
    `${name}: detached work runs once, keeps its status and log, and outlives whoever started it`,
    options,
    async t => {
      const folder = runFolder(t);
      const work = sh`echo begun; echo ${"it's one"} >>${`${folder}/count`}; sleep 1; echo ended >&2; exit 3`;
      const first = said(folder, startJob(run, 'install.1', work));
      assert.equal(first.stdout.trim(), 'started', first.stderr);
      assert.equal(said(folder, startJob(run, 'install.1', work)).stdout.trim(), 'claimed');
      let state = jobState(said(folder, followJob(run, 'install.1', 0)).stdout);
      assert.equal(state?.is, 'running');
      let log = state.log;
      let offset = state.bytes;
      while (state?.is === 'running') {
        await new Promise(resolve => setTimeout(resolve, 100));
        state = jobState(said(folder, followJob(run, 'install.1', offset)).stdout);
        log += state?.log ?? '';
        offset += state?.bytes ?? 0;
      }
      assert.deepEqual(state, { is: 'done', code: 3, log: state?.log, bytes: state?.bytes });
      assert.equal(log, 'begun\nended\n');
      assert.equal(readFileSync(join(folder, 'count'), 'utf8'), "it's one\n");
      assert.equal(statSync(join(folder, run, 'install.1')).mode & 0o777, 0o700);
    },
  );

  test(`${name}: work that was killed is gone, work nobody began is none`, options, async t => {
    const folder = runFolder(t);
    assert.equal(jobState(said(folder, followJob(run, 'x.1', 0)).stdout)?.is, 'none');
    assert.equal(said(folder, startJob(run, 'x.1', sh`sleep 60`)).code, 0);
    while (!existsSync(join(folder, run, 'x.1/pid'))) await new Promise(resolve => setTimeout(resolve, 20));
    const pid = Number(readFileSync(join(folder, run, 'x.1/pid'), 'utf8'));
    assert.equal(jobState(said(folder, followJob(run, 'x.1', 0)).stdout)?.is, 'running');
    process.kill(-pid, 'SIGKILL');
    while (existsSync(`/proc/${pid}/exe`)) await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal(jobState(said(folder, followJob(run, 'x.1', 0)).stdout)?.is, 'gone');
  });

  test(`${name}: work that is stopped ends with everything it started`, options, async t => {
    const folder = runFolder(t);
    said(folder, startJob(run, 'x.1', sh`sleep 61 & echo $! >${`${folder}/child`}; wait`));
    while (!existsSync(join(folder, 'child'))) await new Promise(resolve => setTimeout(resolve, 20));
    const children = [
      readFileSync(join(folder, 'child'), 'utf8'),
      readFileSync(join(folder, run, 'x.1/pid'), 'utf8'),
    ];
    assert.equal(said(folder, stopJob(run, 'x.1')).code, 0);
    for (const pid of children)
      while (existsSync(`/proc/${pid.trim()}/exe`)) await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal(jobState(said(folder, followJob(run, 'x.1', 0)).stdout)?.is, 'gone');
    assert.equal(said(folder, stopJob(run, 'never.1')).code, 0);
  });

  test(`${name}: only one laptop gets the lock, and the second learns who has it`, options, t => {
    const folder = runFolder(t);
    assert.equal(said(folder, takeLock(run, "Ada's laptop $(reboot)")).code, 0);
    const second = said(folder, takeLock(other, 'Bob'));
    assert.equal(second.code, 1);
    const holder = holderIn(second.stdout);
    assert.equal(holder?.run, run);
    assert.equal(holder.owner, "Ada's laptop $(reboot)");
    assert.match(holder.since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    said(folder, unlock(other));
    assert.ok(existsSync(join(folder, 'lock')));
    said(folder, unlock(run));
    assert.ok(!existsSync(join(folder, 'lock')));
    assert.equal(said(folder, takeLock(other, 'Bob')).code, 0);
  });

  test(`${name}: the lock is refused while work of another run is going on`, options, async t => {
    const folder = runFolder(t);
    said(folder, startJob(run, 'x.1', sh`sleep 60`));
    while (!existsSync(join(folder, run, 'x.1/pid'))) await new Promise(resolve => setTimeout(resolve, 20));
    const pid = Number(readFileSync(join(folder, run, 'x.1/pid'), 'utf8'));
    const refused = said(folder, takeLock(other, 'Bob'));
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, new RegExp(`work=.*${run}/x.1`));
    assert.ok(!existsSync(join(folder, 'lock')));
    assert.equal(said(folder, takeLock(run, 'Ada')).code, 0);
    process.kill(-pid, 'SIGKILL');
  });
}

test('a log longer than one answer is followed to its end, byte by byte right', needs('dash'), t => {
  const folder = runFolder(t);
  const job = join(folder, run, 'x.1');
  mkdirSync(join(job, 'claim'), { recursive: true });
  const text = 'Größe ✓ '.repeat(20_000);
  writeFileSync(join(job, 'log'), text);
  writeFileSync(join(job, 'status'), '0\n');
  chmodSync(job, 0o700);
  const parts: string[] = [];
  for (let offset = 0; ;) {
    const state = jobState(inShell(['dash', '-c'], at(folder, followJob(run, 'x.1', offset))).stdout);
    assert.ok(state?.is === 'done');
    if (state.bytes === 0) break;
    offset += state.bytes;
    parts.push(state.log);
  }
  assert.ok(parts.length > 2);
  // a character cut in two by an edge shows as replacement characters; nothing is read twice or left out
  assert.ok(parts.join('').replaceAll('\ufffd', '').length > text.length - 10);
});
