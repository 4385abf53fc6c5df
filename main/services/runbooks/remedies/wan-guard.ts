import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script, sh } from '../../../core/sh.ts';
import {
  guardAnnotation,
  guardPaths,
  guardScript,
  guardSettings,
  guardTimes,
  guardUnits,
} from '../../../core/wan/guard-script.ts';
import { probeFunctions } from '../../../core/wan/probe.ts';
import { targetName, targetWord, wanTargets } from '../../../core/wan/targets.ts';
import type { WanTarget } from '../../../core/wan/targets.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Step } from '../book.ts';
import { binaryPath } from '../install-single/deliver.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase, saying } from './look.ts';
import { gone, placeStep } from './placed.ts';

const timer = 'coldstart-wan-guard.timer';
const unitPaths = Object.keys(guardUnits).map(name => `/etc/systemd/system/${name}`);
const ours = [guardPaths.script, guardPaths.settings, ...unitPaths];

/** Arguments: the guard's settings, K3s. The last words are what no new pod of would start. */
const lookScript = `# is there a way out, and who is in this cluster?
${saying}{ ip route show default; ip -6 route show default; } 2>/dev/null | head -n 1 | each route
awk '$2 == "00000000" { print $1; exit }' /proc/net/route 2>/dev/null | each route
sed -n "s/^targets='\\([^']*\\)'$/\\1/p" "$1" 2>/dev/null | each targets
"$2" kubectl --request-timeout=20s get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}' 2>/dev/null </dev/null | each node
say cronjobs "$("$2" kubectl --request-timeout=20s get cronjobs -A -o name 2>/dev/null </dev/null | wc -l | tr -d ' ')"
say end 1`;

interface GuardGround {
  readonly base: Base;
  readonly nodes: readonly string[];
  readonly cronJobs: number;
  readonly targets: string;
  readonly route: boolean;
}

async function look(looker: Looker, { clock }: RemedyParts): Promise<GuardGround> {
  const base = await lookAtBase(looker, clock);
  const { stdout } = await looker.ask(script(lookScript, guardPaths.settings, binaryPath), {
    timeoutMs: 90_000,
  });
  const seen = facts(stdout);
  return {
    base,
    nodes: seen.all('node'),
    cronJobs: Number(seen.one('cronjobs') ?? 0),
    targets: (seen.one('targets') ?? '').replaceAll(/\b(icmp|tcp):/g, ''),
    route: seen.all('route').length > 0,
  };
}

async function lookToInstall(looker: Looker, parts: RemedyParts): Promise<GuardGround> {
  const ground = await look(looker, parts);
  const about = looker.node.name;
  const { base, nodes } = ground;
  if (base.role === 'agent')
    throw refused(about, 'An agent may not cordon nodes.', 'Choose a server of this site.');
  if (base.init !== 'systemd')
    throw refused(
      about,
      'The node does not run systemd, whose timer the guard needs.',
      'Choose another server.',
    );
  if (nodes.length === 0)
    throw refused(
      about,
      'The API does not say which nodes there are.',
      'Repair the cluster first; the guard works through its API.',
    );
  if (nodes.length === 1)
    throw refused(
      about,
      'This site has one node. Cordoned, nothing of it could start again, and nothing would be gained.',
      'The WAN guard is for sites of several nodes.',
    );
  if (!ground.route)
    throw refused(
      about,
      'This node has no default route: the site has no way out to guard.',
      'The WAN guard is for sites with one. Without it, the nodes would be cordoned for good.',
    );
  return ground;
}

const fields = ({ targets }: GuardGround): readonly RemedyField[] => [
  {
    name: 'targets',
    label: 'Where the way out leads',
    says: 'Up to 8 addresses beyond the site, such as 192.0.2.1 hq.example.org:443. The way is there while any of them answers.',
    kind: 'text',
    value: targets,
  },
];

function chosen(answers: Answers, about: string): readonly WanTarget[] {
  const targets = wanTargets(answers.text('targets'));
  if (targets.length > 0) return targets;
  throw new FieldError({
    code: 'bad-ask',
    says: 'The guard has to know what to ask.',
    about,
    untouched: 'Nothing was changed on the node.',
    next: 'Name at least one address beyond the site; two are better.',
  });
}

const minutes = (seconds: number): number => seconds / 60;

/** A guard that asks what never answers would cordon the site within minutes. */
const answersStep = (targets: readonly WanTarget[]): Step => ({
  id: 'answers',
  title: 'Ask the targets from this node',
  why: 'If none answers now, the guard would cordon the site in a few minutes.',
  weight: 1,
  changes: false,
  apply: [],
  verify: asking(
    'root',
    script(`# which of them answer?\n${probeFunctions}probes "$@"`, ...targets.map(targetWord)),
    ({ stdout }) => {
      const up = [...stdout.matchAll(/^coldstart_wan_up\{target="([^"]+)"\} 1$/gm)].map(([, name]) => name);
      return up.length > 0 ? so(`${up.join(', ')} answers`) : notSo('none of the targets answers from here');
    },
  ),
});

const startStep: Step = {
  id: 'start',
  title: 'Start the timer',
  why: 'From now on it asks every minute, also after a restart.',
  weight: 2,
  changes: true,
  apply: [
    {
      is: 'command',
      as: 'root',
      command: script(
        '# read the new units and start the timer\nset -e\nsystemctl daemon-reload\nsystemctl enable --now -q "$1"\nsystemctl restart "$1"',
        timer,
      ),
      timeoutMs: 60_000,
    },
  ],
  verify: asking(
    'root',
    script(
      '# is it on, now and after a restart?\necho "$(systemctl is-active "$1" 2>/dev/null) $(systemctl is-enabled "$1" 2>/dev/null)"',
      timer,
    ),
    ({ stdout }) =>
      stdout.trim() === 'active enabled'
        ? so('the timer runs, and starts with the machine')
        : notSo(`the timer is ${stdout.trim()}`),
  ),
};

const firstStep: Step = {
  id: 'first',
  title: 'Let it look once',
  why: 'It has to see the way out that is there now.',
  weight: 1,
  changes: true,
  apply: [{ is: 'command', as: 'root', command: sh`sh ${guardPaths.script} tick`, timeoutMs: 120_000 }],
  verify: asking('root', sh`ls ${guardPaths.run}`, ({ stdout }) =>
    stdout.split('\n').includes('up') ? so('it sees the way out') : notSo('it does not see the way out'),
  ),
};

export const wanGuardInstall = remedyKind<GuardGround>({
  title: node => `Let ${node.name} guard the way out`,
  says: `While nothing beyond the site answers, no new pods are placed on its nodes: after ${minutes(guardTimes.holdAfter)} minutes all are cordoned, ${minutes(guardTimes.releaseAfter)} minutes after the way is back they are uncordoned.`,
  look: lookToInstall,
  fields,
  warnings: ({ ground, answers, node }) => {
    const targets = chosen(answers, node.name);
    return [
      `While the ${ground.nodes.length} nodes are cordoned, running pods go on and containers that fall over start again where they are. But no new pod starts anywhere: rollouts, evicted and deleted pods, and pods of a node that fails wait until the way is back${ground.cronJobs > 0 ? `, and so do the jobs of ${ground.cronJobs} CronJob${ground.cronJobs === 1 ? '' : 's'}` : ''}.`,
      'A node that somebody cordoned by hand is left alone, both ways.',
      'One server of the site is enough. While that one is down, nothing is cordoned or uncordoned.',
      ...(targets.length === 1
        ? [
            `Only ${targets.map(targetName).join('')} is asked: when it alone is down, the site is cordoned. Two are better.`,
          ]
        : []),
    ];
  },
  steps: (_parts, { node, ground, answers }) => {
    const targets = chosen(answers, node.name);
    return [
      answersStep(targets),
      placeStep(
        [
          { path: guardPaths.script, mode: 0o755, text: guardScript },
          {
            path: guardPaths.settings,
            mode: 0o644,
            text: guardSettings(ground.base.nodeName, targets.map(targetWord)),
          },
          ...Object.entries(guardUnits).map(([name, text]) => ({
            path: `/etc/systemd/system/${name}`,
            mode: 0o644,
            text,
          })),
        ],
        {
          id: 'place',
          title: 'Put the guard in place',
          why: 'A script, its settings, and two units of systemd.',
        },
      ),
      startStep,
      firstStep,
    ];
  },
  afterFailure: 'Continue the run to finish it, or take everything away with wan-guard-remove.',
});

const stopScript = `# no more looks
systemctl disable --now -q "$1" 2>/dev/null
systemctl stop coldstart-wan-guard.service 2>/dev/null
exit 0`;

const heldScript = `# which nodes has this guard cordoned?
"$1" kubectl --request-timeout=20s get nodes -o 'jsonpath={range .items[*]}{.metadata.name}|{.metadata.annotations.coldstart\\.io/wan-guard}{"\\n"}{end}' </dev/null`;

/** Nodes that stay cordoned after the guard has gone would stay so for good. */
const releaseStep = (me: string): Step => {
  const held = asking('root', script(heldScript, binaryPath), exit => {
    const mine = exit.stdout.split('\n').filter(line => line.endsWith(`|${me}`));
    if (exit.code !== 0) return notSo(`the API does not answer: ${tailOf(exit, 1)}`);
    return mine.length === 0
      ? so('no node is cordoned by this guard')
      : notSo(`still cordoned by it: ${mine.map(line => line.split('|')[0]).join(', ')}`);
  });
  return {
    id: 'release',
    title: 'Uncordon what it cordoned',
    why: `Nodes with the annotation ${guardAnnotation} of this server; others are left alone.`,
    weight: 2,
    changes: true,
    probe: held,
    apply: [{ is: 'command', as: 'root', command: sh`sh ${guardPaths.script} release`, timeoutMs: 120_000 }],
    verify: held,
  };
};

export const wanGuardRemove = remedyKind<GuardGround>({
  title: node => `Let ${node.name} guard the way out no more`,
  says: 'Stops the guard, uncordons what it cordoned, and takes away everything it put on the node.',
  look,
  steps: (_parts, { ground }) => {
    const left = [...ours, guardPaths.run];
    const stopped = asking(
      'root',
      script('# does it still look?\nsystemctl is-active "$1" 2>/dev/null; exit 0', timer),
      ({ stdout }) => (stdout.trim() === 'active' ? notSo('the timer runs') : so('the timer is stopped')),
    );
    return [
      {
        id: 'stop',
        title: 'Stop the timer',
        why: 'It shall not cordon what is being uncordoned.',
        weight: 1,
        changes: true,
        probe: stopped,
        apply: [{ is: 'command', as: 'root', command: script(stopScript, timer), timeoutMs: 120_000 }],
        verify: stopped,
      },
      releaseStep(ground.base.nodeName),
      {
        id: 'remove',
        title: 'Take it away',
        why: 'The script, its settings, its units, and what it kept in memory go.',
        weight: 2,
        changes: true,
        probe: gone(left, 'nothing of the guard is left'),
        apply: [
          {
            is: 'command',
            as: 'root',
            command: script(
              `# take it away\nrm -rf "$@"\nsystemctl daemon-reload\nsystemctl reset-failed 'coldstart-wan-guard*' 2>/dev/null\nrmdir /usr/local/lib/coldstart /etc/coldstart 2>/dev/null\nexit 0`,
              ...left,
            ),
            timeoutMs: 60_000,
          },
        ],
        verify: gone(left, 'nothing of the guard is left'),
      },
    ];
  },
  afterFailure: 'Continue the run to finish it. If the API does not answer, repair the cluster first.',
});
