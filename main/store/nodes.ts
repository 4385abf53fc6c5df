import type { Login, SiteNode } from '../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../preload/contract/ids.ts';
import type { Reading, SqlValue, Writing } from './store.ts';

type Cable = NonNullable<SiteNode['cable']>;

interface Row {
  readonly id: NodeId;
  readonly site: SiteId;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly login: string;
  readonly practice: number;
  readonly added_at: string;
  readonly last_seen: string | null;
  readonly machine_id: string | null;
  readonly host_key: string | null;
  readonly k3s_version: string | null;
  readonly ca_hash: string | null;
  readonly cable: string | null;
  readonly over: string;
}
const columns =
  'id, site, name, address, port, user, login, practice, added_at, last_seen, machine_id, host_key, k3s_version, ca_hash, cable, over';

const nodeFrom = (row: Row): SiteNode => ({
  id: row.id,
  site: row.site,
  name: row.name,
  address: row.address,
  port: row.port,
  user: row.user,
  login: JSON.parse(row.login) as Login,
  practice: row.practice === 1,
  addedAt: row.added_at,
  ...(row.last_seen === null ? {} : { lastSeen: row.last_seen }),
  ...(row.machine_id === null ? {} : { machineId: row.machine_id }),
  ...(row.host_key === null ? {} : { hostKey: row.host_key }),
  ...(row.k3s_version === null ? {} : { k3sVersion: row.k3s_version }),
  ...(row.ca_hash === null ? {} : { caHash: row.ca_hash }),
  ...(row.cable === null ? {} : { cable: JSON.parse(row.cable) as Cable }),
  over: row.over === 'serial' ? 'serial' : 'ssh',
});

/** Nodes of one site or of all, in the order they were added. */
export const nodes = (db: Reading, site?: SiteId): readonly SiteNode[] =>
  db
    .all<Row>(
      `select ${columns} from node where site = coalesce(?, site) order by added_at, rowid`,
      site ?? null,
    )
    .map(nodeFrom);

export function nodeById(db: Reading, id: NodeId): SiteNode | undefined {
  const row = db.one<Row>(`select ${columns} from node where id = ?`, id);
  return row && nodeFrom(row);
}

export const isNodeName = (db: Reading, site: SiteId, name: string): boolean =>
  db.one('select 1 from node where site = ? and name = ?', site, name) !== undefined;

export function addNode(db: Writing, node: SiteNode): void {
  db.run(
    'insert into node (id, site, name, address, port, user, login, practice, added_at, cable, over) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    node.id,
    node.site,
    node.name,
    node.address,
    node.port,
    node.user,
    JSON.stringify(node.login),
    Number(node.practice),
    node.addedAt,
    node.cable ? JSON.stringify(node.cable) : null,
    node.over,
  );
}

/** The cable to a node's serial console, or none. A node without one goes over SSH. */
export function setCable(db: Writing, id: NodeId, to: Cable | undefined): void {
  db.run('update node set cable = ? where id = ?', to ? JSON.stringify(to) : null, id);
  if (!to) setOver(db, id, 'ssh');
}

export function setOver(db: Writing, id: NodeId, over: SiteNode['over']): void {
  db.run('update node set over = ? where id = ?', over, id);
}

/** The node answers at another address now; the practice station does after every start. */
export function moveNode(db: Writing, id: NodeId, address: string, port: number): void {
  db.run('update node set address = ?, port = ? where id = ?', address, port, id);
}

export function removeNode(db: Writing, id: NodeId): void {
  db.run('delete from node where id = ?', id);
}

/** A run of this node that is still going on. */
export const isNodeBusy = (db: Reading, id: NodeId): boolean =>
  db.one("select 1 from run where node = ? and state = 'running'", id) !== undefined;

const learnable = {
  lastSeen: 'last_seen',
  machineId: 'machine_id',
  bootId: 'boot_id',
  hostKey: 'host_key',
  k3sVersion: 'k3s_version',
  caHash: 'ca_hash',
} as const;

/** Facts that are there replace the ones before; the others stay. */
export function learnNode(
  db: Writing,
  id: NodeId,
  facts: Partial<Readonly<Record<keyof typeof learnable, string>>>,
): void {
  for (const [name, column] of Object.entries(learnable)) {
    const value: SqlValue | undefined = facts[name as keyof typeof learnable];
    if (value !== undefined) db.run(`update node set ${column} = ? where id = ?`, value, id);
  }
}
