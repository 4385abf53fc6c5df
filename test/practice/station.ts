import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Link } from '../../main/ports.ts';
import { practiceStation } from '../../main/practice/station.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { resourcesFolder } from '../../main/version.ts';
import { folder } from '../support/folder.ts';

/** Opens a practice station in this home, or in one of the test's own; closed when the test ends. */
export async function station(
  t: TestContext,
  home = folder(t),
  options: { readonly consolePace?: number } = {},
): Promise<PracticeStation> {
  mkdirSync(home, { recursive: true });
  const resources = join(resourcesFolder(), 'practice');
  const made = await practiceStation({
    home,
    resources,
    clock: systemClock,
    chance: systemChance,
    ...options,
  });
  made.set({ k3sStartMs: 150, k3sReadyMs: 250 });
  t.after(() => made.close());
  return made;
}

/** Logs in as the app would, with the station's host key already pinned. */
export async function linkTo(
  t: TestContext,
  node: PracticeStation,
  change: { readonly user?: string } = {},
): Promise<Link> {
  const home = folder(t);
  const knownHostsFile = join(home, 'known_hosts');
  writeFileSync(knownHostsFile, `${node.hostKey}\n`);
  const { sshLinks } = await import('../../main/links/ssh/links.ts');
  const links = sshLinks({
    knownHostsFile,
    clock: systemClock,
    userSshFolder: undefined,
    agentSocket: undefined,
  });
  const { address, port, user, name, password } = node;
  const target = {
    address,
    port,
    user,
    name,
    login: { is: 'password' },
    ...change,
    secret: (kind: string) => (kind === 'passphrase' ? undefined : password),
  } as const;
  const link = await links.open(target, new AbortController().signal);
  t.after(() => link.close());
  return link;
}
