import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunbookAsk } from '../../../../preload/contract/contract.ts';
import type { NodeSnapshot, Snapshot } from '../../../../preload/contract/domain.ts';
import type { ExerciseName } from '../../../../preload/contract/exercises.ts';
import { exercises } from '../../../../main/practice/exercises/book.ts';
import type { Exercises } from '../../../../main/ports.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import { failing } from '../../../support/failing.ts';
import { practiceSite, runThrough, standings, terminalOf } from '../../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../../support/practice-site.ts';
import { context } from '../../../support/sites.ts';

const node = 'practice-node-1';

interface Begun {
  readonly site: PracticeSite;
  readonly app: OpenApp;
  readonly book: Exercises;
}

async function begun(t: TestContext, name: ExerciseName, over?: 'serial'): Promise<Begun> {
  const site = await practiceSite(t);
  const book = exercises(site.station, { home: join(site.home, '..'), clock: systemClock });
  await book.begin(name);
  site.station.set({ k3sStartMs: 100, k3sReadyMs: 100 });
  return { site, app: await site.open(undefined, over), book };
}

type RestoreAsk = Extract<RunbookAsk, { is: 'restore' }>;

const restore = (
  app: OpenApp,
  kind: RestoreAsk['kind'],
  more: Partial<Pick<RestoreAsk, 'of' | 'choices'>> = {},
): RestoreAsk => ({ is: 'restore', node: app.node, kind, choices: [], typedName: node, ...more });

const from = (app: OpenApp, { id }: Snapshot): RestoreAsk =>
  restore(app, 'single', { of: { is: 'kept', snapshot: id } });

/** What the node holds, newest first. */
const held = async ({ calls, node: id }: OpenApp): Promise<readonly NodeSnapshot[]> =>
  (await calls['snapshot.onNode']({ node: id }, context())).toSorted((a, b) =>
    b.createdAt.localeCompare(a.createdAt),
  );

const pulled = async ({ calls, node: id }: OpenApp, which: NodeSnapshot | undefined): Promise<Snapshot> =>
  calls['snapshot.pull']({ node: id, name: which?.name ?? '' }, context());

/** Runs the restore through, and the exercise counts it. */
async function passes({ app, book }: Begun, ask: RestoreAsk): Promise<void> {
  const run = await runThrough(app, ask);
  assert.equal(run.state, 'passed', `${standings(run)}\n${await terminalOf(app, run.id)}`);
  assert.match(run.steps.find(({ id }) => id === 'pods')?.saw ?? '', /pods that run are those the API knows/);
  const { parts } = await book.check();
  assert.deepEqual(
    parts.filter(part => !part.holds),
    [],
  );
}

describe('an exercise is passed with the restore of the app', { concurrency: 4 }, () => {
  test('what was deleted by mistake comes back', async t => {
    const at = await begun(t, 'restore-deleted');
    const [newest] = await held(at.app);
    await passes(at, from(at.app, await pulled(at.app, newest)));
  });

  test('what was deleted by mistake comes back over the serial console as well', async t => {
    const at = await begun(t, 'restore-deleted', 'serial');
    const [newest] = await held(at.app);
    await passes(at, from(at.app, await pulled(at.app, newest)));
  });

  test('a snapshot is not restored with another site’s token, and is with its own', async t => {
    const at = await begun(t, 'restore-wrong-token');
    const [newest] = await held(at.app);
    const copy = await pulled(at.app, newest);
    const { says, next } = await failing('refused', () =>
      at.app.calls['run.plan']({ ask: from(at.app, copy) }, context()),
    );
    assert.match(says, /token on this server is not the one that opens the snapshot/);
    assert.match(next ?? '', /put-token/);
    await at.site.station.run('cp /root/token-of-this-site.txt /var/lib/rancher/k3s/server/token');
    await passes(at, from(at.app, copy));
  });

  test('a copy that is cut short is refused, and the one before it is restored', async t => {
    const at = await begun(t, 'restore-truncated');
    const [short, whole] = await held(at.app);
    const copy = await pulled(at.app, short);
    assert.equal(copy.check.intact, false);
    await failing('no-proven-copy', () => at.app.calls['run.plan']({ ask: from(at.app, copy) }, context()));
    await passes(at, from(at.app, await pulled(at.app, whole)));
  });

  test('the last of three servers goes on alone', async t => {
    const at = await begun(t, 'lost-quorum');
    await passes(at, restore(at.app, 'lost-quorum'));
  });
});
