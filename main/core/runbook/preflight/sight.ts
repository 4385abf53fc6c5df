import type { Check, InstallOptions, Verdict } from '../../../../preload/contract/domain.ts';
import type { Facts, K3sThere } from './facts.ts';

/** What a bundle needs of a node; bytes. */
export interface Needs {
  readonly k3sVersion: string;
  readonly binaryBytes: number;
  readonly imagesBytes: number;
  readonly scriptBytes: number;
}

/** Everything a judge may look at. */
export interface Sight {
  readonly facts: Facts;
  readonly k3s: K3sThere;
  /** Milliseconds of the laptop's clock just before and after the node was asked. */
  readonly laptop: { readonly before: number; readonly after: number };
  readonly sudo: 'root' | 'passwordless' | 'password' | 'none' | 'password-missing';
  /** Only with a bundle chosen; `carries` are its architectures. */
  readonly needs?: Needs;
  readonly carries?: readonly string[];
  readonly bundleVersion?: string;
  readonly options?: InstallOptions;
  /** Hashes of the tokens this laptop keeps for the site: K3s with one of them is ours. */
  readonly knownTokens: ReadonlySet<string>;
  /** The other nodes of the site, for names and identities that must be unique. */
  readonly others: readonly {
    readonly name: string;
    readonly machineId?: string;
    readonly address: string;
  }[];
}

/** A judge looks at one thing. Undefined: there is nothing to say about it here. */
export type Judge = (sight: Sight) => Check | undefined;

type Said = readonly [verdict: Verdict, saw: string, next?: string];

/** Makes a judge from its id, title and rule. */
export const judge =
  (id: string, title: string, rule: (sight: Sight) => Said | undefined): Judge =>
  sight => {
    const said = rule(sight);
    if (!said) return undefined;
    const [verdict, saw, next] = said;
    return { id, title, verdict, saw, ...(next !== undefined && { next }) };
  };

/** K3s is here already and this laptop holds its token: what it occupies is no obstacle. */
export const ours = ({ k3s, knownTokens }: Sight): boolean =>
  k3s.tokenHash !== undefined && knownTokens.has(k3s.tokenHash);

export const mebibytes = (bytes: number): string =>
  bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GiB` : `${Math.ceil(bytes / 1024 ** 2)} MiB`;

/** The worst of all verdicts: blocked, then warned, then unknown, then passed. */
export function worst(checks: readonly Check[]): Verdict {
  const order: readonly Verdict[] = ['blocked', 'warned', 'unknown', 'passed'];
  return order.find(verdict => checks.some(check => check.verdict === verdict)) ?? 'unknown';
}
