import type { CallHandlers } from '../../../main/bridge/handlers.ts';
import type { Plan } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { RestoreForm, RestoreRecord } from '../../../preload/contract/snapshots/restore.ts';
import * as made from './made-up.ts';

const says =
  'Stops K3s on every server, puts the snapshot back on this one, and has the others rejoin empty, one after the other. Then every agent is restarted. Nothing is deleted: the old data stay under another name.';

const record = (run: RestoreRecord['run'], more: Partial<RestoreRecord>): RestoreRecord => ({
  run,
  site: made.sites.north,
  node: made.nodes.summit,
  nodeName: 'summit-1',
  kind: 'ha',
  at: made.ago(60 * 26),
  snapshot: 'etcd-snapshot-summit-1-1794768000',
  seconds: 412,
  verified: true,
  says: 'From the first change until it was verified: 6 min 52 s.',
  world: 'real',
  ...more,
});
const records: readonly RestoreRecord[] = [
  record(made.runs.passed, {}),
  record(made.runs.failed, {
    kind: 'drill',
    nodeName: 'a-spare-machine-with-a-long-name.station.example',
    at: made.ago(60 * 24 * 40),
    seconds: 3725,
    verified: false,
  }),
];

/** What a restore asks; `?scenario=one-server-more` has one that does not fit the site. */
export function restoreStandIn(scenario: string): Pick<CallHandlers, 'restore.form' | 'restore.records'> {
  return {
    'restore.form': async ({ kind }): Promise<RestoreForm> => {
      await new Promise(done => setTimeout(done, 30));
      if (scenario === 'one-server-more' && kind === 'single')
        throw new FieldError({
          code: 'refused',
          says: 'hut-2 is a server of this site as well.',
          about: 'summit-1',
          untouched: 'Nothing was changed on any node.',
          next: 'Choose the restore of several servers (ha): it has the others rejoin.',
        });
      return restoreForm(kind);
    },
    'restore.records': () => (scenario === 'empty' ? [] : records),
  };
}

export const restoreForm = (kind: RestoreForm['kind']): RestoreForm => ({
  kind,
  title: 'Restore the cluster on summit-1, and have its other servers rejoin',
  says,
  fields: [
    {
      name: 'fenced',
      label: 'Servers that do not answer and are switched off',
      says: 'Go there, take the power and the network cable out, then type the names, with commas between. One that still runs could split the cluster.',
      kind: 'text',
      value: '',
    },
    {
      name: 'pace',
      label: 'How the others come back',
      says: 'One after the other is the way that always works.',
      kind: 'choice',
      options: [
        { value: 'one', label: 'One after the other', says: 'The next begins once this one votes.' },
        { value: 'later', label: 'Later, by hand' },
      ],
      value: 'one',
    },
  ],
  typedName: true,
});

/** A restore as its plan shows it. */
export const restorePlan = (plan: Plan): Plan => ({
  ...plan,
  runbook: 'restore',
  title: 'Restore the cluster on summit-1, and have its other servers rejoin',
  warnings: [
    'The whole cluster stands still until it is done; pods that run go on meanwhile.',
    'The name summit-1 must be typed before it begins.',
  ],
  steps: [
    {
      id: 'disable',
      title: 'Stop K3s, and keep it from starting by itself',
      why: 'A power cut in the middle then makes no empty cluster.',
      weight: 2,
      commands: [
        { as: 'root', phase: 'change', text: 'systemctl disable --now k3s' },
        { as: 'root', phase: 'change', text: 'systemctl disable --now k3s', node: 'hut-2' },
      ],
    },
    {
      id: 'bring',
      title: 'Bring the snapshot',
      why: 'etcd-snapshot-summit-1.north-station.example-1795372800 goes to the node, beside the data it will take the place of.',
      weight: 8,
      commands: [{ as: 'login', phase: 'check', text: 'sha256sum -- /run/coldstart/stage/snapshot' }],
    },
    {
      id: 'reset',
      title: 'Restore it',
      why: 'K3s moves its old data aside and makes new ones from the snapshot.',
      weight: 10,
      mayLose: 'What was written after the snapshot was taken.',
      commands: [
        {
          as: 'root',
          phase: 'change',
          text: '/usr/local/bin/k3s server --cluster-reset --cluster-reset-restore-path=/var/lib/rancher/k3s/server/db/coldstart-restore-b1946ac9',
        },
      ],
    },
    {
      id: 'rejoin',
      title: 'Have hut-2 rejoin',
      why: 'Its old data stay under another name, and it fetches the cluster from summit-1.',
      weight: 6,
      commands: [{ as: 'root', phase: 'change', text: 'systemctl enable --now k3s', node: 'hut-2' }],
    },
  ],
});
