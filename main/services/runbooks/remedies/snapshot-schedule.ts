import { coverage } from '../../../../preload/contract/coverage.ts';
import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SnapshotSchedule } from '../../../../preload/contract/snapshots/gap.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { mebibytes } from '../../../core/bag-space.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { settingIn, withSetting } from '../../../core/runbook/remedies/config-line.ts';
import { maskedText } from '../../../core/runbook/remedies/config-repair.ts';
import { changedLines } from '../../../core/runbook/remedies/diff.ts';
import { scheduleFrom } from '../../../core/snapshot-gap/on-node.ts';
import { proposed } from '../../../core/snapshot-gap/proposal.ts';
import { roomToSave } from '../../../core/snapshot-save.ts';
import { layoutOf, spaceFor } from '../../snapshots/node-commands.ts';
import { scheduleLook, scheduleOn } from '../../snapshots/schedule-on-node.ts';
import { snapshotsOn } from '../../snapshots/take.ts';
import { asking, notSo, so } from '../book.ts';
import type { Step } from '../book.ts';
import { configPath } from '../install-single/ground.ts';
import { hashOf, secretEditStep } from './backup.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { startStep, worksStep } from './service.ts';

const [cronKey, keptKey] = ['etcd-snapshot-schedule-cron', 'etcd-snapshot-retention'];

interface ScheduleGround {
  readonly base: Base;
  readonly hash: string;
  readonly masked: string;
  readonly now: SnapshotSchedule;
  readonly proposal: SnapshotSchedule;
  readonly days: number;
  /** Of one snapshot; 0 when there is none yet. */
  readonly bytesEach: number;
  /** Room for snapshots on the node, with those that are there. */
  readonly roomBytes: number;
}

async function look(looker: Looker, parts: RemedyParts): Promise<ScheduleGround> {
  const { link, node, signal } = looker;
  const base = await lookAtBase(looker, parts.clock);
  if (base.role === 'agent' || base.db !== 'etcd')
    throw refused(
      node.name,
      'This node has no etcd of its own, so K3s takes no snapshots here.',
      'Choose a server with embedded etcd.',
    );
  const { schedule, disabled, elsewhere } = await scheduleOn(link, signal);
  if (disabled)
    throw refused(
      node.name,
      'K3s is told to take no snapshots here (etcd-disable-snapshots).',
      'Take that setting out in the terminal first, if nobody wants it.',
    );
  if (elsewhere.length > 0)
    throw refused(
      node.name,
      `The schedule is set in ${elsewhere.join(' and ')}, which wins over config.yaml.`,
      'Change it there, in the terminal.',
    );
  const all = await snapshotsOn(link, node.name, signal);
  const each = all[0]?.bytes ?? 0;
  const space = await spaceFor(link, await layoutOf(link, signal), signal);
  const free = space ? Math.max(0, space.freeBytes - roomToSave(space).wantedBytes) : 0;
  const days = parts.supplyRunDays();
  const text = (await looker.read(configPath)) ?? '';
  const roomBytes = free + all.length * each;
  return {
    base,
    hash: hashOf(text),
    masked: maskedText(text),
    now: schedule,
    proposal: proposed(schedule, days, { bytes: roomBytes, each }) ?? schedule,
    days,
    bytesEach: each,
    roomBytes,
  };
}

const fields = ({ now, proposal, days }: ScheduleGround): readonly RemedyField[] => [
  {
    name: 'schedule',
    label: 'Schedule',
    says: `When K3s takes snapshots, as cron in the node’s own time. Now: ${now.cron}.`,
    kind: 'text',
    value: proposal.cron,
  },
  {
    name: 'retention',
    label: 'How many are kept',
    says: `Now: ${now.retention}. ${coverage(now.cron, now.retention, days)?.says ?? ''}`.trim(),
    kind: 'text',
    value: String(proposal.retention),
  },
];

const badAsk = (about: string, says: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, about, untouched: 'Nothing was changed on the node.', next });

/** What was chosen. Throws `bad-ask` for a schedule K3s would not take, or that changes nothing. */
function chosen(answers: Answers, { now, days }: ScheduleGround, about: string): SnapshotSchedule {
  const cron = answers.text('schedule').trim();
  const retention = Number(answers.text('retention'));
  if (!Number.isInteger(retention) || retention < 1 || retention > 1000)
    throw badAsk(about, 'How many are kept is a whole number from 1 to 1000.', 'Give another number.');
  if (!coverage(cron, retention, days))
    throw badAsk(
      about,
      `“${cron}” is no schedule K3s takes, or one that comes too seldom to count on.`,
      'Give five fields of cron, such as 0 */12 * * *, or @every 6h.',
    );
  if (cron === now.cron && retention === now.retention)
    throw badAsk(
      about,
      'That is the schedule as it is now.',
      'Choose other times, or another number to keep.',
    );
  return { cron, retention };
}

const changed = (text: string, { cron, retention }: SnapshotSchedule): string =>
  withSetting(withSetting(text, keptKey, retention), cronKey, cron);

/** Asked of the node anew, for a later file may set it back. */
const inForce = (wanted: SnapshotSchedule): Step => ({
  id: 'in-force',
  title: 'Check that K3s reads the new schedule',
  why: 'Every file K3s reads is looked at in its order; the last one that sets it counts.',
  weight: 1,
  changes: false,
  apply: [],
  verify: asking('root', scheduleLook, ({ stdout }) => {
    const { cron, retention } = scheduleFrom(stdout).schedule;
    return cron === wanted.cron && retention === wanted.retention
      ? so(`${retention} snapshots of “${cron}” are kept from now on`)
      : notSo(`K3s would read ${retention} of “${cron}”`);
  }),
});

export const snapshotSchedule = remedyKind<ScheduleGround>({
  title: node => `Change the snapshot schedule of ${node.name}`,
  says: 'Sets when K3s takes snapshots on this server and how many it keeps, so that they reach from one supply run to the next. The file is copied first, and K3s is restarted; pods go on.',
  look,
  fields,
  warnings: ({ ground, answers, node }) => {
    const { cron, retention } = chosen(answers, ground, node.name);
    const sum = coverage(cron, retention, ground.days);
    return [
      ...(sum && !sum.enough ? [sum.says] : []),
      ...(retention < ground.now.retention
        ? [`K3s removes the oldest snapshots beyond ${retention} at its next save. Pull them first.`]
        : []),
      ...(retention * ground.bytesEach > ground.roomBytes
        ? [
            `${retention} snapshots take about ${mebibytes(retention * ground.bytesEach)}; there is room for ${mebibytes(ground.roomBytes)}.`,
          ]
        : []),
      'Each server of a site has a schedule of its own: do the same on the others, one after the other.',
    ];
  },
  steps: (parts, { node, ground, answers, run }) => {
    const wanted = chosen(answers, ground, node.name);
    return [
      copyStep(parts, node, run),
      secretEditStep(
        parts,
        { node, run },
        {
          path: configPath,
          mode: 0o600,
          beforeHash: ground.hash,
          shown: changedLines(ground.masked, changed(ground.masked, wanted)),
          done: text =>
            settingIn(text, cronKey) === wanted.cron && settingIn(text, keptKey) === wanted.retention,
          change: text => changed(text, wanted),
        },
        {
          id: 'config',
          title: 'Write the schedule into config.yaml',
          why: 'Only the two lines shown change; copies of the file are kept on the laptop and beside it.',
        },
      ),
      startStep(ground.base, run, 'restart', 'K3s reads its settings only at its start.'),
      worksStep(ground.base),
      inForce(wanted),
    ];
  },
  afterFailure: 'The old file lies beside the new one as ….before-…; a sealed copy is on the laptop.',
});
