import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { causes } from '../../preload/contract/doctor.ts';
import type { Examination } from '../../preload/contract/doctor.ts';
import type { SiteNode } from '../../preload/contract/domain.ts';
import type { ExaminationId } from '../../preload/contract/ids.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Link } from '../../main/ports.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { Look } from '../../main/services/doctor/examining.ts';
import { linkTo, station } from './station.ts';
import { serialLinkTo } from './console.ts';

async function examined(practice: PracticeStation, link: Link): Promise<Examination> {
  const node = { id: 'node', name: practice.name, practice: true } as unknown as SiteNode;
  const begun = { id: 'look' as ExaminationId, node, over: link.kind, at: new Date() };
  const look = new Look(
    begun,
    () => [practice.password],
    () => undefined,
  );
  await look.run(link, systemClock, new AbortController().signal);
  return look.ended(new Date()).examination;
}

const told = ({ verdict, findings, evidence }: Examination): string =>
  JSON.stringify({ verdict, findings, gaps: evidence.filter(one => one.standing !== 'whole') }, undefined, 1);

describe('the doctor on the practice node', { concurrency: 3 }, () => {
  for (const cause of causes)
    test(`finds ${cause} and nothing else first`, async t => {
      const practice = await station(t, undefined, { consolePace: 0 });
      await practice.breakWith(cause);
      practice.set({ k3sStartMs: 40, k3sReadyMs: 40 });
      while (practice.node.stage === 'boot') await practice.node.clock.sleep(20);
      const link = practice.node.reachable ? await linkTo(t, practice) : await serialLinkTo(t, practice);
      const found = await examined(practice, link);
      assert.equal(found.findings[0]?.cause, cause, told(found));
      assert.equal(found.verdict, 'findings');
    });

  test('finds a healthy node healthy, with all the noise of its start', async t => {
    const practice = await station(t);
    const { node } = practice;
    await practice.breakWith('config-typo');
    await practice.run(
      'sed -i "s/^ - 192/  - 192/" /etc/rancher/k3s/config.yaml; systemctl restart k3s; sleep 3',
    );
    assert.equal(node.stage, 'up');
    const found = await examined(practice, await linkTo(t, practice));
    assert.deepEqual([found.verdict, found.findings.map(one => one.cause)], ['healthy', []], told(found));
  });
});
