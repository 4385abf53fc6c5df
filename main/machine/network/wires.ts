import { access, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { Wire } from '../../../preload/contract/scan.ts';
import { macOf } from '../../core/lan/neighbours/entry.ts';
import { kindByName, namesInProc } from '../../core/lan/wires.ts';

/** What Node tells of an interface: only such as are up and have an address. */
export interface Up {
  readonly mac?: string | undefined;
  readonly addresses: readonly string[];
}

function up(): ReadonlyMap<string, Up> {
  const found = new Map<string, Up>();
  for (const [name, entries = []] of Object.entries(networkInterfaces())) {
    if (entries.some(({ internal }) => internal)) continue;
    const addresses = entries.flatMap(({ cidr }) => (cidr === null ? [] : [cidr]));
    found.set(name, { mac: macOf(entries[0]?.mac), addresses });
  }
  return found;
}

async function linux(): Promise<readonly Wire[]> {
  const known = up();
  const listed = namesInProc(await readFile('/proc/net/dev', 'utf8').catch(() => ''));
  return Promise.all(
    [...new Set([...listed, ...known.keys()])].map(name => linuxWire(name, known.get(name))),
  );
}

async function linuxWire(name: string, known: Up | undefined): Promise<Wire> {
  const about = (file: string): Promise<string | undefined> =>
    readFile(`/sys/class/net/${name}/${file}`, 'utf8').then(
      text => text.trim(),
      () => undefined,
    );
  const [mac, carrier, radio] = await Promise.all([
    about('address'),
    about('carrier'),
    access(`/sys/class/net/${name}/phy80211`).then(
      () => true,
      () => false,
    ),
  ]);
  // In another network namespace than the one /sys was mounted for, it tells of other interfaces.
  const isSame = known?.mac === undefined || known.mac === macOf(mac);
  const shown = known?.mac ?? macOf(mac);
  // An interface that is switched off has no carrier to read; one that Node lists is running.
  const plugged = isSame && carrier !== undefined ? carrier === '1' : known ? true : undefined;
  return {
    name,
    kind: radio && isSame ? 'wireless' : kindByName(name),
    addresses: known?.addresses ?? [],
    ...(shown !== undefined && { mac: shown }),
    ...(plugged !== undefined && { plugged }),
  };
}

/** Interfaces as they are now, with and without addresses; loopback is left out. */
export const wires = (): Promise<readonly Wire[]> => linux();
