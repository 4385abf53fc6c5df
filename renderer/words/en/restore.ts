import type { RestoreKind } from '../../../preload/contract/snapshots/restore.ts';
import type { RestorePart, SourceKind } from '../../features/restore/store.ts';

const parts: Record<RestorePart, string> = {
  what: 'What to go back to',
  way: 'Which way back',
  asked: 'What has to be known',
  plan: 'The plan',
};

interface WayBack {
  readonly title: string;
  /** What it does, for somebody who never did it. */
  readonly says: string;
  /** When it is the right one. */
  readonly when: string;
  /** What the chosen machine is in it. */
  readonly machine: string;
}

const kinds: Record<RestoreKind, WayBack> = {
  single: {
    title: 'One server: back onto itself',
    says: 'Stops K3s, puts the snapshot in the place of its data, starts K3s, and compares the cluster with the snapshot. Then every agent is restarted.',
    when: 'This machine is the only server of the site, and its disk is sound.',
    machine: 'The server that is restored',
  },
  ha: {
    title: 'Several servers: one goes back, the others rejoin',
    says: 'Stops K3s on every server, puts the snapshot back on this one, and has the others rejoin empty, one after the other. Then every agent is restarted.',
    when: 'The site has three or more servers, and the cluster has to go back to this snapshot.',
    machine: 'The server the snapshot goes back onto',
  },
  'new-host': {
    title: 'A new machine takes over',
    says: 'Takes a machine that was never in the cluster, with a K3s freshly installed there. The token of the snapshot is put in, its empty cluster is moved aside, the snapshot takes its place, and nodes that are gone are deleted from it.',
    when: 'The servers are lost: burnt, drowned, or their disks are dead.',
    machine: 'The new machine',
  },
  'lost-quorum': {
    title: 'No snapshot: the best server left goes on alone',
    says: 'Keeps the data of the server that came furthest, makes it the only member, and has the others rejoin empty.',
    when: 'Most servers are gone for good, and one is left with its data. Nothing is lost that this server had.',
    machine: 'The server that is left',
  },
  'raw-db': {
    title: 'From the database file of a dead disk',
    says: 'Checks a copy of member/snap/db, makes a snapshot of it on this laptop, and restores that.',
    when: 'There is no snapshot, but the file etcd/member/snap/db could be copied off the old disk.',
    machine: 'The server that is restored',
  },
  sqlite: {
    title: 'A server on SQLite: its database file back',
    says: 'Stops K3s, moves its database aside, puts the copy of state.db and its token in their place, starts K3s, and compares the cluster with the copy.',
    when: 'The server keeps its data in SQLite, and a copy of state.db and the token is on this laptop.',
    machine: 'The server that is restored',
  },
  drill: {
    title: 'A drill on a spare machine',
    says: 'Restores the snapshot onto a spare machine with a K3s freshly installed there, measures how long it takes, and takes K3s off it again. The site is not touched.',
    when: 'Nothing is broken, and you want to know that the way back works and how long it takes.',
    machine: 'The spare machine',
  },
};

const sources: Record<SourceKind, string> = {
  kept: 'A snapshot on this laptop',
  path: 'A file from an old disk',
  none: 'No snapshot',
};

/** Words of "Restore the cluster". */
export const restore = {
  title: 'Restore the cluster',
  says: 'Brings the state of a cluster back. You see every command first, and no old data are deleted: they stay under another name.',
  back: 'All snapshots',
  parts,
  kinds,
  sources,
  sourceLabel: 'What there is',
  what: {
    none: 'No snapshot of this site on this laptop',
    noneSays: 'Pull one from a node first. If there is none anywhere, choose another way above.',
    toSnapshots: 'Go to Snapshots',
    list: 'Snapshots on this laptop',
    saved: 'Saved',
    use: 'Restore this',
    named: (name: string): string => `Restore this: ${name}`,
    proveFirst: 'Prove it before you rely on it: on the page Snapshots.',
    damaged: 'It cannot be restored. Take another copy.',
    path: 'Path on this laptop',
    pathHint:
      'A copy of etcd/member/snap/db, or of state.db of a server on SQLite with state.db-wal beside it. The token that opens it may lie beside it too, in a file named token.',
    usePath: 'Use this path',
    noSnapshot:
      'When most servers of a cluster are gone for good, the best one that is left can go on alone.',
    goOn: 'Go on without a snapshot',
    without: 'Without a snapshot',
  },
  way: {
    machine: 'Machine',
    machineHint: 'The plan says what happens on each other node of the site.',
    noMachine: 'No node of this site is known on this laptop',
    noMachineSays: 'Add the machine first; it only has to answer on SSH or over its cable.',
    toSites: 'Go to Sites and nodes',
    list: 'Ways back',
    choose: 'This way',
    chooseNamed: (title: string): string => `This way: ${title}`,
    noK3s: (name: string): string =>
      `No K3s was seen on ${name} yet. Install it there first, with the version of the snapshot.`,
    ownMachine: (name: string): string => `The snapshot is of ${name} itself: choose another machine above.`,
    others: 'Other ways begin from something else: change the first part to see them.',
  },
  asked: {
    looking: 'Looking at every node of the site',
    nothing: 'There is nothing to decide: everything was found on the nodes.',
    showPlan: 'Show the plan',
    planning: 'Making the plan',
  },
  plan: {
    from: 'Goes back to',
    way: 'Way',
    machine: 'Machine',
    proof: 'Proof',
    lost: 'Is lost',
    after: (moment: string): string =>
      `What was written to the cluster after ${moment}. Data in volumes stay as they are on the disks.`,
    says: 'Exactly these commands will run, in this order. A pulled cable or a crash of this laptop does no harm: the run is continued.',
    type: (node: string): string => `Type the name of the machine to go on: ${node}`,
    typeLabel: 'Name of the machine',
    run: 'Restore now',
    starting: 'Starting the restore',
    change: 'Change the answers',
  },
  records: {
    title: 'Restores of this site',
    says: 'Each with its stopwatch: from the first change until the cluster was checked.',
    when: 'When',
    what: 'Way back',
    node: 'Machine',
    took: 'Took',
    state: 'State',
    run: 'The run',
    open: 'Open',
    openNamed: (node: string): string => `Open the run on ${node}`,
    verified: 'Checked to the end',
    notVerified: 'Not checked',
  },
};
