import type { Arch, InstallOptions, SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { configFile, differences, installConfig, masked } from '../../../core/runbook/config.ts';
import type { Config, Difference } from '../../../core/runbook/config.ts';
import { archOf, nodeAddress } from '../../../core/runbook/preflight/facts.ts';
import { passwordOf, tokenHash } from '../../../core/server-token.ts';
import type { Secret } from '../../../core/secret.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import type { KeptSecrets } from '../../sites/nodes.ts';
import type { Survey } from '../survey.ts';

/** What the node and the laptop said when the plan was made, as far as commands depend on it. Kept in the journal; no secrets. */
export interface InstallGround {
  readonly arch: Arch;
  readonly init: 'systemd' | 'openrc';
  readonly nodeIp: string;
  readonly selinux: boolean;
  readonly login: { readonly uid: number; readonly gid: number };
  /** A token kept earlier is used again when the node holds it already; otherwise the run makes one. */
  readonly token: { readonly is: 'new' } | { readonly is: 'kept'; readonly hash: string };
  /** The node has a cluster of ours with data. */
  readonly living: boolean;
  /** What the configuration on the node says otherwise, in sentences. */
  readonly differs: readonly string[];
}

export const configPath = '/etc/rancher/k3s/config.yaml';

function required<T>(value: T | undefined, says: string, next: string, about: string): T {
  if (value !== undefined) return value;
  throw new FieldError({
    code: 'preflight-blocked',
    says,
    about,
    untouched: 'Nothing was changed on the node.',
    next,
  });
}

/** Draws the ground of an install from a look at the node. `found` is the text of a config.yaml that lies there. */
export function groundOf(
  node: SiteNode,
  options: InstallOptions,
  { sight, login }: Survey,
  found: string | undefined,
): InstallGround {
  const { facts, k3s, knownTokens } = sight;
  const arch = required(
    archOf(facts.one('arch')),
    'The node did not say what processor it has.',
    'Look at the preflight.',
    node.name,
  );
  const wanted = options.nodeIp === '' ? nodeAddress(facts) : options.nodeIp;
  const nodeIp = required(
    wanted,
    'The node’s address could not be found out.',
    'Give it in the options.',
    node.name,
  );
  const selinux = facts.one('selinux') === '1';
  const kept = k3s.tokenHash !== undefined && knownTokens.has(k3s.tokenHash);
  const living = kept && k3s.db === 'etcd';
  const unlike =
    found === undefined ? [] : (differences(found, installConfig(options, nodeIp, { selinux })) ?? []);
  if (living) refuseForGood(unlike, node.name);
  return {
    arch,
    init: facts.one('init') === 'openrc' ? 'openrc' : 'systemd',
    nodeIp,
    selinux,
    login,
    token: kept && k3s.tokenHash !== undefined ? { is: 'kept', hash: k3s.tokenHash } : { is: 'new' },
    living,
    differs: unlike.map(({ says }) => says),
  };
}

/** A living cluster cannot change some of its settings: asking for it stops here. */
export function refuseForGood(unlike: readonly Difference[], about: string): void {
  const never = unlike.filter(({ forGood }) => forGood);
  if (never.length === 0) return;
  throw new FieldError({
    code: 'refused',
    says: `The cluster on this node has other settings that can never change: ${never.map(({ says }) => says).join('; ')}.`,
    about,
    untouched: 'Nothing was changed on the node.',
    next: 'Choose the same values as the cluster has. To really change them, take a snapshot, remove K3s and install anew.',
  });
}

/** The wanted configuration, without its token. */
export const wantedConfig = (ground: InstallGround, options: InstallOptions): Config =>
  installConfig(options, ground.nodeIp, { selinux: ground.selinux });

/** As the plan shows it. */
export const shownConfig = (ground: InstallGround, options: InstallOptions): string =>
  configFile(wantedConfig(ground, options), masked);

/** How a token made by a run is found again after a crash. */
export const tokenNote = (node: SiteNode, run: RunId): string => `made for ${node.name}, run ${run}`;

/** The token of this install: the one the node has, or the one this run made; undefined before it was made. */
export function tokenOf(
  kept: KeptSecrets,
  ground: InstallGround,
  node: SiteNode,
  run: RunId,
): Secret | undefined {
  const { token } = ground;
  const found = kept
    .history(node.site, 'server-token')
    .find(({ note, secret }) =>
      token.is === 'kept' ? tokenHash(secret) === token.hash : note === tokenNote(node, run),
    );
  return found && passwordOf(found.secret);
}
