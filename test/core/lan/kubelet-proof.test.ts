import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { certificateSeen } from '../../../main/core/lan/certificates.ts';
import { kubeletProofs } from '../../../main/core/lan/kubelet-proof.ts';
import type { Knocked, Sighting } from '../../../main/core/lan/sighting.ts';
import { forgedKubelet, kubelet, newCluster, serverPorts } from '../../support/lan/certificates.ts';
import type { Cluster } from '../../support/lan/certificates.ts';
import type { Service } from '../../support/lan/orders.ts';

const at = '2026-11-22T12:00:00.000Z';
const shownBy = (service: Service | undefined) => {
  assert.ok(service?.is === 'tls');
  return certificateSeen(new X509Certificate(service.cert));
};
const sighting = (address: string, ports: Readonly<Record<number, Knocked>>): Sighting => ({
  address,
  at,
  ports: new Map(Object.entries(ports).map(([port, what]) => [Number(port), what])),
  announced: [],
});

async function server(cluster: Cluster, address: string, provesCa: boolean): Promise<Sighting> {
  const ports = await serverPorts({ cluster, node: `node-${address}`, addresses: [address] });
  const http = [{ path: '/cacerts', status: 200, headers: {}, body: cluster.ca.cert, at: 0 }];
  return sighting(address, {
    6443: {
      is: 'open',
      ms: 1,
      talk: { certificates: [shownBy(ports[6443])], http, caHash: cluster.caHash, provesCa },
    },
    10250: { is: 'open', ms: 1, talk: { certificates: [shownBy(ports[10_250])] } },
  });
}

test('an agent is of the cluster whose CA signed its certificate, a forger is not, a stranger is of none', async () => {
  const [ours, theirs] = await Promise.all([newCluster('k3s', 100), newCluster('k3s', 50)]);
  const agent = async (address: string, service: Service): Promise<Sighting> =>
    sighting(address, { 10250: { is: 'open', ms: 1, talk: { certificates: [shownBy(service)] } } });
  const of = (cluster: Cluster, address: string) => ({
    cluster,
    node: `node-${address}`,
    addresses: [address],
  });
  const proofs = kubeletProofs([
    await server(ours, '10.0.1.11', true),
    await agent('10.0.1.21', await kubelet(of(ours, '10.0.1.21'))),
    await agent('10.0.1.22', await forgedKubelet(of(ours, '10.0.1.22'))),
    await agent('10.0.1.23', await kubelet(of(theirs, '10.0.1.23'))),
  ]);
  assert.deepEqual(proofs.get('10.0.1.11'), { is: 'proven', caHash: ours.caHash });
  assert.deepEqual(proofs.get('10.0.1.21'), { is: 'proven', caHash: ours.caHash });
  assert.deepEqual(proofs.get('10.0.1.22'), { is: 'forged' });
  assert.equal(proofs.get('10.0.1.23'), undefined);
});

test('a server that only shows a CA vouches for nobody', async () => {
  const ours = await newCluster('k3s', 100);
  assert.equal(kubeletProofs([await server(ours, '10.0.1.61', false)]).size, 0);
});
