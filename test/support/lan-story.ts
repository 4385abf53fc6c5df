import { createHash } from 'node:crypto';
import { fold } from '../../main/core/lan/inventory/fold.ts';
import type { Ground, KnownMachine } from '../../main/core/lan/inventory/machine.ts';
import { shown } from '../../main/core/lan/inventory/shown.ts';
import type { CertificateSeen, Knocked, Sighting } from '../../main/core/lan/sighting.ts';
import type { SiteNode } from '../../preload/contract/domain.ts';
import type { MachineId, NodeId, SiteId } from '../../preload/contract/ids.ts';
import type { Inventory } from '../../preload/contract/scan.ts';

/** One machine as it truly is at one visit. Whatever is left out it does not show. */
export interface Told {
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly key?: string;
  /** Its name in the cluster; with `serial` it has another certificate each time it was set up. */
  readonly node?: { readonly name: string; readonly made: string; readonly issuer?: string };
  /** Hash of the CA it shows on the API's port, and whether it holds a certificate of it. */
  readonly ca?: { readonly hash: string; readonly proves: boolean };
  readonly etcd?: boolean;
  readonly clockOffset?: number;
  readonly ends?: string;
  readonly announces?: string;
  readonly cards?: readonly string[];
}

export const issuer = 'k3s-server-ca@1700000000';
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const certificate = (
  subject: string,
  by: string,
  of: string,
  ends: string,
  names: readonly string[],
): CertificateSeen => ({
  subject,
  issuer: `CN=${by}`,
  sha256: sha(of),
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: ends,
  names,
});

const open = (talk: Extract<Knocked, { is: 'open' }>['talk']): Knocked => ({ is: 'open', ms: 1, talk });

/** What a scan hears of it, an address each. */
export function sightingsOf(told: Told, at: string): readonly Sighting[] {
  const { node, ca, ends = '2027-11-01T00:00:00.000Z' } = told;
  const ports = new Map<number, Knocked>();
  if (told.key !== undefined)
    ports.set(
      22,
      open({ banner: 'SSH-2.0-OpenSSH_9.2p1', hostKeys: [{ type: 'ssh-ed25519', fingerprint: told.key }] }),
    );
  else ports.set(22, { is: 'closed', ms: 1 });
  const by = node?.issuer ?? issuer;
  if (ca) {
    const date = new Date(Date.parse(at) + (told.clockOffset ?? 0) * 1000).toUTCString();
    const answer = (path: string, body: string) => ({
      path,
      status: 200,
      headers: { date },
      body,
      at: Date.parse(at),
    });
    ports.set(
      6443,
      open({
        // The servers of a cluster share this certificate.
        certificates: [certificate('O=k3s, CN=k3s', by, `api of ${ca.hash}`, ends, told.addresses)],
        http: [answer('/ping', 'pong'), answer('/cacerts', 'PEM')],
        caHash: ca.hash,
        provesCa: ca.proves,
      }),
    );
  } else ports.set(6443, { is: 'closed', ms: 1 });
  if (node)
    ports.set(
      10_250,
      open({
        certificates: [
          certificate(`CN=${node.name}`, by, `kubelet ${node.name} ${node.made}`, ends, [node.name]),
        ],
      }),
    );
  if (told.etcd === true)
    ports.set(
      2379,
      open({
        certificates: [
          certificate('CN=etcd-server', 'etcd-server-ca@1', `etcd ${node?.name} ${node?.made}`, ends, []),
        ],
      }),
    );
  return told.addresses.map(address => ({
    address,
    wire: 'eth0',
    mac: told.mac,
    at,
    ports,
    announced:
      told.announces === undefined
        ? []
        : [
            {
              wire: 'eth0',
              host: told.announces,
              service: '_ssh._tcp',
              port: 22,
              addresses: [address],
              texts: [],
            },
          ],
    ...(told.cards && { cards: told.cards }),
  }));
}

/** A laptop that visits a network again and again. */
export class Story {
  machines: readonly KnownMachine[] = [];
  readonly nodes: SiteNode[] = [];
  readonly sites: { id: SiteId; name: string; caHashes: string[] }[] = [];
  #ids = 0;

  node(name: string, more: Partial<SiteNode>): SiteNode {
    const node: SiteNode = {
      id: `node-${name}` as NodeId,
      site: (this.sites[0]?.id ?? 'site') as SiteId,
      name,
      address: '',
      port: 22,
      user: 'tech',
      login: { is: 'auto' },
      practice: false,
      addedAt: '2026-01-01T00:00:00.000Z',
      over: 'ssh',
      ...more,
    };
    this.nodes.push(node);
    return node;
  }

  ground(ids = new Map<string, MachineId>()): Ground {
    return {
      sites: this.sites,
      nodes: this.nodes,
      idFor: key => {
        const id = ids.get(key) ?? (`machine-${++this.#ids}` as MachineId);
        ids.set(key, id);
        return id;
      },
    };
  }

  /** What the inventory would be after this visit, without keeping it. */
  seen(
    at: string,
    sightings: readonly Sighting[],
    ids?: Map<string, MachineId>,
    asked = ['10.0.1.0/24', 'fe80::/64%eth0'],
  ) {
    return fold(this.machines, { at, sightings, asked, serial: [] }, this.ground(ids));
  }

  visit(at: string, ...told: readonly Told[]): Inventory {
    this.machines = this.seen(
      at,
      told.flatMap(each => sightingsOf(each, at)),
    );
    return this.shown(at);
  }

  shown(at: string): Inventory {
    return shown(this.machines, this.ground(), at);
  }
}
