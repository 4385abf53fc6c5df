import type { SiteId } from '../../../preload/contract/ids.ts';
import { tokenHash } from '../../core/server-token.ts';
import type { Link } from '../../ports.ts';
import type { KeptSecrets } from '../sites/nodes.ts';
import { tokenOn } from './node-commands.ts';
import type { Layout } from './node-commands.ts';

export interface TokenFor {
  /** Hash of the token that opens the snapshot; empty when nobody knows it. */
  readonly hash: string;
  /** A sentence when the laptop does not hold that token. */
  readonly missing: string;
}

/**
 * Sees to it that the laptop holds the token of a snapshot: the node's own joins the site's history unless it is already
 * there. `wanted` is what K3s recorded with the snapshot. Throws `vault-locked` before anything is pulled.
 */
export async function keepToken(
  link: Link,
  layout: Layout,
  site: SiteId,
  nodeName: string,
  wanted: string | undefined,
  secrets: KeptSecrets,
  signal: AbortSignal,
): Promise<TokenFor> {
  const known = new Set(secrets.history(site, 'server-token').map(each => tokenHash(each.secret)));
  const token = await tokenOn(link, layout, signal);
  const onNode = token && tokenHash(token);
  if (token && onNode !== undefined && !known.has(onNode)) {
    secrets.keep(site, 'server-token', token, `found on ${nodeName} with a snapshot`);
    known.add(onNode);
  }
  const hash = wanted ?? onNode ?? '';
  if (known.has(hash)) return { hash, missing: '' };
  return {
    hash,
    missing:
      hash === ''
        ? 'The node has no token that can be read: without its token the snapshot restores nothing.'
        : `It needs the server token ${hash}, which is not on this laptop: find it before the token is needed.`,
  };
}
