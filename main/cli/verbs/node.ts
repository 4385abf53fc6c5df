import type { Check, Preflight, SiteNode, Verdict } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { table } from '../words.ts';
import { lineOptions, settingsGiven } from './serial.ts';

const marks: Readonly<Record<Verdict, string>> = { passed: '✓', warned: '!', blocked: '✗', unknown: '?' };

const checkText = (check: Check): string =>
  `${marks[check.verdict]} ${check.title}: ${check.saw}${check.next ? `\n    ${check.next}` : ''}`;

export function preflightAnswer(preflight: Preflight): Answer {
  const blocked = preflight.checks.filter(check => check.verdict === 'blocked').length;
  const warned = preflight.checks.filter(check => check.verdict === 'warned').length;
  return {
    json: preflight,
    text: `${preflight.checks.map(checkText).join('\n')}\n\n${
      blocked > 0
        ? `✗ ${blocked} of ${preflight.checks.length} checks stand in the way of an install.`
        : `✓ Nothing stands in the way of an install${warned > 0 ? `; ${warned} to look at` : ''}.`
    }`,
    exit: blocked > 0 ? 1 : 0,
  };
}

const nodeLine = (node: SiteNode): readonly string[] => [
  node.name,
  `${node.user}@${node.address}:${node.port}`,
  node.k3sVersion ?? '-',
  node.lastSeen ?? 'never',
  node.id,
];

function port(at: At): number {
  const word = at.option('port') ?? '22';
  const value = /^\d{1,5}$/.test(word) ? Number(word) : 0;
  if (value > 0 && value < 65_536) return value;
  throw new FieldError({
    code: 'bad-ask',
    says: `“${word}” is no port.`,
    untouched: 'Nothing was done.',
    next: 'Give a number from 1 to 65535.',
  });
}

function login(at: At): { is: 'auto' | 'password' } | { is: 'key'; path: string } {
  const key = at.option('key');
  if (key !== undefined) return { is: 'key', path: at.path(key) };
  return { is: at.option('password-file') === undefined ? 'auto' : 'password' };
}

const noWay = (word: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: `“${word}” is no way to a node.`,
    untouched: 'Nothing was changed.',
    next: 'Say ssh or serial.',
  });

export const nodeVerbs: readonly Verb[] = [
  {
    name: 'node add',
    takes: ['NAME'],
    says: 'Tell Coldstart about a node of a site.',
    more: 'Example: coldstart node add cp1 --site "Dome C" --address 10.0.1.100 --user tech',
    options: {
      site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
      address: { value: 'HOST', says: 'Address, or a Host of ~/.ssh/config. Default: the name.' },
      port: { value: 'PORT', says: 'SSH port, default 22.' },
      user: { value: 'USER', says: 'Login user, default root.' },
      key: {
        value: 'FILE',
        says: 'SSH key to log in with; default: configuration, agent, usual keys, password.',
      },
    },
    run: async at => {
      const site = await at.site(at.option('site'));
      const node = await at.call('node.add', {
        site: site.id,
        name: at.arg(0),
        address: at.option('address') ?? at.arg(0),
        port: port(at),
        user: at.option('user') ?? 'root',
        login: login(at),
      });
      return {
        json: node,
        text: `✓ ${node.name} belongs to ${site.name} now. Look at it: coldstart node show ${node.name}`,
      };
    },
  },
  {
    name: 'node list',
    takes: [],
    says: 'Show the known nodes.',
    options: { site: { value: 'SITE', says: 'Only the nodes of this site.' } },
    run: async at => {
      const site = at.option('site') === undefined ? undefined : await at.site(at.option('site'));
      const nodes = await at.call('node.list', site ? { site: site.id } : {});
      return {
        json: { nodes },
        text:
          nodes.length === 0
            ? 'No node yet. Add one: coldstart node add NAME --address HOST'
            : table(['NAME', 'LOGIN', 'K3S', 'LAST SEEN', 'ID'], nodes.map(nodeLine)),
      };
    },
  },
  {
    name: 'node show',
    takes: ['NODE'],
    says: 'Log in to a node and tell what is there. Changes nothing.',
    run: async at => {
      const node = await at.node(at.arg(0));
      const look = await at.call('node.look', { node: node.id });
      return {
        json: { node, look },
        text: table(
          ['WHAT', 'SEEN'],
          [
            ['host name', look.hostname],
            ['system', `${look.os}, kernel ${look.kernel}, ${look.arch}`],
            ['K3s', look.k3s ?? 'not there'],
            ['sudo', look.sudo],
            ['host key', look.hostKey],
            ['machine id', look.machineId],
          ],
        ),
      };
    },
  },
  {
    name: 'node cable',
    takes: ['NODE', '[PORT]'],
    says: 'Say which serial port is a node’s console; without a port, that it has none.',
    more: 'Everything about this node goes over the cable from then on; `coldstart node over NODE ssh` goes back.',
    options: {
      ...lineOptions,
      'passwords-in-the-clear': {
        says: 'Let passwords go to a port that is a network (tcp://, rfc2217://), where others can read them.',
      },
      keep: { says: 'Keep going over SSH for now.' },
    },
    run: async at => {
      const { id } = await at.node(at.arg(0));
      const port = at.args[1];
      const settings = settingsGiven(at);
      const cable =
        port === undefined
          ? undefined
          : {
              port,
              ...(settings && { settings }),
              ...(at.has('passwords-in-the-clear') && { passwordsInTheClear: true }),
            };
      let node = await at.call('node.cable', { node: id, ...(cable && { cable }) });
      if (cable && !at.has('keep')) node = await at.call('node.over', { node: id, over: 'serial' });
      const way = node.over === 'serial' ? 'goes over its cable from now on' : 'goes over SSH';
      return {
        json: node,
        text: `✓ ${cable ? `${cable.port} is the console of ${node.name}` : `${node.name} has no cable now`}. Everything about it ${way}.`,
      };
    },
  },
  {
    name: 'node over',
    takes: ['NODE', 'WAY'],
    says: 'Choose the way to a node: ssh, or serial for its console.',
    run: async at => {
      const over = at.arg(1);
      if (over !== 'ssh' && over !== 'serial') throw noWay(over);
      const node = await at.call('node.over', { node: (await at.node(at.arg(0))).id, over });
      return {
        json: node,
        text: `✓ Everything about ${node.name} goes over ${over === 'ssh' ? 'SSH' : 'its cable'} now.`,
      };
    },
  },
  {
    name: 'node pin-by-cable',
    takes: ['NODE'],
    says: 'Read a node’s SSH host keys over its cable and trust them from now on.',
    run: async at => {
      const { pinned } = await at.call('node.pinByCable', { node: (await at.node(at.arg(0))).id });
      return { json: { pinned }, text: pinned.map(one => `✓ ${one}`).join('\n') };
    },
  },
  {
    name: 'node preflight',
    takes: ['NODE'],
    says: 'Check whether K3s can be installed on a node. Changes nothing.',
    options: { bundle: { value: 'BUNDLE', says: 'Also check that this bundle fits the node.' } },
    run: async at => {
      const node = await at.node(at.arg(0));
      const bundle = at.option('bundle') === undefined ? undefined : await at.bundle(at.option('bundle'));
      return preflightAnswer(
        await at.call('node.preflight', { node: node.id, ...(bundle ? { bundle: bundle.id } : {}) }),
      );
    },
  },
];
