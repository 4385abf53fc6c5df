import { spoiledMark } from '../station/k3s/site.ts';
import { walFile } from '../station/k3s/wal.ts';
import { changeWal, failing, fileAt, oneOfThree, repeated, serverFolder, stopK3s } from './bring.ts';
import type { Node, Trouble } from './bring.ts';
import { unit } from './bring.ts';

const etcd = `${serverFolder}/db/etcd`;

/** Damages the file of the datastore inside, as a power cut on a poor card does. K3s must be stopped. */
export function spoilDatastore(node: Node): void {
  const path = `${etcd}/member/snap/db`;
  const file = fileAt(node, path);
  const bytes = file.content.slice(0, file.size);
  bytes.set(spoiledMark, 4096 * 14 + 64);
  node.station.tree.write(path, bytes, 0o600);
}

export const datastoreTroubles: readonly Trouble[] = [
  {
    exercise: 'etcd-quota',
    async bring(node) {
      changeWal(node, wal => ({ ...wal, alarm: 'NOSPACE' }));
      repeated(
        node,
        [
          '{"level":"warn","ts":"NOW","caller":"etcdserver/apply.go:712","msg":"message exceeded backend quota; raising alarm","quota-size-bytes":2147483648,"quota-size":"2.1 GB"}',
          'time="NOW" level=error msg="error syncing \'kube-system/k3s-serving\': etcdserver: mvcc: database space exceeded, requeuing"',
        ],
        40,
        8,
      );
    },
  },
  {
    exercise: 'etcd-corrupt-alarm',
    async bring(node) {
      await stopK3s(node);
      oneOfThree(node, true);
      changeWal(node, wal => ({ ...wal, alarm: 'CORRUPT' }));
      await failing(node);
    },
  },
  {
    exercise: 'wal-torn',
    async bring(node) {
      await stopK3s(node);
      const { tree } = node.station;
      const file = fileAt(node, walFile);
      tree.write(walFile, file.content.slice(0, file.size - 700), 0o600);
      await node.station.services.start(unit(node), node.station.services.closing.signal);
    },
  },
  {
    exercise: 'wal-corrupt',
    async bring(node) {
      await stopK3s(node);
      const file = fileAt(node, walFile);
      const bytes = file.content.slice(0, file.size);
      bytes.set(node.station.chance.bytes(16), 60);
      node.station.tree.write(walFile, bytes, 0o600);
      await failing(node);
    },
  },
  {
    exercise: 'bbolt-corrupt',
    async bring(node) {
      await stopK3s(node);
      spoilDatastore(node);
      await failing(node);
    },
  },
  {
    exercise: 'log-lost',
    async bring(node) {
      await stopK3s(node);
      oneOfThree(node, true);
      changeWal(node, wal => ({ ...wal, last: 4100, confirmed: 4242 }));
      await failing(node);
    },
  },
  {
    exercise: 'lost-quorum',
    async bring(node) {
      await stopK3s(node);
      oneOfThree(node, false);
      await failing(node, { hangs: true });
    },
  },
  {
    exercise: 'removed-member',
    async bring(node) {
      await stopK3s(node);
      oneOfThree(node, true);
      node.station.tree.write(`${etcd}/tombstone`, '', 0o600);
      await failing(node);
    },
  },
];
