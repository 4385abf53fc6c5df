import type { Facts, Space } from './facts.ts';
import { mountOf, space } from './facts.ts';
import { judge, mebibytes, ours } from './sight.ts';
import type { Judge, Needs } from './sight.ts';

const GiB = 1024 ** 3;
/** K3s' own folder; every command of the runbooks names it. */
export const dataFolder = '/var/lib/rancher/k3s';

/** What an install takes on the data folder's disk: the archive, its unpacked images, the unpacked binary, room to breathe. */
export const dataNeeds = ({ imagesBytes, binaryBytes, scriptBytes }: Needs): number =>
  imagesBytes * 4 + binaryBytes * 4 + scriptBytes + GiB / 4;

function dataRule(
  disk: Space,
  needs: Needs | undefined,
): readonly ['passed' | 'warned' | 'blocked', string, string?] {
  const free = `${mebibytes(disk.free)} free of ${mebibytes(disk.total)}`;
  const need = needs ? dataNeeds(needs) : GiB;
  if (disk.free < need)
    return [
      'blocked',
      `${free}; an install needs ${mebibytes(need)}.`,
      'Free some space, or use a bigger disk.',
    ];
  // the kubelet throws pods out below 5 % free
  if (disk.free - need < disk.total * 0.05)
    return [
      'warned',
      `${free}; after the install the kubelet would be near its limit of 5 %.`,
      'Free some space before the install.',
    ];
  if (disk.free < 5 * GiB + (needs?.imagesBytes ?? 0))
    return [
      'warned',
      `${free}; 5 GiB and the images are wanted for a server that lives for years.`,
      'It installs; plan for more disk.',
    ];
  return ['passed', free];
}

const data = judge('disk', `Disk for ${dataFolder}`, sight => {
  const disk = space(sight.facts, 'data');
  if (!disk) return ['unknown', 'The node did not say how much disk is free.'];
  // what an install brings is on the disk already
  return ours(sight) && sight.k3s.db === 'etcd'
    ? ['passed', `${mebibytes(disk.free)} free`]
    : dataRule(disk, sight.needs);
});

const bin = judge('disk-bin', 'Disk for /usr/local/bin', sight => {
  const disk = space(sight.facts, 'bin');
  if (!disk) return ['unknown', 'The node did not say how much disk is free.'];
  const need = (sight.needs?.binaryBytes ?? 0) + 16 * 1024 ** 2;
  return disk.free < need && !ours(sight)
    ? [
        'blocked',
        `${mebibytes(disk.free)} free; the binary needs ${mebibytes(need)}.`,
        'Free some space there.',
      ]
    : ['passed', `${mebibytes(disk.free)} free`];
});

const inodes = judge('inodes', 'Inodes', sight => {
  const free = space(sight.facts, 'data')?.freeInodes;
  if (free === undefined) return ['unknown', 'The node did not say, or its file system does not count them.'];
  if (free < 20_000)
    return [
      'blocked',
      `${free} left: unpacking the images takes more.`,
      'Remove many small files, or use another file system.',
    ];
  return free < 100_000
    ? ['warned', `${free} left`, 'Watch them: when they are gone the disk counts as full.']
    : ['passed', `${free} left`];
});

/** Pseudo and memory file systems, where `ro` tells nothing about a disk. */
const places = [
  { which: 'data', path: dataFolder },
  { which: 'bin', path: '/usr/local/bin' },
  { which: 'root', path: '/' },
] as const;

const readOnlyAt = (facts: Facts): readonly string[] =>
  places
    .filter(({ which, path }) => {
      const disk = space(facts, which);
      return disk?.write === 'no' || mountOf(facts, disk?.at ?? path)?.options.includes('ro') === true;
    })
    .map(({ path }) => path);

const writable = judge('read-only', 'Disks writable', ({ facts }) => {
  const stuck = readOnlyAt(facts);
  const errors = facts.all('kernel.error');
  if (stuck.length > 0)
    return [
      'blocked',
      `Read-only: ${stuck.join(', ')}.${errors.length > 0 ? ` The kernel says: ${errors.at(-1) ?? ''}` : ''}`,
      'A disk that went read-only is dying: write nothing to it, copy off what matters, replace it.',
    ];
  if (errors.length > 0)
    return [
      'warned',
      `Writable, but the kernel reported: ${errors.at(-1) ?? ''}`,
      'Look at the whole kernel log; a card or disk may be dying.',
    ];
  if (facts.all('mount').length === 0) return ['unknown', 'The node’s mounts could not be read.'];
  return [
    'passed',
    space(facts, 'data')?.write === 'yes' ? 'a test file could be written' : 'mounted for writing',
  ];
});

const noexec = judge('noexec', 'Programs may run from the disks', ({ facts }) => {
  const stuck = [dataFolder, '/usr/local/bin'].filter(
    path => mountOf(facts, path)?.options.includes('noexec') === true,
  );
  if (stuck.length > 0)
    return [
      'blocked',
      `Mounted noexec: ${stuck.join(', ')}. K3s unpacks and starts its programs there.`,
      'Mount it again without noexec, and change /etc/fstab.',
    ];
  if (facts.all('mount').length === 0) return ['unknown', 'The node’s mounts could not be read.'];
  return mountOf(facts, '/tmp')?.options.includes('noexec') === true
    ? ['warned', '/tmp is mounted noexec', 'K3s does not need it; some charts and drivers do.']
    : ['passed', 'no noexec where K3s lives'];
});

const medium = judge('medium', 'Kind of disk', ({ facts }) => {
  const device = mountOf(facts, dataFolder)?.device;
  if (device === undefined) return undefined;
  if (device.startsWith('/dev/mmcblk'))
    return [
      'warned',
      `${device} is an SD card or eMMC: etcd writes it worn within months.`,
      'Put the data folder on an SSD; take snapshots off often.',
    ];
  if (mountOf(facts, dataFolder)?.type === 'nfs')
    return ['blocked', `${dataFolder} is on NFS, where etcd loses data.`, 'Put it on a local disk.'];
  return ['passed', device];
});

/** What the disks must bring. */
export const diskJudges: readonly Judge[] = [data, bin, inodes, writable, noexec, medium];
