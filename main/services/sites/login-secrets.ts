import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Secret } from '../../core/secret.ts';
import type { Target } from '../../ports.ts';
import type { KeptSecrets } from './nodes.ts';

/** `root`: what the machine asks for in emergency mode, where nobody else can log in. */
export type LoginKind = 'password' | 'passphrase' | 'sudo' | 'root';

/** Secrets for logging in: those typed in this session first, then the vault's. */
export interface LoginSecrets {
  give(node: NodeId, kind: LoginKind, secret: Secret): void;
  /** Everything that was given for this node or taken from the vault, also what was refused since. */
  given(node: NodeId): readonly Secret[];
  targetOf(node: SiteNode): Target;
  /**
   * Hears how work with a node ended. A secret the node just refused is not tried again by itself: a second wrong
   * answer may lock the account (faillock).
   */
  ended(node: NodeId, thrown: unknown): void;
  forget(node: NodeId): void;
  forgetAll(): void;
}

export function loginSecrets(
  kept: KeptSecrets & { has(owner: NodeId, kind: LoginKind): boolean },
): LoginSecrets {
  const typed = new Map<string, Secret>();
  const ever = new Map<NodeId, Secret[]>();
  const note = (node: NodeId, secret: Secret): void => {
    const before = ever.get(node) ?? [];
    if (!before.some(one => one.reveal() === secret.reveal())) ever.set(node, [...before, secret]);
  };
  const handedOut = new Set<string>();
  const refused = new Set<string>();
  const key = (node: NodeId, kind: LoginKind): string => `${kind} ${node}`;

  function find(node: NodeId, kind: LoginKind): Secret | undefined {
    const at = key(node, kind);
    const secret =
      typed.get(at) ??
      (refused.has(at) || !kept.has(node, kind) ? undefined : kept.latest(node, kind)?.secret);
    if (secret) {
      handedOut.add(at);
      note(node, secret);
    }
    // sudo asks for the same account's password unless the node was set up otherwise.
    return secret ?? (kind === 'sudo' && !refused.has(at) ? find(node, 'password') : undefined);
  }

  const drop = (node: NodeId, kind: LoginKind): void => {
    const at = key(node, kind);
    if (!handedOut.delete(at) && kind !== 'sudo') return;
    typed.delete(at);
    refused.add(at);
  };

  const forget = (node: NodeId): void => {
    ever.delete(node);
    for (const kind of ['password', 'passphrase', 'sudo', 'root'] as const)
      for (const set of [typed, handedOut, refused]) set.delete(key(node, kind));
  };

  return {
    given: node => ever.get(node) ?? [],
    give(node, kind, secret) {
      note(node, secret);
      typed.set(key(node, kind), secret);
      refused.delete(key(node, kind));
    },
    targetOf: node => ({
      address: node.address,
      port: node.port,
      user: node.user,
      login: node.login,
      name: node.name,
      ...(node.over === 'serial' && node.cable && { cable: node.cable }),
      secret: kind => find(node.id, kind),
    }),
    ended(node, thrown) {
      if (!(thrown instanceof FieldError)) return;
      const { code, facts } = thrown.failure;
      if (code === 'login-refused') drop(node, facts?.['secret'] === 'root' ? 'root' : 'password');
      if (code === 'passphrase-needed') drop(node, 'passphrase');
      if (code === 'sudo-refused') drop(node, 'sudo');
    },
    forget,
    forgetAll() {
      typed.clear();
      ever.clear();
      handedOut.clear();
      refused.clear();
    },
  };
}
