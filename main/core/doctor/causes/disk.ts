import type { DiskFacts, MountFacts } from '../facts.ts';
import { lasting, now, ofTheDisk, picked } from '../suspect.ts';
import type { Matcher } from '../suspect.ts';
import type { LogLine } from '../log.ts';
import { quote } from '../view.ts';
import type { View } from '../view.ts';
import { room } from '../words.ts';
import { remedy } from './remedies.ts';

/** File systems that are full or read-only because they were made so. */
const madeReadOnly = /^(?:squashfs|iso9660|erofs|cramfs|romfs)$/;
const inMemory = /^(?:tmpfs|ramfs|devtmpfs|none|shm|run|udev|dev)$/;

/** So little that the next write fails. */
const isFull = ({ freeKib, totalKib }: DiskFacts): boolean => freeKib < 16 * 1024 || freeKib < totalKib / 200;
/** The kubelet evicts pods below one part in twenty. */
const evicts = 0.05;

// inotify watches and cgroups run out with the same words, and a container's own disk is its own affair
const otherSpace = ['inotify', 'fsnotify', 'cgroup', 'watches', 'pulling', 'pull image'];
const noSpace = { any: ['no space left on device'], but: otherSpace.slice(0, 4) };
const pressure = {
  any: [
    /attempting to reclaim.*(?:ephemeral-storage|nodefs|imagefs)/,
    'nodehasdiskpressure',
    'kubelethasdiskpressure',
    'failed to garbage collect required amount of images',
  ],
};

const isReal = (view: View, disk: DiskFacts): boolean =>
  !madeReadOnly.test(view.facts.mounts.find(({ at }) => at === disk.at)?.type ?? '');
const withoutInodes = ({ inodes }: DiskFacts): boolean =>
  inodes !== undefined && (inodes.free === 0 || inodes.free < inodes.total / 1000);
const fullDisks = (view: View): readonly DiskFacts[] =>
  view.facts.disks.filter(
    disk =>
      isReal(view, disk) &&
      disk.freeKib < disk.totalKib * evicts &&
      (isFull(disk) || !inMemory.test(disk.device)),
  );
const inodeless = (view: View): readonly DiskFacts[] =>
  view.facts.disks.filter(disk => isReal(view, disk) && withoutInodes(disk));

const freeing = 'Free space, then restart K3s. Never delete files inside db/etcd by hand.';
const losing =
  'Old copies of the datastore, old logs and images no pod uses are deleted; snapshots and evidence are copied first.';

/** A disk without free bytes: measured, or told by whoever could not write. */
export const diskFull: Matcher = view => {
  const disks = fullDisks(view);
  const lines = [...now(view, noSpace), ...lasting(view, pressure, 2)];
  const [worst] = disks.toSorted((a, b) => a.freeKib - b.freeKib);
  const base = {
    cause: 'disk-full' as const,
    next: freeing,
    remedies: [remedy('free-disk', losing)],
  };
  if (worst)
    return {
      ...base,
      sure: isFull(worst) || lines.length > 0 ? 'certain' : 'likely',
      says: isFull(worst)
        ? `The disk at ${worst.at} is full: ${room(worst.freeKib)} of ${room(worst.totalKib)} are free.`
        : `The disk at ${worst.at} is nearly full: ${room(worst.freeKib)} of ${room(worst.totalKib)} are free, and Kubernetes throws pods off the node.`,
      lines: [quote('df', worst.spaceLine), ...picked(lines, 2)],
      not: 'It is not a broken datastore: what could not be written fails with it.',
    };
  if (lines.length === 0 || inodeless(view).length > 0) return undefined;
  const measured = view.facts.disks.length > 0;
  return {
    ...base,
    sure: measured ? 'possible' : 'likely',
    says: measured
      ? 'Something could not be written because the disk was full; there is room now.'
      : 'Something could not be written because the disk is full.',
    lines: picked(lines),
    ...(!measured && { not: 'It may also be the inodes: how full the disk is could not be read.' }),
  };
};

/** A disk with free bytes on which no further file can be made. */
export const inodesFull: Matcher = view => {
  const [disk] = inodeless(view);
  if (!disk?.inodes) return undefined;
  const lines = now(view, { any: [...noSpace.any, /attempting to reclaim.*inodes/], but: noSpace.but });
  return {
    cause: 'inodes-full',
    sure: 'certain',
    says: `The disk at ${disk.at} can hold no further file: ${disk.inodes.free} of ${disk.inodes.total} inodes are free.`,
    lines: [quote('inodes', disk.inodes.line), ...picked(lines, 2)],
    not: `It is not full of bytes: ${room(disk.freeKib)} are free.`,
    next: 'Find the folder with very many small files and empty it, then restart K3s.',
    remedies: [remedy('free-disk', losing)],
  };
};

const dataFolder = (view: View): string => view.facts.config.get('data-dir') ?? '/var/lib/rancher/k3s';

/** The mount a path lies on: the longest mount point that leads to it. */
function mountOf(view: View, path: string): MountFacts | undefined {
  return view.facts.mounts
    .filter(({ at }) => at === '/' || path === at || path.startsWith(`${at}/`))
    .toSorted((a, b) => a.at.length - b.at.length)
    .at(-1);
}

/** Whether a kernel line is about the disk the system or K3s lives on; a stick that was pulled is not. */
function ofOurs(view: View, { low }: LogLine): boolean {
  const named = /dev(?:ice)? (mmcblk\d+|sd[a-z]+|nvme\d+n\d+|vd[a-z]+|xvd[a-z]+|loop\d+|sr\d+|fd\d+)/.exec(
    low,
  )?.[1];
  if (named === undefined) return true;
  if (/^(?:loop|sr|fd)/.test(named)) return false;
  const devices = [mountOf(view, '/'), mountOf(view, dataFolder(view)), mountOf(view, '/var/log')].flatMap(
    mount => mount?.device ?? [],
  );
  const plain = devices.filter(device => /^\/dev\/(?:mmcblk|sd|nvme|vd|xvd)/.test(device));
  return plain.length < devices.length || plain.length === 0 || plain.some(device => device.includes(named));
}

const kernelSays = {
  any: [
    'remounting filesystem read-only',
    'ext4-fs error',
    /i\/o error,? (?:on )?dev(?:ice)? (?:mmcblk|sd|nvme|vd|xvd)/,
    'critical medium error',
    /mmc\d+: error/,
    'aborting journal on device',
  ],
  // an empty card slot says so at every boot
  but: ['whilst initialising', 'no medium', 'loop'],
};
const cannotWrite = {
  any: ['read-only file system'],
  but: ['container', 'pods/', 'pod=', 'volume', 'runc', 'sandbox'],
};

/** A card or disk that is dying, or that the kernel made read-only. */
export const cardReadOnly: Matcher = view => {
  const kernel = view.kernel.filter(line => ofOurs(view, line)).filter(({ low }) => matches(low));
  const own = mountOf(view, dataFolder(view));
  const closed = own?.readOnly === true && !madeReadOnly.test(own.type) ? own : undefined;
  const lines = now(view, cannotWrite);
  if (kernel.length === 0 && !closed && lines.length === 0) return undefined;
  const strong =
    kernel.some(({ low }) => !/mmc\d+: error/.test(low)) || kernel.length > 2 || closed !== undefined;
  return {
    cause: 'card-read-only',
    sure: strong ? 'certain' : lines.length > 0 ? 'likely' : 'possible',
    says: closed
      ? `The disk at ${closed.at} is read-only: nothing can be written to it.`
      : kernel.length > 0
        ? 'The card or disk fails: the kernel reports errors of it.'
        : 'K3s cannot write: the file system is read-only.',
    lines: [...picked(kernel), ...(closed ? [quote('mounts', closed.line)] : []), ...picked(lines, 1)],
    not: 'It is not a full disk, and not a broken K3s.',
    next: 'Write nothing to it and repair nothing on it. Read off token, configuration, snapshots and the datastore, put in a new card, and restore onto it under the same name and address.',
    remedies: [remedy('read-off-card')],
  };
};
const matches = (low: string): boolean =>
  kernelSays.any.some(part => (typeof part === 'string' ? low.includes(part) : part.test(low))) &&
  !kernelSays.but.some(part => low.includes(part));

const slow = {
  any: [
    'slow fdatasync',
    'apply request took too long',
    'leader failed to send out heartbeat on time',
    'likely from slow disk',
  ],
  but: ofTheDisk,
};

/** A disk too slow for etcd, once K3s is past the rush of its start. */
export const slowDisk: Matcher = view => {
  const lines = lasting(view, slow, 8);
  const { fsync } = view.facts.etcd;
  const slowNow = fsync !== undefined && fsync.count >= 200 && fsync.p99Seconds > 0.5;
  if (lines.length < 5 && !slowNow) return undefined;
  const bucket = view
    .text('etcd.metrics')
    .split('\n')
    .find(line => line.startsWith('etcd_disk_wal_fsync_duration_seconds_sum'));
  return {
    cause: 'slow-disk',
    sure: lines.length >= 5 ? 'likely' : 'possible',
    says: 'The disk is too slow for the datastore: writes take so long that servers lose sight of each other.',
    lines: [...picked(lines), ...(slowNow && bucket !== undefined ? [quote('etcd.metrics', bucket)] : [])],
    not: 'It is not a lost quorum: a leader is found again each time.',
    next: 'Stop what writes much, put the logs into memory, and plan an SSD: cards and eMMC are not made for this.',
    remedies: [],
  };
};
