import type { CableAdvice, Wire } from '../../../preload/contract/scan.ts';

type Platform = 'linux' | 'darwin' | 'win32';

/** An address for the laptop on a cable without DHCP, in a private network that sites seldom use. */
export const laptopOnCable = '192.168.254.1';

const isLinkLocal4 = (address: string): boolean => address.startsWith('169.254.');
const isLinkLocal6 = (address: string): boolean => /^fe[89ab]/i.test(address);
const isGiven = (address: string): boolean => !isLinkLocal4(address) && !isLinkLocal6(address);

/** The command that gives an interface an address for a while, and the one that takes it away again. */
function fixedAddress(wire: string, platform: Platform): { readonly give: string; readonly undo: string } {
  switch (platform) {
    case 'linux':
      return {
        give: `sudo ip address add ${laptopOnCable}/24 dev ${wire}`,
        undo: `sudo ip address del ${laptopOnCable}/24 dev ${wire}`,
      };
    case 'darwin':
      return {
        give: `sudo ifconfig ${wire} inet ${laptopOnCable} netmask 255.255.255.0 alias`,
        undo: `sudo ifconfig ${wire} inet ${laptopOnCable} -alias`,
      };
    case 'win32':
      return {
        give: `netsh interface ipv4 add address name="${wire}" address=${laptopOnCable} mask=255.255.255.0`,
        undo: `netsh interface ipv4 delete address name="${wire}" address=${laptopOnCable}`,
      };
    default:
      return platform satisfies never;
  }
}

const up: Record<Platform, (wire: string) => string | undefined> = {
  linux: wire => `sudo ip link set ${wire} up`,
  darwin: wire => `sudo ifconfig ${wire} up`,
  win32: () => undefined,
};

/** Names of interfaces reach a command that somebody copies: only plain ones do. */
const isPlainName = (name: string): boolean => /^[\w.@ -]{1,64}$/.test(name) && !name.startsWith('-');

/** What to do on a wire where nobody gives addresses: nothing for one that has an address, or is no cable. */
export function cableAdvice(wires: readonly Wire[], platform: Platform): readonly CableAdvice[] {
  return wires.flatMap(wire =>
    wire.kind === 'cable' && isPlainName(wire.name) ? adviceFor(wire, platform) : [],
  );
}

function adviceFor(wire: Wire, platform: Platform): readonly CableAdvice[] {
  const addresses = wire.addresses.map(each => each.split('/')[0] ?? '');
  if (addresses.some(isGiven) || wire.plugged === false) return [];
  const talksV6 = addresses.some(isLinkLocal6);
  const fixed = fixedAddress(wire.name, platform);
  const bring = up[platform](wire.name);
  return [
    {
      wire: wire.name,
      says: `Nobody gave this laptop an address on ${wire.name}: the cable leads straight to a node, or to a network without DHCP.`,
      steps: [
        ...(talksV6
          ? [
              {
                says: `Scan fe80::/64%${wire.name} first. Every machine with IPv6 answers there whatever addresses it has, and nothing has to be changed.`,
              },
            ]
          : [
              {
                says: 'This interface has no IPv6 link-local address, which would reach a node without any set-up. Switch the interface on, or allow IPv6 on it, then look again.',
                ...(bring !== undefined && { command: bring }),
              },
            ]),
        {
          says: `If the node is known to have a fixed address in ${laptopOnCable.replace(/\d+$/, '0/24')}, or you set one there, give this laptop an address beside it. For another network, change the address before you press Enter.`,
          command: fixed.give,
        },
        {
          says: 'If nothing answers, use the serial console: it needs no address at all.',
        },
      ],
      undo: fixed.undo,
    },
  ];
}
