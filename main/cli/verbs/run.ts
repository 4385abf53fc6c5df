import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { InstallOptions, Plan, Run, RunStep, StepStanding } from '../../../preload/contract/domain.ts';
import { exitCodes, FieldError, kindOf } from '../../../preload/contract/failure.ts';
import { runId } from '../../../preload/contract/ids.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import type { At } from '../at.ts';
import { failureText } from '../output.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { table } from '../words.ts';

const marks: Readonly<Record<StepStanding, string>> = {
  waiting: '·',
  probing: '…',
  applying: '…',
  verifying: '…',
  already: '=',
  passed: '✓',
  failed: '✗',
  unsure: '?',
};

const stepText = (step: RunStep): string =>
  `${marks[step.standing]} ${step.title}${step.standing === 'already' ? ' (already so)' : ''}${step.saw ? `: ${step.saw}` : ''}`;

/** Lines of one command that a plan shows before it asks whether to read the rest. */
const mostLines = 4;

/** One command as a plan shows it; a long script is cut unless everything was asked for. */
function commandText(
  { as, text, node }: Plan['steps'][number]['commands'][number],
  isWhole: boolean,
): string {
  const lines = text.trimEnd().split('\n');
  const shown = isWhole || lines.length <= mostLines + 1 ? lines : lines.slice(0, mostLines);
  const more = lines.length - shown.length;
  const where = node === undefined ? '' : `${node} `;
  return [
    `     ${where}${as === 'laptop' ? '(laptop)' : as === 'root' ? '#' : '$'} ${shown.join('\n       ')}`,
    ...(more > 0 ? [`       … and ${more} more lines: --all-lines shows them`] : []),
  ].join('\n');
}

export function planText(plan: Plan, isWhole: boolean): string {
  const steps = plan.steps.map((step, i) =>
    [
      `${i + 1}. ${step.title}. ${step.why}`,
      ...step.commands.map(command => commandText(command, isWhole)),
      ...(step.mayLose ? [`     May be lost: ${step.mayLose}`] : []),
    ].join('\n'),
  );
  return [
    plan.title,
    '',
    ...steps,
    ...(plan.warnings.length > 0 ? ['', ...plan.warnings.map(w => `! ${w}`)] : []),
  ].join('\n');
}

function exitOf(run: Run): number {
  switch (run.state) {
    case 'passed':
      return 0;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'interrupted':
      return exitCodes['could-not'];
    case 'failed':
      return run.failure ? exitCodes[kindOf(run.failure)] : exitCodes.check;
    case 'running':
      return 0;
    default:
      return run.state satisfies never;
  }
}

const endings: Readonly<Record<Run['state'], string>> = {
  running: 'is running',
  passed: 'is done',
  failed: 'failed',
  cancelled: 'was stopped because you asked for it',
  interrupted: 'was interrupted',
};

function endText(run: Run): string {
  const ending =
    run.unchanged && run.state === 'passed'
      ? 'changed nothing: everything was already so'
      : endings[run.state];
  const canGoOn = ['failed', 'cancelled', 'interrupted'].includes(run.state);
  return [
    `${run.state === 'passed' ? '✓' : run.state === 'running' ? '…' : '✗'} ${run.title} ${ending}.`,
    ...(run.failure ? [failureText(run.failure)] : []),
    ...(canGoOn ? [`  Go on with: coldstart run continue ${run.id}`] : []),
  ].join('\n');
}

export const runAnswer = (run: Run): Answer => ({
  json: run,
  text: [...run.steps.map(stepText), '', endText(run)].join('\n'),
  exit: exitOf(run),
});

/**
 * Follows a run to its end, saying each step when it is done; the answer adds how it ended. Where it stops for a password
 * that the options give or somebody types, it goes on; for each kind of secret once.
 */
export async function followed(at: At, id: RunId): Promise<Answer> {
  const met = new Set<string>();
  for (;;) {
    const run = await ending(at, id);
    const { failure, state } = run;
    const need = `${failure?.code} ${String(failure?.facts?.['secret'])}`;
    if (state !== 'interrupted' || !failure || met.has(need) || !(await at.meet(failure, run.node)))
      return { ...runAnswer(run), text: endText(run) };
    met.add(need);
    at.output.say('The password was given; the run goes on.');
    await at.call('run.continue', { run: id }, run.node);
  }
}

/** Follows a run until it stops. Ctrl-C asks the host to stop it and waits for the true ending. */
async function ending(at: At, id: RunId): Promise<Run> {
  const stop = (): void => {
    at.output.say('Stopping; the step at work is brought to a safe point first.');
    void at.client.call('run.cancel', { run: id }).catch(() => {});
  };
  at.signal.addEventListener('abort', stop, { once: true });
  if (at.signal.aborted) stop();
  let last: Run | undefined;
  try {
    for await (const news of at.client.listen('run.news', { run: id })) {
      if (news.is === 'step' && ['already', 'passed', 'failed'].includes(news.step.standing))
        at.output.say(stepText(news.step));
      if (news.is === 'step' || news.is === 'progress') at.output.progress(news.progress);
      if (news.is === 'run' || news.is === 'ended') last = news.run;
      if (news.is === 'ended' || (news.is === 'run' && news.run.state !== 'running')) break;
    }
  } finally {
    at.signal.removeEventListener('abort', stop);
  }
  return last ?? (await at.client.call('run.show', { run: id }));
}

/** Shows the plan, has it agreed to, starts it and follows it. */
export async function planned(at: At, ask: CallArgs<'run.plan'>['ask']): Promise<Answer> {
  const plan = await at.call('run.plan', { ask });
  at.output.say(planText(plan, at.output.json || at.has('all-lines')));
  await at.agree(`\nRun these ${plan.steps.length} steps on ${plan.nodeName}?`, {
    code: 'consent-needed',
    says: 'Nobody agreed to the plan.',
    about: plan.nodeName,
    untouched: 'Nothing was changed on the node.',
    next: 'Read the plan, then run the command again and answer yes, or add --yes.',
  });
  await written(at, ask, plan);
  const run = await at.call('run.start', { ask, digest: plan.digest });
  return followed(at, run.id);
}

/** Large files come by stick: written here into a folder of it, or onto it before. */
export const byStick = {
  'by-stick': {
    value: 'FOLDER',
    says: 'Write the large files onto the stick at FOLDER first; the node takes them off it.',
  },
  'from-stick': { says: 'The same with a stick that was written before.' },
};
export const carrier = (at: At): { byStick?: true } =>
  at.option('by-stick') === undefined && !at.has('from-stick') ? {} : { byStick: true };

/** Writes the files of the plan onto the stick that `--by-stick` names. */
async function written(at: At, ask: CallArgs<'run.plan'>['ask'], plan: Plan): Promise<void> {
  const to = at.option('by-stick');
  if (to === undefined) return;
  if (plan.carry?.byStick !== true) {
    at.output.say('This plan has no file for a stick; nothing was written to it.');
    return;
  }
  const { path, files } = await at.call('carry.write', { ask, digest: plan.digest, to: at.path(to) });
  for (const { name, written: now } of files)
    at.output.say(`${name}: ${now ? 'written' : 'was there already'}, read back, SHA-256 equal.`);
  at.output.say(
    `Everything is in ${path}. Now unmount the stick, pull it, and plug it into ${plan.nodeName}: the run waits for it.`,
  );
}

const anId = (word: string): RunId => runId(word);

const components = ['traefik', 'servicelb', 'local-storage', 'metrics-server', 'coredns'] as const;
const backends = ['vxlan', 'host-gw', 'wireguard-native', 'none'] as const;

function chosen<const T extends string>(word: string, from: readonly T[], what: string): T {
  const found = from.find(one => one === word);
  if (found !== undefined) return found;
  throw new FieldError({
    code: 'bad-ask',
    says: `“${word}” is no ${what}.`,
    untouched: 'Nothing was done.',
    next: `Choose from ${from.join(', ')}.`,
  });
}

function retention(word: string): number {
  const value = /^\d{1,4}$/.test(word) ? Number(word) : 0;
  if (value > 0 && value <= 1000) return value;
  throw new FieldError({
    code: 'bad-ask',
    says: `“${word}” is no count of snapshots to keep.`,
    untouched: 'Nothing was done.',
    next: 'Give a whole number from 1 to 1000.',
  });
}

function installOptions(at: At, defaults: InstallOptions): InstallOptions {
  const or = (name: string, value: string): string => at.option(name) ?? value;
  const orList = (name: string, value: readonly string[]): readonly string[] =>
    at.many(name).length > 0 ? at.many(name) : value;
  return {
    nodeName: or('node-name', defaults.nodeName),
    nodeIp: or('node-ip', defaults.nodeIp),
    tlsSan: orList('tls-san', defaults.tlsSan),
    disable: orList('disable', defaults.disable).map(word => chosen(word, components, 'part of K3s')),
    secretsEncryption: at.has('no-secrets-encryption') ? false : defaults.secretsEncryption,
    clusterCidr: or('cluster-cidr', defaults.clusterCidr),
    serviceCidr: or('service-cidr', defaults.serviceCidr),
    flannelBackend: chosen(or('flannel-backend', defaults.flannelBackend), backends, 'flannel backend'),
    snapshotCron: or('snapshot-cron', defaults.snapshotCron),
    snapshotRetention: retention(or('snapshot-retention', String(defaults.snapshotRetention))),
    labels: orList('label', defaults.labels),
    taints: orList('taint', defaults.taints),
    rescuable: at.has('not-rescuable') ? false : defaults.rescuable,
    serialConsole: or('serial-console', defaults.serialConsole),
  };
}

/** A node another laptop reserved is taken over by repeating the run that holds it, as the refusal names it. */
export const takeOver = {
  'take-over': { value: 'RUN', says: 'Take over a node that another run reserved; repeat that run’s id.' },
};
export const taken = (at: At): { takeOver?: string } => {
  const run = at.option('take-over');
  return run === undefined ? {} : { takeOver: run };
};

export const allLines = { 'all-lines': { says: 'Show the scripts of the plan in full length.' } };

export const runVerbs: readonly Verb[] = [
  {
    name: 'install',
    takes: ['NODE'],
    says: 'Install K3s on a node: one server with embedded etcd.',
    more: 'Shows every command first. Running it again changes nothing.\nExample: coldstart install cp1 --bundle v1.33.5+k3s1',
    options: {
      bundle: {
        value: 'BUNDLE',
        says: 'K3s version or id of the bundle; may be left out when there is only one.',
      },
      'node-name': { value: 'NAME', says: 'Name in the cluster; default: the host name.' },
      'node-ip': { value: 'IP', says: 'Address of the node; default: that of the default route.' },
      'tls-san': {
        value: 'NAME',
        many: true,
        says: 'Further name or address in the API certificate; may repeat.',
      },
      disable: {
        value: 'PART',
        many: true,
        says: `Leave out a packaged part (${components.join(', ')}); may repeat.`,
      },
      'no-secrets-encryption': { says: 'Keep Secrets in the clear in etcd. Cannot be changed easily later.' },
      'cluster-cidr': { value: 'CIDR', says: 'Pod network. Can never be changed.' },
      'service-cidr': { value: 'CIDR', says: 'Service network. Can never be changed.' },
      'flannel-backend': { value: 'NAME', says: `One of ${backends.join(', ')}. Can never be changed.` },
      'snapshot-cron': { value: 'CRON', says: 'When the node takes snapshots by itself.' },
      'snapshot-retention': { value: 'N', says: 'How many of them the node keeps.' },
      label: { value: 'KEY=VALUE', many: true, says: 'Label of the node; may repeat.' },
      taint: { value: 'KEY=VALUE:EFFECT', many: true, says: 'Taint of the node; may repeat.' },
      'not-rescuable': { says: 'Leave out the step that prepares serial console and journal for a rescue.' },
      'serial-console': { value: 'DEVICE', says: 'Serial device for a login, such as ttyS0.' },
      ...byStick,
      ...takeOver,
      ...allLines,
    },
    run: async at => {
      const node = await at.node(at.arg(0));
      const bundle = await at.bundle(at.option('bundle'));
      const defaults = await at.call('install.defaults', { node: node.id });
      return planned(at, {
        is: 'install-single',
        node: node.id,
        bundle: bundle.id,
        options: installOptions(at, defaults),
        ...taken(at),
        ...carrier(at),
      });
    },
  },
  {
    name: 'remove',
    takes: ['NODE'],
    says: 'Remove K3s from a node, after its token, configuration and snapshots are safe on the laptop.',
    options: {
      'typed-name': {
        value: 'NODE',
        says: 'The name of the node once more; asked on the terminal otherwise.',
      },
      ...takeOver,
      ...allLines,
    },
    run: async at => {
      const node = await at.node(at.arg(0));
      const typedName =
        at.option('typed-name') ??
        (at.questions.possible ? await at.questions.ask(`Type the name of the node that loses K3s: `) : '');
      return planned(at, { is: 'remove-k3s', node: node.id, typedName, ...taken(at) });
    },
  },
  {
    name: 'run list',
    takes: [],
    says: 'Show what was run, newest first.',
    run: async at => {
      const runs = await at.call('run.list', {});
      return {
        json: { runs },
        text:
          runs.length === 0
            ? 'Nothing was run yet.'
            : table(
                ['ID', 'WHAT', 'STATE', 'STARTED'],
                runs.map(run => [run.id, run.title, run.state, run.startedAt]),
              ),
      };
    },
  },
  {
    name: 'run show',
    takes: ['RUN'],
    says: 'Show one run, step by step.',
    run: async at => ({ ...runAnswer(await at.call('run.show', { run: anId(at.arg(0)) })), exit: 0 }),
  },
  {
    name: 'run continue',
    takes: ['RUN'],
    says: 'Go on with a run that was interrupted. The node is asked first what is already so.',
    run: async at => {
      const { id, node } = await at.call('run.show', { run: anId(at.arg(0)) });
      await at.call('run.continue', { run: id }, node);
      return followed(at, id);
    },
  },
  {
    name: 'run cancel',
    takes: ['RUN'],
    says: 'Stop a run at the next safe point.',
    run: async at => ({ ...runAnswer(await at.call('run.cancel', { run: anId(at.arg(0)) })), exit: 0 }),
  },
];
