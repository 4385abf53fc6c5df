import { bootstrapKey, tokenForm } from '../../../core/server-token.ts';
import { rootCred } from '../disk/nodes.ts';
import type { Station } from '../station.ts';
import type { Member } from './wal.ts';

const server = '/var/lib/rancher/k3s/server';

/** Another server of the pretended site. Nothing runs there: it answers what a joining server asks. */
export interface Peer {
  readonly name: string;
  readonly address: string;
  up: boolean;
}

/** Put into a page of a database that is to be damaged inside. */
export const spoiledMark = Buffer.from('\x00\xffspoiled practice page\xff\x00', 'latin1');

interface Kept {
  peers: Peer[];
  /** Names the cluster knows, with the node passwords they came with. */
  nodes: Record<string, string>;
  /** What a joining server is given: files below `server/`, as base64. */
  shared: Record<string, string>;
  token: string;
}

const none: Kept = { peers: [], nodes: {}, shared: {}, token: '' };

/** The other servers of the pretended site; alone when there are none. */
export class Site {
  kept: Kept = structuredClone(none);
  readonly #station: Station;

  constructor(station: Station) {
    this.#station = station;
    station.parts.set('site', {
      save: () => this.kept,
      load: saved => void (this.kept = { ...structuredClone(none), ...(saved as Partial<Kept> | undefined) }),
    });
  }

  /** Other servers get what this one has: certificates, keys, the token and the data. */
  share(peers: Peer[]): void {
    const { tree } = this.#station;
    const shared: Record<string, string> = {};
    const take = (path: string): void => {
      const node = tree.peek(`${server}/${path}`);
      if (node?.kind === 'folder') for (const name of node.entries.keys()) take(`${path}/${name}`);
      if (node?.kind === 'file')
        shared[path] = Buffer.from(node.content.subarray(0, node.size)).toString('base64');
    };
    for (const path of ['tls', 'cred', 'token', 'db/etcd/member/snap/db']) take(path);
    const token = tree.read(`${server}/token`).trim();
    const nodes = Object.fromEntries(peers.map(({ name }) => [name, 'theirs']));
    this.kept = { peers, nodes, shared, token };
  }

  /** The server a URL leads to; undefined when nothing answers there. */
  at(url: string): Peer | undefined {
    const host = /^https?:\/\/\[?([^\]:/]+)/.exec(url)?.[1];
    return this.kept.peers.find(peer => peer.up && (peer.address === host || peer.name === host));
  }

  /** Why the cluster refuses a token, in K3s' words; undefined when it takes it. */
  refuses(token: string): string | undefined {
    const [mine, given] = [tokenForm(this.kept.token), tokenForm(token)];
    if (!given || given.is === 'join') return 'failed to validate token: invalid token format';
    if (mine?.is !== 'full') return undefined;
    if (given.is === 'full' && given.caHash !== mine.caHash)
      return `failed to validate token: token CA hash does not match the Cluster CA certificate hash: ${given.caHash} != ${mine.caHash}`;
    return given.password === mine.password
      ? undefined
      : `failed to get CA certs: https://${this.kept.peers[0]?.address ?? ''}:6443/v1-k3s/server-bootstrap: 401 Unauthorized`;
  }

  /** A joining server is given what the others have. */
  give(): void {
    const { tree } = this.#station;
    for (const [path, content] of Object.entries(this.kept.shared))
      tree.write(`${server}/${path}`, Buffer.from(content, 'base64'), path.endsWith('.crt') ? 0o644 : 0o600);
    for (const name of ['node-token', 'agent-token'])
      if (!tree.peek(`${server}/${name}`)) tree.makeLink(`${server}/token`, `${server}/${name}`, rootCred);
  }

  get members(): Member[] {
    return this.kept.peers.map(({ name, address }) => ({ name, peer: `https://${address}:2380` }));
  }

  /** Servers of these that can be reached from here. */
  reachable(members: readonly Member[]): number {
    return members.filter(({ name }) => this.kept.peers.some(peer => peer.name === name && peer.up)).length;
  }

  /** Whether the inside of a database is as it was written: a real one shows by its pages, this one by a mark. */
  soundBytes(db: Uint8Array): boolean {
    return !Buffer.from(db).includes(spoiledMark);
  }

  /** Whether a database was made with this password. */
  static opens(db: Uint8Array, password: string): boolean {
    return Buffer.from(db).includes(bootstrapKey(password));
  }
}
