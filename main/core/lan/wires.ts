import type { Wire } from '../../../preload/contract/scan.ts';

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
