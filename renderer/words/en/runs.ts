import type { PlanCommand } from '../../../preload/contract/domain.ts';

const as: Record<PlanCommand['as'], string> = {
  login: 'on the node, as the login user',
  root: 'on the node, as root',
  laptop: 'on this laptop',
};

const onNode: typeof as = {
  ...as,
  login: 'as the login user',
  root: 'as root',
};
/** Where a command goes and as whom. */
const sentTo = ({ as: who, node }: PlanCommand): string =>
  node === undefined || who === 'laptop' ? as[who] : `on ${node}, ${onNode[who]}`;

/** Words of plans, runs and their terminals. */
export const runs = {
  title: 'Runs',
  says: 'Every run is written down as it happens; an interrupted one can be taken up again.',
  none: 'No run yet',
  noneSays: 'A run begins with a plan. Install K3s on a node to make the first.',
  toInstall: 'Install K3s',
  columns: {
    what: 'What',
    node: 'Node',
    state: 'How it stands',
    started: 'Started',
    actions: 'What you can do',
  },
  open: 'Open',
  openNamed: (title: string, node: string): string => `Open the run ${title} on ${node}`,
  unknown: 'This run is not known here.',
  all: 'All runs',
  steps: 'Steps',
  stepsSay: (held: number, of: number): string => `${held} of ${of} steps done`,
  progress: 'Progress of the run',
  on: (node: string): string => `on ${node}`,
  started: 'Started',
  took: 'Took',
  saw: 'Seen',
  why: 'Why',
  terminal: 'What really runs',
  shell: 'Your own shell beside it',
  shellOpen: 'Open a shell beside it',
  shellClose: 'Close the shell',
  cancel: 'Stop the run',
  cancelTitle: 'Stop this run?',
  cancelSays:
    'The step that is under way is stopped as soon as that is safe. What is done stays done and nothing is rolled back; you can continue the run later.',
  cancelGo: 'Stop it',
  cancelNot: 'Let it run',
  continue: 'Continue the run',
  continueSays: 'The node is looked at first; what already holds is not done again.',
  titles: {
    running: 'Running',
    lastSeen: 'Running when it was last seen',
    passed: 'Finished. Every step was checked.',
    unchanged: 'Nothing had to be changed: everything was already so.',
    failed: 'The run failed',
    cancelled: 'The run was stopped',
    interrupted: 'The run was interrupted',
  },
  at: (step: string): string => `At: ${step}`,
  stoppedAt: (step: string): string => `Stopped at: ${step}`,
  next: {
    snapshot: 'Take the first snapshot',
    snapshotSays: 'Then carry it out with the supply run.',
    afterRestore: 'Take a snapshot of the restored cluster',
    afterRestoreSays: 'It shows that the cluster saves again, and holds it as it is now.',
  },
  back: {
    title: 'The way back',
    says: 'Removes K3s from this node again. Token, configuration and snapshots are copied to this laptop first.',
    go: 'Remove K3s …',
    dialog: (node: string): string => `Remove K3s from ${node}`,
    warn: 'The cluster on this node ends. What its volumes hold is not in any snapshot and is lost.',
    type: (node: string): string => `Type the node’s name to see the plan: ${node}`,
    label: 'Name of the node',
    plan: 'Show the plan',
    planning: 'Making the plan',
    run: 'Remove K3s',
    starting: 'Starting the run',
  },
  carry: {
    choose: 'Bring the large files by stick',
    title: 'The files come by stick',
    says: (files: string, bytes: string, node: string): string =>
      `${files} (${bytes}) are written onto a stick here. ${node} mounts it to be read only and checks every file before it uses it.`,
    writeTo: (stick: string): string => `Write onto ${stick}`,
    folder: 'Write into another folder',
    folderSays: 'The folder where the stick is mounted. The files go into coldstart-carry in it.',
    folderUse: 'Write here',
    notByStick: 'Without a stick',
    writing: 'Writing the stick',
    written: 'The stick is written',
    whatNext: (node: string): string =>
      `Eject it with the system, then begin the run and plug the stick into ${node} when the run asks for it. A stick that was written before needs no writing.`,
  },
  plan: {
    steps: (n: number): string => `${n} steps`,
    commands: (n: number): string => (n === 1 ? '1 command' : `${n} commands`),
    expandAll: 'Show every command',
    collapseAll: 'Hide the commands',
    mayLose: 'May be lost if it goes wrong',
    digest: 'Plan',
    sentTo,
  },
};
