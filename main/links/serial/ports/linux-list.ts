import { readFileSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { portTitle } from '../../../core/serial/port-title.ts';

/** A serial device that is plugged in or built in. */
export interface FoundPort {
  readonly port: string;
  readonly device: string;
  readonly kind: 'usb' | 'built-in' | 'other';
  readonly title: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serialNumber?: string;
}

/** Where the kernel and udev tell about devices; tests point these elsewhere. */
export interface DevicePlaces {
  readonly sys: string;
  readonly dev: string;
}

export const devicePlaces: DevicePlaces = { sys: '/sys', dev: '/dev' };

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
};
const inside = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};
const real = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

/** Terminals that have hardware below them; consoles, pseudo-terminals and the like have none. */
export const terminalNames = ({ sys }: DevicePlaces = devicePlaces): readonly string[] =>
  inside(join(sys, 'class', 'tty')).filter(name => /^(tty[A-Z]|rfcomm|hvc)/.test(name));

/** Serial devices of this laptop, from sysfs alone: it works without udev and needs no program. */
export function linuxPorts(places: DevicePlaces = devicePlaces): readonly FoundPort[] {
  const byId = links(join(places.dev, 'serial', 'by-id'));
  const byPath = links(join(places.dev, 'serial', 'by-path'));
  const facts = terminalNames(places).flatMap(name => factsOf(name, places) ?? []);
  const twins = (one: Facts): boolean =>
    facts.filter(other => other.usb && other.identity === one.identity).length > 1;
  return facts
    .map(one => {
      // Cheap adapters carry no serial number: two of a kind then share one name by id, and only the socket tells them apart.
      const stable = twins(one) ? byPath.get(one.device) : (byId.get(one.device) ?? byPath.get(one.device));
      const { vendorId, productId, serialNumber } = one;
      return {
        port: stable ?? one.device,
        device: one.device,
        kind: one.usb ? ('usb' as const) : one.builtIn ? ('built-in' as const) : ('other' as const),
        title: portTitle(one),
        ...(vendorId && { vendorId }),
        ...(productId && { productId }),
        ...(serialNumber && { serialNumber }),
      };
    })
    .sort((a, b) => Number(b.kind === 'usb') - Number(a.kind === 'usb') || compare(a.device, b.device));
}

const compare = new Intl.Collator('en', { numeric: true }).compare;

/** What the names in a folder of links stand for: device → link. */
function links(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of inside(folder)) {
    const device = real(join(folder, name));
    if (device !== undefined && !found.has(device)) found.set(device, join(folder, name));
  }
  return found;
}

interface Facts {
  readonly device: string;
  readonly usb: boolean;
  readonly builtIn: boolean;
  /** Same for two adapters that cannot be told apart by what they say of themselves. */
  readonly identity: string;
  readonly maker?: string;
  readonly product?: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serialNumber?: string;
}

function factsOf(name: string, { sys, dev }: DevicePlaces): Facts | undefined {
  const entry = join(sys, 'class', 'tty', name);
  const hardware = real(join(entry, 'device'));
  if (hardware === undefined) return undefined;
  // The driver of the PC's own ports lists four or more whether they exist or not; type 0 is `none`.
  if (/^ttyS\d+$/.test(name) && (read(join(entry, 'type')) ?? '0') === '0') return undefined;
  const device = real(join(dev, name)) ?? join('/dev', name);
  const usb = usbDevice(hardware, sys);
  if (usb === undefined)
    return { device, usb: false, builtIn: /^tty(S|AMA|O|mxc|HS)/.test(name), identity: device };
  const vendorId = read(join(usb, 'idVendor'));
  const productId = read(join(usb, 'idProduct'));
  const serialNumber = read(join(usb, 'serial'));
  const maker = read(join(usb, 'manufacturer'));
  const product = read(join(usb, 'product'));
  const channel =
    read(join(hardware, 'bInterfaceNumber')) ?? read(join(dirname(hardware), 'bInterfaceNumber'));
  return {
    device,
    usb: true,
    builtIn: false,
    identity: [vendorId, productId, serialNumber, channel].join(' '),
    ...(maker && { maker }),
    ...(product && { product }),
    ...(vendorId && { vendorId }),
    ...(productId && { productId }),
    ...(serialNumber && { serialNumber }),
  };
}

/** The USB device above a terminal: the nearest folder that names a vendor. */
function usbDevice(hardware: string, sys: string): string | undefined {
  const top = real(sys) ?? sys;
  for (let at = hardware; at.startsWith(top) && at !== top && basename(at) !== ''; at = dirname(at))
    if (read(join(at, 'idVendor')) !== undefined) return at;
  return undefined;
}
