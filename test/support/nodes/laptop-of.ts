import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { commandLine } from '../coldstart.ts';
import type { CommandLine } from '../coldstart.ts';
import { assets, k3sVersion } from '../field-site.ts';
import { folder } from '../folder.ts';
import { standInK3s } from './k3s.ts';
import type { NspawnNode } from './nspawn.ts';

export interface LaptopOf {
  readonly cli: CommandLine;
  /** Adds one node more, its host key compared. */
  readonly add: (node: NspawnNode) => Promise<void>;
  /** Imports a bundle whose K3s runs. */
  readonly withBundle: () => Promise<void>;
}

/** A laptop, by its command line, that knows these nodes as one site. */
export async function laptopOf(t: TestContext, nodes: readonly NspawnNode[]): Promise<LaptopOf> {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  const passphrase = join(base, 'passphrase');
  writeFileSync(passphrase, 'seven dogs pulled one sled\n', { mode: 0o600 });
  const cli = commandLine(home, ['--passphrase-file', passphrase]);
  await cli.done('site', 'create', 'Dome C');
  const add = async ({ name, address, port, key, fingerprint }: NspawnNode): Promise<void> => {
    const where = ['--address', address, '--port', String(port), '--user', 'root', '--key', key];
    await cli.done('node', 'add', name, ...where);
    await cli.done('exec', name, 'true', '--host-key', fingerprint);
  };
  for (const node of nodes) await add(node);
  return {
    cli,
    add,
    withBundle: async () => {
      const bundle = assets(join(base, 'assets'), { k3s: readFileSync(standInK3s(k3sVersion)) });
      await cli.done('bundle', 'import', bundle, '--consent', k3sVersion);
    },
  };
}
