/** How a server stands among etcd's members. */
export type Membership = 'votes' | 'learns' | 'absent';

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/**
 * How the server called `nodeName` stands in the answer of K3s' `/db/info`; undefined when it is no such answer. K3s names
 * members after the node, with eight characters behind. The node's condition `EtcdIsVoter` would not do after a restore:
 * it came out of the snapshot and says what was true then.
 */
export function membershipIn(json: string, nodeName: string): Membership | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  const members = record(raw)['members'];
  if (!Array.isArray(members)) return undefined;
  const mine = members
    .map(record)
    .find(({ name }) => typeof name === 'string' && name.replace(/-[0-9a-f]{8}$/, '') === nodeName);
  // A member without a client address was added and has never been up.
  if (!mine || !Array.isArray(mine['clientURLs']) || mine['clientURLs'].length === 0) return 'absent';
  return mine['isLearner'] === true ? 'learns' : 'votes';
}
