import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan, Run, RunNews } from '../../../preload/contract/domain.ts';
import type { Supply } from '../../../main/core/battery.ts';
import { laptopService } from '../../../main/services/laptop/service.ts';
import type { LaptopDeps } from '../../../main/services/laptop/service.ts';
import { answering } from '../../support/handlers.ts';
import { context } from '../../support/sites.ts';

const run = { id: 'r1', title: 'Install K3s', nodeName: 'cp1' } as unknown as Run;
const plan = { runbook: 'install-single', warnings: ['Swap is on.'], digest: 'd' } as unknown as Plan;
const empty: Supply[] = [{ type: 'Battery', status: 'Discharging', percent: 12 }];
const install = { ask: { is: 'install-single' } } as never;

/** A laptop whose runs end when the test says so, and which counts how often it is held awake. */
function laptop(given: { keepAwake?: boolean; supplies?: Supply[]; runbook?: Plan['runbook'] } = {}) {
  const awake = { held: 0, times: 0 };
  const endings: ((news?: 'fails') => void)[] = [];
  const work: (() => void)[] = [];
  const deps: LaptopDeps = {
    calls: answering({
      calls: {
        'run.plan': () => ({ ...plan, runbook: given.runbook ?? plan.runbook }),
        'run.start': () => run,
        'run.continue': () => run,
        'export.write': async () => {
          await new Promise<void>(done => work.push(done));
          throw new Error('the stick was pulled');
        },
      },
    }).calls,
    async *news(_args, signal): AsyncGenerator<RunNews> {
      yield { is: 'run', run };
      const how = await new Promise<'fails' | undefined>(done => {
        endings.push(done);
        signal.addEventListener('abort', () => done(undefined));
      });
      if (how === 'fails') throw new Error('the news broke off');
      yield { is: 'ended', run };
    },
    awake: {
      hold: () => {
        awake.held += 1;
        awake.times += 1;
        return { close: () => (awake.held -= 1) };
      },
    },
    power: { supplies: async () => given.supplies ?? [] },
    keepAwake: () => given.keepAwake ?? true,
  };
  return { ...laptopService(deps), awake, endings, work };
}
const settled = (): Promise<void> => new Promise(done => setImmediate(done));

test('the laptop stays awake from the start of a run to its end, and the run is known to go on', async () => {
  const { calls, goingOn, awake, endings } = laptop();
  await calls['run.start'](install, context());
  assert.deepEqual(goingOn(), [{ is: 'run', what: 'Install K3s', about: 'cp1' }]);
  assert.equal(awake.held, 1);
  // Continuing what is going on already counts once.
  await calls['run.continue'](install, context());
  assert.equal(goingOn().length, 1);
  await settled();
  endings[0]?.();
  await settled();
  assert.deepEqual(goingOn(), []);
  assert.deepEqual(awake, { held: 0, times: 1 });
});

test('several things at once hold the laptop awake until the last of them ends', async () => {
  const { calls, goingOn, awake, endings, work } = laptop();
  await calls['run.start'](install, context());
  const writing = calls['export.write']({ to: '/media/stick' } as never, context());
  assert.deepEqual(goingOn().at(-1), { is: 'work', what: 'Writing a bag', about: '/media/stick' });
  await settled();
  endings[0]?.();
  await settled();
  assert.equal(awake.held, 1);
  work[0]?.();
  await assert.rejects(Promise.resolve(writing), /stick was pulled/);
  assert.deepEqual([awake, goingOn()], [{ held: 0, times: 1 }, []]);
});

test('a laptop that may sleep is left alone', async () => {
  const { calls, goingOn, awake } = laptop({ keepAwake: false });
  await calls['run.start'](install, context());
  assert.equal(goingOn().length, 1);
  assert.equal(awake.times, 0);
});

test('news that break off, or a closing app, let the laptop sleep', async () => {
  const broken = laptop();
  await broken.calls['run.start'](install, context());
  await settled();
  broken.endings[0]?.('fails');
  await settled();
  assert.deepEqual([broken.awake.held, broken.goingOn()], [0, []]);
  const closed = laptop();
  await closed.calls['run.start'](install, context());
  closed.close();
  await settled();
  assert.equal(closed.awake.held, 0);
});

test('a plan that changes a node warns of an empty battery, and is the same plan', async () => {
  const { calls } = laptop({ supplies: empty });
  const warned = await calls['run.plan'](install, context());
  assert.deepEqual(warned.warnings.slice(1), plan.warnings);
  assert.match(warned.warnings[0] ?? '', /at 12 %/);
  assert.equal(warned.digest, plan.digest);
  const look = laptop({ supplies: empty, runbook: 'preflight' }).calls;
  assert.deepEqual((await look['run.plan'](install, context())).warnings, plan.warnings);
  assert.deepEqual((await laptop().calls['run.plan'](install, context())).warnings, plan.warnings);
});
