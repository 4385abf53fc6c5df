import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { folder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';

const script = readFileSync(join(import.meta.dirname, '../../resources/practice/bundle/install.sh'), 'utf8');
const shells = [['dash'], ['busybox', 'ash']] as const;

interface Node {
  readonly root: string;
  install(
    shell: readonly string[],
    env: Record<string, string>,
  ): { code: number | null; out: string; err: string };
  /** What systemctl was asked. */
  asked(): readonly string[];
}

/** A folder that stands for a node: the script's absolute paths are led into it, systemctl only notes what it is asked. */
function node(t: TestContext): Node {
  const root = folder(t);
  for (const path of ['etc/systemd/system', 'usr/local/bin', 'bin'])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, 'etc/coldstart-practice'), '');
  writeFileSync(join(root, 'bin/systemctl'), `#!/bin/sh\necho "$*" >> '${root}/asked'\n`);
  for (const name of ['bin/systemctl', 'usr/local/bin/k3s']) {
    if (!existsSync(join(root, name))) writeFileSync(join(root, name), '#!/bin/sh\n');
    chmodSync(join(root, name), 0o755);
  }
  const path = join(root, 'install.sh');
  writeFileSync(path, script.replaceAll(/(?<=[\s"=:-])\/(etc|usr\/local|bin|proc)(?=\/)/g, `${root}/$1`));
  return {
    root,
    install([command = 'sh', ...args], env) {
      const { status, stdout, stderr } = spawnSync(command, [...args, path], {
        env: { PATH: `${root}/bin:${process.env['PATH'] ?? ''}`, ...env },
        encoding: 'utf8',
      });
      return { code: status, out: stdout.replaceAll(root, ''), err: stderr.replaceAll(root, '') };
    },
    asked: () => readFileSync(join(root, 'asked'), 'utf8').replaceAll(root, '').trim().split('\n'),
  };
}

const offline = { INSTALL_K3S_SKIP_DOWNLOAD: 'true' };

for (const shell of shells) {
  const name = shell.join(' ');
  const tool = needs(shell[0]);

  test(`under ${name} the practice install.sh says and does what K3s' own does, in its order`, tool, t => {
    const n = node(t);
    const { code, out, err } = n.install(shell, {
      ...offline,
      INSTALL_K3S_EXEC: 'server --debug',
      K3S_TOKEN: 'x',
    });
    assert.deepEqual([code, err], [0, '']);
    assert.deepEqual(out.trim().split('\n'), [
      '[INFO]  Skipping k3s download and verify',
      '[INFO]  Skipping installation of SELinux RPM',
      '[INFO]  Creating /usr/local/bin/kubectl symlink to k3s',
      '[INFO]  Creating /usr/local/bin/crictl symlink to k3s',
      '[INFO]  Creating /usr/local/bin/ctr symlink to k3s',
      '[INFO]  Creating killall script /usr/local/bin/k3s-killall.sh',
      '[INFO]  Creating uninstall script /usr/local/bin/k3s-uninstall.sh',
      '[INFO]  env: Creating environment file /etc/systemd/system/k3s.service.env',
      '[INFO]  systemd: Creating service file /etc/systemd/system/k3s.service',
      '[INFO]  systemd: Enabling k3s unit',
      '[INFO]  systemd: Starting k3s',
    ]);
    assert.deepEqual(n.asked(), ['enable /etc/systemd/system/k3s.service', 'daemon-reload', 'restart k3s']);
    const unit = readFileSync(join(n.root, 'etc/systemd/system/k3s.service'), 'utf8');
    assert.match(unit, /^ExecStart=.*\/usr\/local\/bin\/k3s server --debug$/m);
    assert.match(unit, /^KillMode=process$/m);
    const env = join(n.root, 'etc/systemd/system/k3s.service.env');
    assert.equal(readFileSync(env, 'utf8'), "K3S_TOKEN='x'\n");
    assert.equal(statSync(env).mode & 0o777, 0o600);
    const again = n.install(shell, { ...offline, INSTALL_K3S_EXEC: 'server --debug', K3S_TOKEN: 'x' });
    assert.match(again.out, /No change detected so skipping service start\n$/);
    const other = n.install(shell, { ...offline, INSTALL_K3S_EXEC: 'server', K3S_TOKEN: 'x' });
    assert.match(other.out, /Starting k3s\n$/);
  });

  test(`under ${name} it stops with K3s' own words when something is missing`, tool, t => {
    const n = node(t);
    const stops = (env: Record<string, string>, says: RegExp): void => {
      const { code, err } = n.install(shell, env);
      assert.equal(code, 1);
      assert.match(err, says);
    };
    stops({}, /^\[ERROR\] {2}Download failed/);
    stops(
      { ...offline, K3S_URL: 'https://cp1:6443' },
      /Defaulted k3s exec command to 'agent' because K3S_URL/,
    );
    stops({ ...offline, K3S_URL: 'http://cp1:6443', K3S_TOKEN: 'x' }, /Only https:\/\/ URLs are supported/);
    chmodSync(join(n.root, 'usr/local/bin/k3s'), 0o644);
    stops(offline, /Executable k3s binary not found at \/usr\/local\/bin\/k3s/);
  });

  test(`under ${name} it refuses on a machine that is no practice node`, tool, t => {
    const path = join(folder(t), 'install.sh');
    writeFileSync(path, script.replaceAll('/etc/coldstart-practice', '/etc/no-such-file-here'));
    const { status, stderr } = spawnSync(shell[0], [...shell.slice(1), path], {
      env: { PATH: process.env['PATH'], ...offline },
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /no practice node; nothing was done/);
  });
}
