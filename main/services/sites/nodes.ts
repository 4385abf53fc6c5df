import type { Site, SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { Secret } from '../../core/secret.ts';
import type { Link } from '../../ports.ts';

/** What was learned about a node on a visit; absent fields are left as they were. */
export type Learned = Partial<
  Pick<SiteNode, 'machineId' | 'hostKey' | 'k3sVersion' | 'caHash'> & { readonly bootId: string }
>;

/** What other services may ask about nodes. */
export interface Nodes {
  /** Throws `no-such-thing`. */
  get(id: NodeId): SiteNode;
  ofSite(id: SiteId): readonly SiteNode[];
  /** Throws `no-such-thing`. */
  site(id: SiteId): Site;
  /**
   * Runs `work` with a link to the node. Users at the same time share one connection; it lingers a little after the
   * last one. Throws `another-node` when the machine-id is not the recorded one.
   */
  withLink<T>(id: NodeId, signal: AbortSignal, work: (link: Link) => Promise<T>): Promise<T>;
  learned(id: NodeId, facts: Learned): void;
  /** Secrets used for the node's login in this session, kept or not; for taking them out of what is written down. */
  given(id: NodeId): readonly Secret[];
}

export interface KeptSecret {
  readonly madeAt: string;
  readonly note: string;
  readonly secret: Secret;
}

/** Secrets of sites and nodes in the vault. Nothing is ever overwritten: a new one joins the history. */
export interface KeptSecrets {
  keep(owner: SiteId | NodeId, kind: SecretKind, secret: Secret, note: string): void;
  /** Throws `damaged` when the newest does not open: an older one may be wrong by now. */
  latest(owner: SiteId | NodeId, kind: SecretKind): KeptSecret | undefined;
  /** Newest first; entries that do not open are left out, unless none does. */
  history(owner: SiteId | NodeId, kind: SecretKind): readonly KeptSecret[];
}
export type SecretKind =
  'server-token' | 'kubeconfig' | 'password' | 'passphrase' | 'sudo' | 'root' | 'configuration' | 's3';
