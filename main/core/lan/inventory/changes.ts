import type { MachineEvent } from '../../../../preload/contract/scan.ts';
import { v4Number } from '../cidr.ts';
import type { KnownMachine } from './machine.ts';
import type { Present } from './present.ts';

const valuesOf = ({ marks }: KnownMachine, kind: string): Set<string> =>
  new Set(marks.filter(mark => mark.kind === kind).map(mark => mark.value));

const mainAddress = ({ addresses }: KnownMachine): string | undefined =>
  (
    addresses.find(each => each.now && v4Number(each.address) !== undefined) ??
    addresses.find(each => each.now)
  )?.address;

const ownLeaf = ({ certificates }: KnownMachine): string | undefined =>
  certificates.find(({ port }) => port === 10_250)?.sha256;

/** What happened to a machine since it was seen before, in the order in which it matters to whoever reads it. */
export function changesOf(
  before: KnownMachine,
  after: KnownMachine,
  now: Present,
  at: string,
): readonly MachineEvent[] {
  const event = (what: MachineEvent['what'], says: string): MachineEvent => ({ at, what, says });
  const events: MachineEvent[] = [];
  if (!before.here) events.push(event('back', 'It answers again.'));
  const [was, is] = [mainAddress(before), mainAddress(after)];
  const wasThere = before.addresses.some(each => each.now && each.address === is);
  // A second address, or IPv6 beside IPv4, is no change.
  const isComparable =
    was !== undefined && is !== undefined && (v4Number(was) === undefined) === (v4Number(is) === undefined);
  const isStill = now.seen.some(({ sighting }) => sighting.address === was);
  if (isComparable && was !== is && !wasThere && !isStill)
    events.push(event('address-changed', `Its address changed from ${was} to ${is}.`));
  events.push(...identityChanges(before, after, now, event));
  return events;
}

function identityChanges(
  before: KnownMachine,
  after: KnownMachine,
  now: Present,
  event: (what: MachineEvent['what'], says: string) => MachineEvent,
): readonly MachineEvent[] {
  const events: MachineEvent[] = [];
  const keys = valuesOf(before, 'host-key');
  const isNewKey = keys.size > 0 && now.hostKeys.size > 0 && [...keys].every(key => !now.hostKeys.has(key));
  const isNewLeaf =
    ownLeaf(before) !== undefined && ownLeaf(after) !== undefined && ownLeaf(before) !== ownLeaf(after);
  if (isNewKey && isNewLeaf)
    events.push(
      event('reinstalled', 'It was set up anew: its host key and its certificates are others now.'),
    );
  else if (isNewKey)
    events.push(
      event(
        'host-key-changed',
        'It shows another host key than before. Find out at the machine itself why, before you log in.',
      ),
    );
  const names = valuesOf(before, 'kubelet');
  const [renamed] = [...now.kubelets].filter(name => !names.has(name));
  const isSameCluster = before.issuer === undefined || before.issuer === after.issuer;
  if (names.size > 0 && renamed !== undefined && isSameCluster)
    events.push(event('renamed', `Its name in the cluster is ${renamed.replace(/ of .*$/, '')} now.`));
  const isOtherCa =
    before.caHash !== undefined && after.caHash !== undefined && before.caHash !== after.caHash;
  const isOtherIssuer =
    before.issuer !== undefined && after.issuer !== undefined && before.issuer !== after.issuer;
  if (isOtherCa || isOtherIssuer)
    events.push(event('cluster-changed', 'It belongs to another cluster than before.'));
  return events;
}

const dayOf = (at: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  }).format(new Date(at));

/** The machine was asked for where it was last seen, and did not answer. */
export const missing = (machine: KnownMachine, at: string): KnownMachine => ({
  ...machine,
  here: false,
  events: [
    { at, what: 'missing', says: `It did not answer. It was last seen on ${dayOf(machine.lastSeen)}.` },
    ...machine.events,
  ],
});

/** `not been seen since Tuesday 12 May`. */
export const notSeenSince = (machine: KnownMachine): string =>
  `${machine.name} has not been seen since ${dayOf(machine.lastSeen)}.`;
