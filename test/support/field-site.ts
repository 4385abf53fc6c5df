import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { practiceStation } from '../../main/practice/station.ts';
import type { PracticeStation, Scenario } from '../../main/practice/station.ts';
import type { DiskNode } from '../../main/practice/station/disk/nodes.ts';
import { resourcesFolder } from '../../main/version.ts';
import { binary } from '../services/bundles/release.ts';
import { commandLine } from './coldstart.ts';
import type { CommandLine } from './coldstart.ts';
import { folder } from './folder.ts';

const practice = join(resourcesFolder(), 'practice');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const k3sVersion = 'v1.33.5+k3s1';

/** A folder of release assets without any brand of practice: what a technician downloads, small. Gives its path. */
export function assets(
  path: string,
  options: {
    readonly arch?: 'amd64' | 'arm64';
    readonly images?: Uint8Array;
    /** A program that really runs, instead of one that only looks like K3s. */
    readonly k3s?: Uint8Array;
  } = {},
): string {
  const arch = options.arch ?? 'amd64';
  mkdirSync(path, { recursive: true });
  const k3s = options.k3s ?? binary(arch, k3sVersion);
  const name = `k3s-airgap-images-${arch}.tar${options.images ? '' : '.zst'}`;
  const images = options.images ?? readFileSync(join(practice, 'bundle', name));
  const program = arch === 'amd64' ? 'k3s' : 'k3s-arm64';
  writeFileSync(join(path, program), k3s);
  writeFileSync(join(path, name), images);
  writeFileSync(
    join(path, `sha256sum-${arch}.txt`),
    `${sha256(images)}  ${name}\n${sha256(k3s)}  ${program}\n`,
  );
  const script = readFileSync(join(practice, 'bundle', 'install.sh'), 'utf8');
  writeFileSync(join(path, 'install.sh'), script.replace(/^\[ -e \/etc\/coldstart-practice \].*\n/m, ''));
  return path;
}

/** A pretended node that passes for a real one, so that the command line drives it from its real world. */
export async function unbrandedNode(
  t: TestContext,
  scenario: Partial<Scenario> = {},
  before: (node: PracticeStation) => unknown = () => undefined,
): Promise<PracticeStation> {
  const home = folder(t);
  const node = await practiceStation({ home, resources: practice, clock: systemClock, chance: systemChance });
  t.after(() => node.close());
  await before(node);
  await node.run('rm /etc/coldstart-practice', 'root');
  node.set(scenario);
  return node;
}

export interface FieldSite {
  readonly node: PracticeStation;
  readonly cli: CommandLine;
  /** Folder of everything this test has; the home is in it. */
  readonly folder: string;
  readonly passphraseFile: string;
  readonly passwordFile: string;
  readonly passphrase: string;
}

/** A laptop with one site and one node added, `cp1`, and nothing else known yet. The node's host key was compared. */
export async function fieldSite(
  t: TestContext,
  scenario: Partial<Scenario> = {},
  before?: (node: PracticeStation) => unknown,
): Promise<FieldSite> {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  const node = await unbrandedNode(t, scenario, before);
  const passphrase = 'seven dogs pulled one sled';
  const passphraseFile = join(base, 'passphrase');
  const passwordFile = join(base, 'password');
  writeFileSync(passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  writeFileSync(passwordFile, `${node.password.reveal()}\n`, { mode: 0o600 });
  const cli = commandLine(home, [
    '--passphrase-file',
    passphraseFile,
    '--password-file',
    passwordFile,
    '--host-key',
    node.fingerprint,
  ]);
  await cli.done('site', 'create', 'Dome C');
  await cli.done(
    'node',
    'add',
    'cp1',
    '--address',
    '127.0.0.1',
    '--port',
    String(node.port),
    '--user',
    node.user,
  );
  return { node, cli, folder: base, passphraseFile, passwordFile, passphrase };
}

/** Imports the small bundle and consents to it. */
export async function withBundle(site: FieldSite): Promise<void> {
  const path = assets(join(site.folder, 'assets'));
  await site.cli.done('bundle', 'import', path, '--consent', k3sVersion);
}

/** Everything on the node's disk and in its /run, path by path, but for what the system itself keeps writing. */
export function whatIsOn({ node }: PracticeStation): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (at: DiskNode, path: string): void => {
    if (/^\/(proc|sys|dev|var\/log|run\/log|run\/systemd|run\/sudo)(\/|$)/.test(path)) return;
    if (at.kind === 'file' && at.live) return;
    const content =
      at.kind === 'file' ? sha256(at.content.subarray(0, at.size)) : at.kind === 'link' ? at.target : '';
    found.set(path === '' ? '/' : path, `${at.kind} ${at.mode.toString(8)} ${at.uid} ${content}`);
    if (at.kind === 'folder') for (const [name, child] of at.entries) walk(child, `${path}/${name}`);
  };
  walk(node.tree.root, '');
  return found;
}
