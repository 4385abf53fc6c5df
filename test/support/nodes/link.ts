import { Secret } from '../../../main/core/secret.ts';
import type { Target } from '../../../main/ports.ts';
import type { RealNode } from './node.ts';

/** A real node as a target of the app's own links: login by key, its password for sudo. */
export const targetNode = (node: RealNode): Target => ({
  name: node.name,
  address: node.address,
  port: node.port,
  user: node.user,
  login: { is: 'key', path: node.key },
  secret: kind => (kind === 'sudo' || kind === 'password' ? new Secret(node.password) : undefined),
});
