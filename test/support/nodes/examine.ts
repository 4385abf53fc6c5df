import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Finding } from '../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { ExaminationId, NodeId } from '../../../preload/contract/ids.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { Look } from '../../../main/services/doctor/examining.ts';
import { lonelyLinks, openTrusting } from '../ssh.ts';
import { targetNode } from './link.ts';
import type { RealNode } from './node.ts';

/** What the doctor finds on a real node, over real SSH. */
export async function examined(t: TestContext, node: RealNode): Promise<readonly Finding[]> {
  const link = await openTrusting(t, await lonelyLinks(t), targetNode(node));
  const about = { id: randomUUID() as NodeId, name: node.name, practice: false } as SiteNode;
  const look = new Look(
    { id: randomUUID() as ExaminationId, node: about, over: 'ssh', at: new Date() },
    () => [],
    () => undefined,
  );
  await look.run(link, systemClock, AbortSignal.timeout(120_000));
  return look.ended(new Date()).examination.findings;
}

/** Findings with the lines they rest on, to be read when a test fails. */
export const told = (findings: readonly Finding[]): string =>
  findings
    .map(one => `${one.cause} (${one.sure}): ${one.lines.map(line => line.text).join(' | ')}`)
    .join('\n');
