import { access, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { Wire } from '../../../preload/contract/scan.ts';
import { macOf } from '../../core/lan/neighbours/entry.ts';
import { adapterScript, kindByName, macWires, namesInProc, windowsWires } from '../../core/lan/wires.ts';
import type { WireKind } from '../../core/lan/wires.ts';
import { powershell, printed } from './tools.ts';

/** What Node tells of an interface: only such as are up and have an address. */
interface Up {
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

/** With the addresses Node tells; what it tells alone is a wire as well. */
function merged(kinds: readonly WireKind[]): readonly Wire[] {
  const known = up();
  const rest = [...known].filter(([name]) => !kinds.some(each => each.name === name));
  return [
    ...kinds.map(each => ({ ...each, addresses: known.get(each.name)?.addresses ?? [] })),
    ...rest.map(([name, { mac, addresses }]) => ({
      name,
      kind: kindByName(name),
      addresses,
      ...(mac !== undefined && { mac }),
    })),
  ];
}

async function mac(): Promise<readonly Wire[]> {
  const [ports, ifconfig] = await Promise.all([
    printed('networksetup', ['-listallhardwareports']),
    printed('ifconfig', ['-a']),
  ]);
  return merged(macWires(ports ?? '', ifconfig ?? ''));
}

const windows = async (): Promise<readonly Wire[]> =>
  merged(windowsWires((await powershell(adapterScript)) ?? ''));

const readers: Partial<Record<NodeJS.Platform, () => Promise<readonly Wire[]>>> = {
  linux,
  darwin: mac,
  win32: windows,
};

/** Interfaces as they are now, with and without addresses; loopback is left out. */
export const wires = async (): Promise<readonly Wire[]> =>
  (await readers[process.platform]?.()) ?? merged([]);
