import type { GapWatch } from '../../../preload/contract/snapshots/gap.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { size } from '../words.ts';

const hours = (value: number): string => String(Math.round(value * 10) / 10);

function gapAnswer(gap: GapWatch): Answer {
  const { schedule, reaches, newestCopy, proposal } = gap;
  const lines = [
    `${gap.verdict === 'covered' ? '✓' : '✗'} ${gap.nodeName}: ${gap.daysCovered} of ${gap.daysWanted} days are covered.`,
    `  ${gap.says}`,
    ...(schedule ? [`  Schedule     ${schedule.cron}, ${schedule.retention} kept`] : []),
    ...(reaches ? [`  Reaches back ${hours(reaches.leastHours)} to ${hours(reaches.mostHours)} hours`] : []),
    `  On the node  ${gap.onNode} snapshot${gap.onNode === 1 ? '' : 's'}${gap.oldestOnNode ? `, the oldest of ${gap.oldestOnNode}` : ''}${gap.bytesEach === undefined ? '' : `, ${size(gap.bytesEach)} each`}`,
    ...(gap.freeBytes === undefined ? [] : [`  Room         ${size(gap.freeBytes)} free for more`]),
    newestCopy
      ? `  Off the node ${newestCopy.name}, ${hours(newestCopy.ageHours)} hours old`
      : '  Off the node nothing that was measured to be good',
    ...(gap.nextSupplyRun ? [`  Next supply run is due ${gap.nextSupplyRun}`] : []),
    ...gap.missed.map(time => `! Missing: the snapshot of ${time}`),
    ...gap.warnings.map(says => `! ${says}`),
    ...(proposal
      ? [
          `  ${proposal.says}`,
          `  Change it: coldstart remedy ${gap.nodeName} snapshot-schedule`,
          '  Each server has a schedule of its own.',
        ]
      : []),
  ];
  return { json: gap, text: lines.join('\n'), exit: gap.verdict === 'covered' ? 0 : 1 };
}

export const snapshotGapVerbs: readonly Verb[] = [
  {
    name: 'snapshot gap',
    takes: ['NODE'],
    says: 'Say how many of the days between two supply runs the snapshots of a server cover.',
    more: 'Looks at its schedule, what it keeps, its disk, and the copies on the laptop. Changes nothing.\nExit 0 only when every day is covered.',
    run: async at => {
      const node = await at.node(at.arg(0));
      return gapAnswer(await at.call('snapshot.gap', { node: node.id }));
    },
  },
];
