import type { Station } from '../station.ts';

/** UUID of the root file system, as in /etc/fstab and on the kernel's command line. */
export const rootUuid = '6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e';

export interface Wanted {
  /** As in fstab: `LABEL=data`. */
  readonly source: string;
  /** Where udev would show it: `/dev/disk/by-label/data`. */
  readonly device: string;
  readonly at: string;
  /** systemd's names. */
  readonly unit: string;
  readonly mount: string;
}

const byPath: Readonly<Record<string, string>> = {
  UUID: 'by-uuid',
  LABEL: 'by-label',
  PARTUUID: 'by-partuuid',
  PARTLABEL: 'by-partlabel',
};

const escaped = (path: string): string =>
  path
    .replace(/^\//, '')
    .split('/')
    .map(part => part.replaceAll('-', String.raw`\x2d`))
    .join('-') || '-';

function deviceOf(source: string): string {
  const [kind = '', value = ''] = source.split('=');
  return byPath[kind] ? `/dev/disk/${byPath[kind]}/${value.replaceAll('"', '')}` : source;
}

/** The first device /etc/fstab demands that is not there; undefined when the node can mount everything. */
export function missingDevice(station: Station): Wanted | undefined {
  if (!station.tree.peek('/etc/fstab')) return undefined;
  const there = [`UUID=${rootUuid}`, `/dev/disk/by-uuid/${rootUuid}`, '/dev/sda1', '/dev/mmcblk0p2'];
  for (const line of station.tree.read('/etc/fstab').split('\n')) {
    const [source = '', at = '', type = '', options = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (source === '' || !/^(\/dev\/|\w+=)/.test(source) || there.includes(source)) continue;
    if (type === 'swap' || /(^|,)(nofail|noauto)(,|$)/.test(options)) continue;
    const device = deviceOf(source);
    return { source, device, at, unit: `${escaped(device)}.device`, mount: `${escaped(at)}.mount` };
  }
  return undefined;
}
