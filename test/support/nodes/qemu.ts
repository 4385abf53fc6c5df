import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { freePort } from '../sshd.ts';
import { loginsOf } from './build.ts';
import { finished } from './cache.ts';
import { connects, fingerprintOf, mustEndWell } from './node.ts';
import type { RealNode } from './node.ts';
import { layer, runMachine } from './qemu/machine.ts';
import type { Running } from './qemu/machine.ts';
import { nvmeDisk, usbStick } from './qemu/devices.ts';
import type { NvmeDisk, UsbStick } from './qemu/devices.ts';
import { clearOrphans, newState, own } from './state.ts';

export interface QemuOptions {
  /** Its host name. Default `node1`. */
  readonly name?: string;
  /** A PTY for the console instead of a socket; `console` is then its path, `/dev/pts/N`. */
  readonly pty?: boolean;
  /** Boots from power off (about 20 s) instead of waking a booted machine: needed with `devices` or `kernel`. */
  readonly cold?: boolean;
  /** Further words on the kernel's command line, for a cold boot. */
  readonly kernel?: readonly string[];
  /** `begun`: gives at once and waits for nothing, for a boot that ends elsewhere. `fingerprint` is empty then. */
  readonly until?: 'ssh' | 'begun';
  /** Further devices, as QEMU arguments, for a cold boot. */
  readonly devices?: readonly string[];
}

/** A whole machine of its own: kernel, ttyS0, disks, USB. */
export interface QemuNode extends RealNode {
  /** One command of QEMU's monitor. */
  hmp(command: string): Promise<string>;
  /** Plugs in a USB stick of this image file. */
  usbStick(
    image: string,
    options?: { readonly readOnly?: boolean; readonly serial?: string },
  ): Promise<UsbStick>;
  /** Puts in an NVMe disk of this image file. */
  nvmeDisk(image: string): Promise<NvmeDisk>;
  /** The reset button: the machine starts anew at once, without a shutdown. */
  reset(): Promise<void>;
}

/** Starts a node for this test; it goes with the test. Gives when SSH answers. Needs `needsQemu()`. */
export async function qemuNode(t: TestContext, options: QemuOptions = {}): Promise<QemuNode> {
  const starting = startQemu(options);
  t.after(async () => (await starting.catch(() => undefined))?.stop());
  return starting;
}

/** The same without a test: whoever calls stops it. */
export async function startQemu(options: QemuOptions = {}): Promise<QemuNode> {
  const [root, vm] = [finished('root'), finished('vm')];
  if (root === undefined || vm === undefined)
    throw new Error('The nodes are not built yet: npm run nodes build');
  clearOrphans();
  const id = randomBytes(4).toString('hex');
  const name = options.name ?? 'node1';
  const port = await freePort();
  const state = newState({ kind: 'qemu', id, name, lan: id, ownLan: true, port });
  const disk = join(state, 'disk.qcow2');
  const cold = options.cold === true || options.kernel !== undefined || options.devices !== undefined;
  layer(disk, join(vm, cold ? 'base.qcow2' : 'booted.qcow2'));
  // The guest reaches nothing (restrict), but SSH reaches the guest.
  const net = `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`;
  const begin = (from?: string): Promise<Running> =>
    runMachine({
      vm,
      state,
      disk,
      name,
      net,
      ...(from === undefined ? {} : { from }),
      ...(options.pty === undefined ? {} : { pty: options.pty }),
      ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
      ...(options.devices === undefined ? {} : { extra: options.devices }),
    });
  let machine = await begin(cold ? undefined : join(vm, 'booted.zst'));
  if (machine.child.pid !== undefined) own(state, machine.child.pid);
  const done = async (script: string): Promise<string> => mustEndWell(script, await machine.run(script, 120));
  const node: QemuNode = {
    name,
    address: '127.0.0.1',
    port,
    fingerprint: '',
    ...loginsOf(root),
    key: join(root, 'key'),
    console: machine.pty ?? join(state, 'console'),
    said: () => readFileSync(join(state, 'said'), 'latin1'),
    run: script => machine.run(script, 120),
    done,
    hmp: line => machine.hmp(line),
    usbStick: (image, more) => usbStick(machine, image, more),
    nvmeDisk: image => nvmeDisk(machine, image),
    reset: async () => void (await machine.hmp('system_reset')),
    reboot: async () => {
      const before = await done('cat /proc/sys/kernel/random/boot_id');
      await done('systemctl reboot');
      for (;;) {
        await pause(500);
        // While it is down nobody answers; the question is asked again then.
        const now = await machine.run('cat /proc/sys/kernel/random/boot_id', 5).catch(() => undefined);
        if (now?.code === 0 && now.stdout.trim() !== before) break;
      }
      await answering(port, node);
    },
    kill: () => machine.end(),
    powerOn: async () => {
      machine = await begin();
      if (machine.child.pid !== undefined) own(state, machine.child.pid);
      await answering(port, node);
    },
    stop: async () => {
      await machine.end();
      clearOrphans();
    },
  };
  try {
    if (options.until === 'begun') return node;
    if (cold) await booted(machine, node);
    const fingerprint = await identity(done, name);
    await answering(port, node);
    return Object.assign(node, { fingerprint });
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** All clones wake alike: clock, machine id, host keys and name are made their own, and the address is asked for. */
async function identity(done: (script: string) => Promise<string>, name: string): Promise<string> {
  const key = await done(`
    hwclock -s
    hostnamectl set-hostname ${name}
    printf '127.0.0.1 localhost\\n127.0.1.1 ${name}\\n' >/etc/hosts
    echo ${randomBytes(16).toString('hex')} >/etc/machine-id
    rm -f /etc/ssh/ssh_host_*
    ssh-keygen -q -t ed25519 -N '' -C root@${name} -f /etc/ssh/ssh_host_ed25519_key
    ssh-keygen -q -t ecdsa -N '' -C root@${name} -f /etc/ssh/ssh_host_ecdsa_key
    networkctl reconfigure ens3
    systemctl restart ssh
    sync
    cat /etc/ssh/ssh_host_ed25519_key.pub`);
  return fingerprintOf(key);
}

async function booted(machine: Running, node: RealNode): Promise<void> {
  const end = Date.now() + 180_000;
  while (Date.now() < end) {
    if ((await machine.run('true', 5).catch(() => undefined))?.code === 0) return;
  }
  throw new Error(`the machine did not boot: ${node.said().slice(-2000)}`);
}

async function answering(port: number, node: RealNode): Promise<void> {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    if (await connects(port)) return;
    await pause(100);
  }
  throw new Error(`the machine does not answer on SSH; its console said ${node.said().slice(-2000)}`);
}

/** An empty image of a stick with a FAT file system on it, as sticks are sold. Gives its path. */
export function stickImage(
  folder: string,
  options: { readonly label?: string; readonly mib?: number } = {},
): string {
  const path = join(folder, `${options.label ?? 'stick'}.img`);
  writeFileSync(path, '');
  execFileSync('truncate', ['-s', `${options.mib ?? 64}M`, path]);
  execFileSync('mkfs.vfat', ['-n', options.label ?? 'BACKUP', path], { stdio: 'ignore' });
  return path;
}
