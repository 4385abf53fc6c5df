import { now, picked } from '../suspect.ts';
import type { Matcher } from '../suspect.ts';
import { quote } from '../view.ts';
import { remedy } from './remedies.ts';

// manifests of workloads are YAML too, and their mistakes stop nothing
const manifest = ['manifest', 'helmchart', 'addon', 'configmap', 'crd', 'deploy'];
const unreadable = {
  any: [
    'flag provided but not defined',
    /(?:level=fatal|fata\[\d+\]|error:?|incorrect usage).*yaml: (?:line \d+|unmarshal|control characters|did not find|found )/,
    /config(?:\.yaml|\.yaml\.d\/\S+|uration file).*yaml: /,
    /registries\.yaml.*(?:yaml|unmarshal|parse|decode|invalid)/,
    /(?:level=fatal|incorrect usage|fata\[\d+\]).*invalid (?:value|argument|boolean value) "/,
    /failed to parse kubelet flag: unknown flag/,
    /(?:level=fatal|fata\[\d+\]).*unknown flag: --/,
  ],
  but: manifest,
};
const mismatch = { any: ['critical configuration value mismatch'] };

/** A mistake in config.yaml or registries.yaml: K3s stops at once, again and again. */
export const configTypo: Matcher = view => {
  const odd = now(view, mismatch);
  const lines = now(view, unreadable);
  if (odd.length > 0)
    return {
      cause: 'config-typo',
      sure: 'certain',
      says: 'This server’s configuration does not agree with the other servers’.',
      lines: picked(odd),
      not: 'It is not a spelling mistake: the values differ.',
      next: 'The line names the values that must be equal on all servers. Take them from a server that runs.',
      remedies: [remedy('repair-config')],
    };
  const [line] = lines;
  if (!line) return undefined;
  const flag = /flag provided but not defined: (-{1,2}[a-z0-9-]+)/.exec(line.low)?.[1]?.replace(/^-+/, '');
  const at = /yaml: line (\d+)/.exec(line.low)?.[1];
  const file = /registries\.yaml/.test(line.low) ? 'registries.yaml' : 'config.yaml';
  const agent =
    view.facts.service?.unit === 'k3s-agent' ||
    line.low.includes('k3s-agent') ||
    line.low.includes('k3s agent');
  return {
    cause: 'config-typo',
    sure: 'certain',
    says:
      flag !== undefined
        ? `The configuration holds “${flag}”, which ${agent ? 'an agent' : 'K3s'} does not know.`
        : `${file} cannot be read${at === undefined ? '' : `: look at line ${at}`}.`,
    lines: [
      ...picked(lines, 2),
      ...(flag !== undefined && view.facts.config.has(flag) ? [quote('config', `${flag}:`)] : []),
    ],
    not: 'It is not the datastore: K3s stops before it looks at it.',
    next:
      flag !== undefined && agent
        ? `Take “${flag}” out, or put its spelling right. Agents accept agent keys only. Then start K3s.`
        : 'Put the line right, then start K3s.',
    remedies: [remedy('repair-config')],
  };
};
