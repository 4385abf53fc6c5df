import { join } from 'node:path';
import { hasKvm } from '../recipe.ts';

/** How one QEMU machine is put together. Everything that a saved machine must find again is fixed here. */
export interface Machine {
  /** Folder of the build: kernel, initrd and disks. */
  readonly vm: string;
  /** Folder of this machine: its sockets and its own disk. */
  readonly state: string;
  /** The disk of its own, a layer over one of the build. */
  readonly disk: string;
  readonly name: string;
  /** `-netdev` value, id n0. */
  readonly net: string;
  /** Wakes this saved machine instead of booting. */
  readonly from?: string;
  /** A PTY as the console's other end instead of a Unix socket. */
  readonly pty?: boolean;
  /** Further words on the kernel's command line. */
  readonly kernel?: readonly string[];
  /** Further arguments of QEMU; a saved machine must be woken with the devices it had. */
  readonly extra?: readonly string[];
}

const acceleration = (): readonly string[] =>
  hasKvm() ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'qemu64'];

const words = (text: string): readonly string[] => text.split(' ');

const socket = (path: string, id: string, more = ''): readonly string[] => [
  '-chardev',
  `socket,id=${id},path=${path},server=on,wait=off${more}`,
];

/**
 * The arguments of QEMU. Memory and disk are what an install of K3s asks for at least; only what is used of them counts. Network card, disk and USB have fixed places on the bus, or the interface's name changes with
 * every added device; `vmgenid` makes the kernels of two clones go apart (without it two made the same machine id).
 */
export function command(machine: Machine): string[] {
  const at = (name: string): string => join(machine.state, name);
  const log = `,logfile=${at('said')}`;
  return [
    '-name',
    machine.name,
    ...words('-machine pc-i440fx-7.2,hpet=off'),
    ...acceleration(),
    ...words('-smp 1 -m 1280 -nodefaults -display none'),
    '-kernel',
    join(machine.vm, 'vmlinuz'),
    '-initrd',
    join(machine.vm, 'initrd.img'),
    '-append',
    [
      'root=/dev/vda ro console=ttyS0,115200 mitigations=off nokaslr audit=0 apparmor=0 random.trust_cpu=on',
      `fsck.mode=skip systemd.hostname=${machine.name} quiet`,
      ...(machine.kernel ?? []),
    ].join(' '),
    '-drive',
    `file=${machine.disk},if=none,id=root,cache=unsafe,discard=unmap`,
    ...words('-device virtio-blk-pci,drive=root,addr=4'),
    ...words('-device virtio-rng-pci,addr=5 -device qemu-xhci,id=xhci,addr=6 -device vmgenid,guid=auto'),
    '-netdev',
    machine.net,
    ...words('-device virtio-net-pci,addr=3,netdev=n0,romfile=,mac=52:54:00:00:00:01'),
    ...(machine.pty === true ? ['-chardev', `pty,id=console${log}`] : socket(at('console'), 'console', log)),
    ...socket(at('side'), 'side'),
    ...words('-serial chardev:console -serial chardev:side'),
    ...socket(at('monitor'), 'monitor'),
    ...words('-mon chardev=monitor,mode=readline'),
    ...socket(at('qmp'), 'qmp'),
    ...words('-mon chardev=qmp,mode=control'),
    ...(machine.from === undefined ? [] : ['-incoming', `exec:zstd -dqc ${machine.from}`]),
    ...(machine.extra ?? []),
  ];
}
