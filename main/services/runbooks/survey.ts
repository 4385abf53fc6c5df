import type { Check, InstallOptions, SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import { collectScript, modulesFor } from '../../core/runbook/preflight/collect.ts';
import { dataFolder } from '../../core/runbook/preflight/disk.ts';
import { archOf, facts, k3sThere } from '../../core/runbook/preflight/facts.ts';
import { checks } from '../../core/runbook/preflight/preflight.ts';
import type { Needs, Sight } from '../../core/runbook/preflight/sight.ts';
import { script, sh } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import { tokenHash } from '../../core/server-token.ts';
import type { Clock, Exit, Link } from '../../ports.ts';
import type { Bundles } from '../bundles/bundles.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';

export interface SurveyParts {
  readonly clock: Clock;
  readonly nodes: Nodes & KeptSecrets;
  readonly bundles: Bundles;
}

export interface SurveyOf {
  readonly node: SiteNode;
  readonly bundle?: BundleId;
  readonly options?: InstallOptions;
}

export interface Survey {
  readonly sight: Sight;
  readonly checks: readonly Check[];
  /** The login user's numbers, for the folder it uploads to. */
  readonly login: { readonly uid: number; readonly gid: number };
}

export type Ask = (command: Sh, as: 'login' | 'root') => Promise<Exit>;

/** The one command that looks at a node. */
export const collect = (options?: InstallOptions): Sh =>
  script(collectScript, dataFolder, ...modulesFor(options?.flannelBackend ?? 'vxlan'));
export const whoLogsIn = sh`id -u; id -g`;

async function rootRight(link: Link, signal: AbortSignal): Promise<Sight['sudo']> {
  try {
    return await link.sudo(signal);
  } catch (thrown) {
    const code = thrown instanceof FieldError ? thrown.failure.code : undefined;
    if (code === 'sudo-password-needed') return 'password-missing';
    if (code === 'sudo-refused') return 'none';
    throw thrown;
  }
}

/** Sizes and architectures of the chosen bundle; a bundle that cannot be delivered becomes a check of its own. */
function wanted(
  parts: SurveyParts,
  { node, bundle }: SurveyOf,
  machine: string | undefined,
): { needs?: Needs; carries?: readonly string[]; bundleVersion?: string; check?: Check } {
  if (bundle === undefined) return {};
  const whole = parts.bundles.get(bundle);
  const base = { carries: whole.arches, bundleVersion: whole.k3sVersion };
  const title = 'Bundle';
  const arch = archOf(machine);
  if (!arch || !whole.arches.includes(arch)) return base;
  try {
    const { k3sVersion, binary, images, installScript } = parts.bundles.delivery(bundle, arch, {
      practice: node.practice,
    });
    const needs = {
      k3sVersion,
      binaryBytes: binary.bytes,
      imagesBytes: images.bytes,
      scriptBytes: installScript.bytes,
    };
    return {
      ...base,
      needs,
      check: {
        id: 'bundle',
        title,
        verdict: 'passed',
        saw: `${k3sVersion} for ${arch}: binary, images and install script verified`,
      },
    };
  } catch (thrown) {
    if (!(thrown instanceof FieldError)) throw thrown;
    const { says, next } = thrown.failure;
    return {
      ...base,
      check: { id: 'bundle', title, verdict: 'blocked', saw: says, ...(next !== undefined && { next }) },
    };
  }
}

/** Hashes of every token this laptop keeps for the node's site. */
export const knownTokens = (kept: KeptSecrets, node: SiteNode): ReadonlySet<string> =>
  new Set(kept.history(node.site, 'server-token').map(({ secret }) => tokenHash(secret)));

/** Looks at a node through an open link, changes nothing, and judges what was seen. */
export async function survey(
  parts: SurveyParts,
  link: Link,
  of: SurveyOf,
  ask: Ask,
  signal: AbortSignal,
): Promise<Survey> {
  const { nodes, clock } = parts;
  const sudo = await rootRight(link, signal);
  const as = sudo === 'none' || sudo === 'password-missing' ? 'login' : 'root';
  const ids = await ask(whoLogsIn, 'login');
  const before = clock.now().getTime();
  const answer = await ask(collect(of.options), as);
  const after = clock.now().getTime();
  const seen = facts(answer.stdout);
  const { check, ...bundle } = wanted(parts, of, seen.one('arch'));
  const sight: Sight = {
    facts: seen,
    k3s: k3sThere(seen),
    laptop: { before, after },
    sudo,
    ...bundle,
    ...(of.options && { options: of.options }),
    knownTokens: knownTokens(nodes, of.node),
    others: nodes.ofSite(of.node.site).filter(({ id }) => id !== of.node.id),
  };
  const [uid = Number.NaN, gid = Number.NaN] = ids.stdout.trim().split(/\s+/).map(Number);
  if (Number.isNaN(uid) || Number.isNaN(gid)) throw noIds(of.node.name);
  return { sight, checks: [...checks(sight), ...(check ? [check] : [])], login: { uid, gid } };
}

const noIds = (about: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'The node did not say who logs in (id -u): its shell answers something else.',
    about,
    untouched: 'Nothing was changed on the node.',
    next: 'Open the terminal and look what the login shell prints.',
  });
