import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { commandLine } from '../coldstart.ts';
import type { CommandLine } from '../coldstart.ts';
import { assets, k3sVersion } from '../field-site.ts';
import { folder } from '../folder.ts';
import { standInK3s } from './k3s.ts';
import type { RealNode } from './node.ts';

export interface RealSite {
  readonly cli: CommandLine;
  readonly home: string;
}

/** A laptop with one site and this real node added as `cp1`, its host key compared, and a bundle whose K3s runs. */
export async function realSite(t: TestContext, node: RealNode): Promise<RealSite> {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  const passphrase = join(base, 'passphrase');
  const password = join(base, 'password');
  writeFileSync(passphrase, 'seven dogs pulled one sled\n', { mode: 0o600 });
  writeFileSync(password, `${node.password}\n`, { mode: 0o600 });
  const cli = commandLine(home, [
    '--passphrase-file',
    passphrase,
    '--password-file',
    password,
    '--host-key',
    node.fingerprint,
  ]);
  await cli.done('site', 'create', 'Dome C');
  await cli.done(
    'node',
    'add',
    'cp1',
    '--address',
    node.address,
    '--port',
    String(node.port),
    '--user',
    node.user,
  );
  const bundle = assets(join(base, 'assets'), { k3s: readFileSync(standInK3s(k3sVersion)) });
  await cli.done('bundle', 'import', bundle, '--consent', k3sVersion);
  return { cli, home };
}

/** Nothing of ours is left on the node, and the service runs on etcd, once. */
export async function wholeInstall(node: RealNode): Promise<void> {
  assert.equal(
    await node.done(
      'ls -d /run/coldstart /var/lib/rancher/k3s/.coldstart /usr/local/bin/.k3s.coldstart 2>/dev/null || true',
    ),
    '',
  );
  assert.equal(await node.done('systemctl is-active k3s; systemctl is-enabled k3s'), 'active\nenabled');
  assert.equal(await node.done('systemctl list-units --no-legend "coldstart-*"'), '');
  assert.match(await node.done('k3s kubectl get nodes --no-headers'), /^cp1 +Ready/);
}
