import type { Wire } from '../../../preload/contract/scan.ts';
import { macOf } from './neighbours/entry.ts';

/** Names that programs give to interfaces no cable goes into: containers, tunnels, virtual machines. */
const virtualNames =
  /^(docker|cni|flannel|veth|br-|virbr|vnet|tun|tap|wg|tailscale|zt|ppp|cali|lxc|lxd|podman|kube-|nodelocaldns|vxlan|gre|gretap|erspan|sit|ip6tnl|tunl|ifb|dummy|bond|team|vmnet|vboxnet|utun|awdl|llw|anpi|ap\d|gif|stf|bridge|isatap|teredo)/i;
const wirelessNames = /^(wl|wwan|ath\d|ra\d)/i;

/** What kind of interface a name stands for; used where the system itself does not say. */
export const kindByName = (name: string): Wire['kind'] =>
  virtualNames.test(name) ? 'virtual' : wirelessNames.test(name) ? 'wireless' : 'cable';

/** Interface names in `/proc/net/dev`, loopback left out. */
export const namesInProc = (text: string): readonly string[] =>
  text
    .split('\n')
    .map(line => /^\s*([^\s:]+):/.exec(line)?.[1] ?? '')
    .filter(name => name !== '' && name !== 'lo');

/** A wire without its addresses, which Node tells on every system. */
export type WireKind = Omit<Wire, 'addresses'>;

/** What macOS prints for `networksetup -listallhardwareports` and `ifconfig`. */
export function macWires(ports: string, ifconfig: string): readonly WireKind[] {
  const titles = new Map(
    [...ports.matchAll(/^Hardware Port: (.+)\nDevice: (\S+)/gm)].map(([, title = '', name = '']) => [
      name,
      title,
    ]),
  );
  return ifconfig.split(/^(?=\S)/m).flatMap(block => {
    const [, name = 'lo0', flags = ''] = /^([^\s:]+): flags=[0-9a-f]+<([^>]*)>/.exec(block) ?? [];
    if (flags.split(',').includes('LOOPBACK') || !flags) return [];
    const mac = macOf(/^\s+ether (\S+)/m.exec(block)?.[1]);
    const status = /^\s+status: (\S+)/m.exec(block)?.[1];
    return {
      name,
      kind: macKind(name, titles.get(name)),
      ...(mac !== undefined && { mac }),
      ...(status !== undefined && { plugged: status === 'active' }),
    };
  });
}

function macKind(name: string, title: string | undefined): Wire['kind'] {
  // What is no port of the hardware is made by programs.
  if (title === undefined || kindByName(name) === 'virtual') return 'virtual';
  return /wi-?fi|airport/i.test(title) ? 'wireless' : 'cable';
}

/** Makes Windows print its adapters for `windowsWires`. */
export const adapterScript =
  '[Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-NetAdapter | Select-Object Name, MacAddress, ' +
  '@{n="Status"; e={"$($_.Status)"}}, @{n="Media"; e={"$($_.PhysicalMediaType)"}}, Virtual, HardwareInterface | ConvertTo-Json -Compress';

interface Adapter {
  readonly Name?: unknown;
  readonly MacAddress?: unknown;
  readonly Status?: unknown;
  readonly Media?: unknown;
  readonly Virtual?: unknown;
  readonly HardwareInterface?: unknown;
}

/** What `adapterScript` prints; empty when it is not that. */
export function windowsWires(printed: string): readonly WireKind[] {
  try {
    const rows = JSON.parse(printed.replace(/^\u{feff}/u, '')) as Adapter | readonly Adapter[];
    return [rows].flat().flatMap(adapter => {
      if (typeof adapter.Name !== 'string' || adapter.Name === '') return [];
      const mac = macOf(typeof adapter.MacAddress === 'string' ? adapter.MacAddress : undefined);
      return {
        name: adapter.Name,
        kind: windowsKind(adapter),
        ...(mac !== undefined && { mac }),
        ...(adapter.Status === 'Up' && { plugged: true }),
        ...(adapter.Status === 'Disconnected' && { plugged: false }),
      };
    });
  } catch {
    return [];
  }
}

function windowsKind({ Name, Media, Virtual, HardwareInterface }: Adapter): Wire['kind'] {
  if (Virtual === true || HardwareInterface === false || String(Name).startsWith('vEthernet'))
    return 'virtual';
  return /802\.11|wireless/i.test(String(Media)) ? 'wireless' : 'cable';
}
