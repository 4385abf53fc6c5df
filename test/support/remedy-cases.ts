import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { RunbookAsk } from '../../preload/contract/contract.ts';
import type { Cause, Remedy } from '../../preload/contract/doctor.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { exercises } from '../../main/practice/exercises/book.ts';
import { resourcesFolder } from '../../main/version.ts';
import { importBundle, practiceSite, runThrough, standings, terminalOf } from './practice-site.ts';
import type { OpenApp, PracticeSite } from './practice-site.ts';
import { remedyAsk } from './remedies.ts';
import { context } from './sites.ts';

export interface Case {
  readonly remedy: Remedy;
  /** What is broken; nothing for what a sound node may want. */
  readonly cause?: Cause;
  /** What is chosen where nothing is proposed. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly before?: (app: OpenApp, site: PracticeSite) => Promise<unknown>;
  /** The remedy is only half of the cure: the exercise asks for more. */
  readonly isHalf?: boolean;
}

const config = '/etc/rancher/k3s/config.yaml';

/** Each remedy that one node can have, and what it is for; a rejoin wants a healthy server beside it, and a broken fstab leaves no SSH. */
export const remedyCases: readonly Case[] = [
  { remedy: 'restart-k3s', cause: 'etcd-quota' },
  { remedy: 'snapshot-schedule' },
  {
    remedy: 'snapshot-s3',
    choices: { endpoint: 's3.example.net:9000', bucket: 'coldstart', folder: 'dome-c' },
    before: async app =>
      app.calls['site.s3']({ site: app.site, credentials: 'AKIAEXAMPLE\nwJalrXUtnFEMI/K7MDENG' }, context()),
  },
  { remedy: 'recorder-install' },
  { remedy: 'free-disk', cause: 'disk-full' },
  { remedy: 'set-clock', cause: 'clock-wrong', choices: { 'laptop-right': 'yes' } },
  { remedy: 'renew-certificates', cause: 'certificate-expired' },
  { remedy: 'rotate-certificates' },
  { remedy: 'repair-config', cause: 'config-typo' },
  { remedy: 'set-address', cause: 'ip-changed' },
  { remedy: 'import-images', cause: 'image-missing', before: importBundle },
  {
    remedy: 'containerd-aside',
    cause: 'containerd-corrupt',
    before: async (app, { station }) => {
      await importBundle(app);
      const archive = 'k3s-airgap-images-amd64.tar.zst';
      await station.run('mkdir -p /var/lib/rancher/k3s/agent/images');
      station.node.tree.write(
        `/var/lib/rancher/k3s/agent/images/${archive}`,
        readFileSync(join(resourcesFolder(), 'practice', 'bundle', archive)),
      );
    },
  },
  { remedy: 'etcd-aside', cause: 'wal-corrupt', isHalf: true },
  { remedy: 'read-off-card', cause: 'card-read-only' },
  {
    remedy: 'put-token',
    before: async (app, site) => {
      // any remedy keeps the token on its way
      await passes(app, site, { remedy: 'restart-k3s' });
      const changed = await site.station.run(
        `sed -i '/^token:/d' ${config}; echo 'token: a-wrong-word' >>${config}; systemctl restart k3s`,
      );
      assert.notEqual(changed.status, 0, 'K3s runs with a wrong token');
    },
  },
];

/** A practice node that has what this remedy is for. */
export async function brokenFor(
  t: TestContext,
  each: Case,
  over: 'ssh' | 'serial' = 'ssh',
): Promise<{
  readonly site: PracticeSite;
  readonly app: OpenApp;
  /** Fails when the node is not cured of its cause, or lost something. */
  readonly assertCured: () => Promise<void>;
}> {
  const site = await practiceSite(t);
  const book = exercises(site.station, { home: join(site.home, '..'), clock: systemClock });
  if (each.cause === undefined) await site.station.installK3s('etcd');
  else await book.begin(each.cause);
  site.station.set({ k3sStartMs: 100, k3sReadyMs: 100 });
  while (site.station.node.stage === 'boot') await site.station.node.clock.sleep(20);
  const app = await site.open(undefined, over);
  await each.before?.(app, site);
  const assertCured = async (): Promise<void> => {
    if (each.cause !== undefined) {
      const { passed, says, parts } = await book.check();
      const open = parts.filter(part => !part.holds).map(part => part.says);
      assert.equal(passed, each.isHalf !== true, [says, ...open].join('\n'));
    }
    assert.equal((await site.station.run('ls -d /run/coldstart 2>/dev/null')).stdout, '');
  };
  return { site, app, assertCured };
}

/** The ask for this remedy, with everything as proposed and the node’s name typed where that is wanted. */
export async function askFor(app: OpenApp, { name }: PracticeSite, each: Case): Promise<RunbookAsk> {
  const { remedy, choices = {} } = each;
  const form = await app.calls['remedy.form']({ node: app.node, remedy }, context());
  const chosen = Object.entries(choices).map(([key, value]) => ({ name: key, value }));
  return remedyAsk(app, remedy, chosen, form.typedName ? name : '');
}

/** Runs the remedy through and asserts that it passed. */
export async function passes(app: OpenApp, site: PracticeSite, each: Case): Promise<void> {
  const run = await runThrough(app, await askFor(app, site, each));
  assert.equal(run.state, 'passed', `${standings(run)}\n${await terminalOf(app, run.id)}`);
}
