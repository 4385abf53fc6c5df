import { fullToken, tokenForm } from '../../core/server-token.ts';
import { rootCred } from '../station/disk/nodes.ts';
import { failing, fileAt, serverFolder, stopK3s } from './bring.ts';
import type { Node, Trouble } from './bring.ts';
import { spoilDatastore } from './datastore.ts';

const snapshots = `${serverFolder}/db/snapshots`;

/** The name of the newest snapshot on the node. */
function newestSnapshot({ station: { tree } }: Node): string {
  const folder = tree.find(snapshots, rootCred);
  const names = folder.kind === 'folder' ? [...folder.entries.keys()] : [];
  const newest = names.toSorted((a, b) => Number(a.split('-').at(-1)) - Number(b.split('-').at(-1))).at(-1);
  if (newest === undefined) throw new Error('the practice node has no snapshot');
  return newest;
}

/** What a restore has to bring back, and what stands in its way. */
export const restoreTroubles: readonly Trouble[] = [
  {
    exercise: 'restore-deleted',
    async bring({ k3s }) {
      k3s.kept = { ...k3s.kept, deleted: ['metrics-server', 'traefik'] };
    },
  },
  {
    exercise: 'restore-wrong-token',
    async bring(node) {
      await stopK3s(node);
      const { tree, chance } = node.station;
      const right = tree.read(`${serverFolder}/token`);
      const form = tokenForm(right);
      if (form?.is !== 'full') throw new Error('the practice node has no full token');
      const other = Buffer.from(chance.bytes(16)).toString('hex');
      tree.write('/root/token-of-this-site.txt', right, 0o600);
      tree.write(`${serverFolder}/token`, `${fullToken(form.caHash, other)}\n`, 0o600);
      spoilDatastore(node);
      await failing(node);
    },
  },
  {
    exercise: 'restore-truncated',
    async bring(node) {
      await stopK3s(node);
      const { tree } = node.station;
      const newest = newestSnapshot(node);
      const file = fileAt(node, `${snapshots}/${newest}`);
      const later = newest.replace(/\d+$/, seconds => String(Number(seconds) + 21_600));
      tree.write(`${snapshots}/${later}`, file.content.slice(0, Math.floor(file.size * 0.6)), 0o600);
      spoilDatastore(node);
      await failing(node);
    },
  },
];
