import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { Survey } from '../survey.ts';
import { blockedBy } from '../preflight.ts';

/** What of K3s was on the node when the plan was made. Kept in the journal; no secrets. */
export interface RemoveGround {
  readonly init: 'systemd' | 'openrc';
  readonly role: 'server' | 'agent';
  /** What the node would lose: a cluster on etcd or SQLite, or nothing because it never became one. */
  readonly data: 'etcd' | 'sqlite' | 'none';
  readonly version: string | undefined;
  readonly nothing: boolean;
}

/** Without the right to act as root nothing can be told, so that alone stops the plan. */
export function removeGround(node: SiteNode, { sight, checks }: Survey): RemoveGround {
  const blocked = blockedBy(
    checks.filter(({ id }) => id === 'sudo'),
    node.name,
  );
  if (blocked) throw blocked;
  const { k3s, facts } = sight;
  const agent = k3s.unit === 'k3s-agent' || k3s.db === 'agent';
  return {
    init: facts.one('init') === 'openrc' ? 'openrc' : 'systemd',
    role: agent ? 'agent' : 'server',
    data: k3s.db === 'etcd' || k3s.db === 'sqlite' ? k3s.db : 'none',
    version: k3s.version,
    nothing:
      !k3s.binary &&
      k3s.unit === undefined &&
      k3s.db === 'none' &&
      facts.one('k3s.config') === undefined &&
      facts.one('k3s.data') === undefined,
  };
}
