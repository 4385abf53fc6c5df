import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { tokenHash } from '../../../core/server-token.ts';
import { looking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { copySettings, settings } from '../remove-k3s/copies.ts';
import type { CopyParts } from '../remove-k3s/copies.ts';
import { secretFile } from '../secret-file.ts';

const tokenPath = `${dataFolder}/server/token`;
const alsoOnAgents = [
  '/etc/systemd/system/k3s-agent.service',
  '/etc/systemd/system/k3s-agent.service.env',
  '/etc/rancher/k3s/k3s.env',
];

/** Is the node's own token among those the laptop keeps? */
const tokenKept = (parts: CopyParts, node: SiteNode): Look =>
  looking(`read ${tokenPath} (as root; not shown) and compare it with what the laptop keeps`, async hands => {
    const token = await secretFile(hands, tokenPath);
    if (!token || token.reveal().trim() === '') return so('the node has no token of a server');
    const hash = tokenHash(token);
    return parts.nodes.history(node.site, 'server-token').some(({ secret }) => tokenHash(secret) === hash)
      ? so(`the token ${hash} and the settings are kept on the laptop`)
      : notSo('the token is not kept yet');
  });

/** Token and settings go to the laptop before anything is changed. Done in every sitting: it costs little. */
export const copyStep = (parts: CopyParts, node: SiteNode, run: RunId): Step => ({
  id: 'copies',
  title: 'Copy token and settings to the laptop',
  why: 'Whatever goes wrong later, the token and the settings of this node are safe first.',
  weight: 1,
  changes: false,
  apply: [
    {
      is: 'laptop',
      says: `keep sealed copies of ${[...settings, ...alsoOnAgents, tokenPath].join(', ')}, as far as they are there`,
      work: hands =>
        copySettings(parts, { node, run }, hands, { also: alsoOnAgents, why: 'before a remedy' }),
    },
  ],
  verify: tokenKept(parts, node),
});
