import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';

export type SecretKind = 'password' | 'passphrase' | 'sudo' | 'root';

/** Something only the technician can clear before the work can go on; then it is tried again. */
export type Obstacle =
  | {
      readonly is: 'host-key';
      readonly node: NodeId;
      readonly fingerprint: string;
      readonly keyType: string;
      readonly host: string;
      readonly failure: Failure;
    }
  | {
      readonly is: 'secret';
      readonly node: NodeId;
      readonly kind: SecretKind;
      /** The node refused the one given a moment ago. */
      readonly refused: boolean;
      readonly failure: Failure;
    }
  | { readonly is: 'vault'; readonly failure: Failure };

const secrets: Partial<Record<Failure['code'], SecretKind>> = {
  'password-needed': 'password',
  'passphrase-needed': 'passphrase',
  'sudo-password-needed': 'sudo',
};

const fact = (failure: Failure, name: string): string => String(failure.facts?.[name] ?? '');

/** Which secret a failure asks for. In emergency mode a machine asks for root, whoever its node is logged in to as. */
export function secretOf(failure: Failure): SecretKind | undefined {
  const kind = failure.code === 'login-refused' ? 'password' : secrets[failure.code];
  return kind === 'password' && fact(failure, 'secret') === 'root' ? 'root' : kind;
}

/** What stands in the way according to a failure; nothing when the technician cannot clear it with one answer. */
export function obstacleOf(failure: Failure, node: NodeId | undefined, asked = false): Obstacle | undefined {
  if (failure.code === 'vault-locked') return { is: 'vault', failure };
  if (node === undefined) return undefined;
  if (failure.code === 'host-key-unknown' && fact(failure, 'fingerprint') !== '')
    return {
      is: 'host-key',
      node,
      fingerprint: fact(failure, 'fingerprint'),
      keyType: fact(failure, 'keyType'),
      host: fact(failure, 'host') || (failure.about ?? ''),
      failure,
    };
  const kind = failure.code === 'login-refused' ? undefined : secretOf(failure);
  return kind && { is: 'secret', node, kind, refused: asked, failure };
}

/** The node a call is about, as its arguments tell. */
export function nodeOf(args: unknown): NodeId | undefined {
  if (typeof args !== 'object' || args === null) return undefined;
  const { node, ask } = args as { readonly node?: unknown; readonly ask?: unknown };
  return typeof node === 'string' ? (node as NodeId) : nodeOf(ask);
}
