import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Cause, Remedy } from '../../../../preload/contract/doctor.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import { exercises } from '../../../../main/practice/exercises/book.ts';
import { resourcesFolder } from '../../../../main/version.ts';
import {
  importBundle,
  practiceSite,
  runThrough,
  standings,
  terminalOf,
} from '../../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../../support/practice-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

interface Case {
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

/** Each remedy that one node can have; a rejoin wants a healthy server beside it, and a broken fstab leaves no SSH. */
const cases: readonly Case[] = [
  { remedy: 'restart-k3s', cause: 'etcd-quota' },
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

async function passes(app: OpenApp, site: PracticeSite, { remedy, choices = {} }: Case): Promise<void> {
  const form = await app.calls['remedy.form']({ node: app.node, remedy }, context());
  const chosen = Object.entries(choices).map(([name, value]) => ({ name, value }));
  const run = await runThrough(app, remedyAsk(app, remedy, chosen, form.typedName ? site.name : ''));
  assert.equal(run.state, 'passed', `${standings(run)}\n${await terminalOf(app, run.id)}`);
}

suite('a remedy is the same over both ways', { concurrency: 4 }, () => {
  for (const over of ['ssh', 'serial'] as const)
    for (const each of cases)
      test(`${each.remedy} over ${over}`, async t => {
        const site = await practiceSite(t);
        const book = exercises(site.station, { home: join(site.home, '..'), clock: systemClock });
        if (each.cause === undefined) await site.station.installK3s('etcd');
        else await book.begin(each.cause);
        site.station.set({ k3sStartMs: 100, k3sReadyMs: 100 });
        while (site.station.node.stage === 'boot') await site.station.node.clock.sleep(20);
        const app = await site.open(undefined, over);
        await each.before?.(app, site);
        await passes(app, site, each);
        if (each.cause !== undefined) {
          const { passed, says, parts } = await book.check();
          const open = parts.filter(part => !part.holds).map(part => part.says);
          assert.equal(passed, each.isHalf !== true, [says, ...open].join('\n'));
        }
        assert.equal((await site.station.run('ls -d /run/coldstart 2>/dev/null')).stdout, '');
      });
});
