import type { CallHandlers } from '../../../main/bridge/handlers.ts';
import { gapOf } from '../../../main/core/snapshot-gap/gap.ts';
import type { RemedyForm } from '../../../preload/contract/doctor.ts';
import * as made from './made-up.ts';

const hour = 3_600_000;

/** The gap watch of a node on K3s' own schedule, one snapshot of which is missing; `?scenario=covered` has no gap. */
export function gapStandIn(scenario: string): Pick<CallHandlers, 'snapshot.gap'> {
  const covered = scenario === 'covered';
  const [everyHours, retention] = covered ? [6, 29] : [12, 5];
  const now = new Date('2026-11-22T07:30:00Z');
  const first = new Date('2026-11-22T00:00:00Z').getTime();
  const times = Array.from({ length: retention }, (_, n) => first - n * everyHours * hour);
  return {
    'snapshot.gap': async ({ node }) => {
      await new Promise(done => setTimeout(done, 30));
      return gapOf({
        node: { node, nodeName: 'summit-1' },
        now,
        onNode: {
          schedule: { cron: `0 */${everyHours} * * *`, retention },
          disabled: false,
          prefix: 'etcd-snapshot',
          utcOffset: 0,
          elsewhere: [],
        },
        snapshots: times
          .filter((_, n) => covered || n !== 2)
          .map(time => ({
            name: `etcd-snapshot-summit-1-${time / 1000}`,
            nodeName: 'summit-1',
            location: `file:///var/lib/rancher/k3s/server/db/snapshots/etcd-snapshot-summit-1-${time / 1000}`,
            bytes: 4_800_512,
            createdAt: new Date(time).toISOString(),
            ready: true,
          })),
        proven: made.snapshots.slice(0, 1),
        daysWanted: 7,
        lastExport: new Date(now.getTime() - 3 * 24 * hour),
        freeBytes: 9 * 2 ** 30,
      });
    },
  };
}

/** What the change of the schedule asks. */
export const scheduleForm: RemedyForm = {
  remedy: 'snapshot-schedule',
  title: 'Change the snapshot schedule of summit-1',
  says: 'Sets when K3s takes snapshots on this server and how many it keeps, so that they reach from one supply run to the next. The file is copied first, and K3s is restarted; pods go on.',
  fields: [
    {
      name: 'schedule',
      label: 'Schedule',
      says: 'When K3s takes snapshots, as cron in the node’s own time. Now: 0 */12 * * *.',
      kind: 'text',
      value: '0 */12 * * *',
    },
    {
      name: 'retention',
      label: 'How many are kept',
      says: 'Now: 5. 5 snapshots reach 48 to 60 hours back; 7 days are wanted.',
      kind: 'text',
      value: '15',
    },
  ],
  typedName: false,
};
