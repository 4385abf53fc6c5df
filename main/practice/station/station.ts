import type { Secret } from '../../core/secret.ts';
import type { Chance, Clock } from '../../ports.ts';
import { missingDevice } from './console/boot-problem.ts';
import type { Stage } from './console/side.ts';
import type { Tty } from './console/tty.ts';
import type { Answered } from './commands/fetch.ts';
import { Accounts } from './accounts.ts';
import type { FileNode } from './disk/nodes.ts';
import { Tree } from './disk/tree.ts';
import { Journal } from './journal.ts';
import { Processes } from './processes.ts';
import { settleNetwork } from './network.ts';
import { healthy } from './scenario.ts';
import { conform } from './seed.ts';
import type { Scenario } from './scenario.ts';
import { Services } from './services.ts';
import type { Program } from './shell/call.ts';
import { killedBy } from './shell/streams.ts';

/** What makes one node this one; kept over restarts of the app. */
export interface Identity {
  machineId: string;
  mac: string;
  bootId: string;
  bootedAt: number;
}

export interface Mount {
  readonly device: string;
  readonly at: string;
  readonly type: string;
  readonly options: string;
}

const gib = 2 ** 30;

/** State and behaviour of one pretended Debian node. Everything a login sees comes from here. */
export class Station {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly identity: Identity;
  readonly tree: Tree;
  readonly accounts: Accounts;
  readonly processes: Processes;
  readonly journal = new Journal();
  readonly services: Services;
  readonly programs = new Map<string, Program>();
  readonly locks = new Set<string>();
  readonly loginUser = 'technician';
  sudoPassword: Secret;
  scenario: Scenario = healthy;
  /** Public host key of the SSH server in front of the node, as `ssh-ed25519 AAAA…`. */
  hostKey = '';
  /** The line discipline of ttyS0; set by the serial console. */
  consoleTty: Tty | undefined;
  /** Kernel messages of this and graver priority are printed on the console (`dmesg -n`). */
  consoleLevel = 7;
  /** Where it stands between power and login. Only when it is `up` do services and network run. */
  stage: Stage = 'up';
  /** `kernel.sysrq` allows everything, not only what Debian allows. */
  sysrqAll = false;
  /** Booted with SYSTEMD_SULOGIN_FORCE=1. */
  sulogin = false;
  /** What answers at a URL on this node; undefined where nobody listens. */
  answer: (url: string) => Answered | undefined = () => undefined;
  /** Leaves emergency mode for the default target; set by the serial console. */
  goDefault: () => void = () => undefined;
  /** What a letter to /proc/sysrq-trigger does. */
  sysrq: (letter: string) => void = () => undefined;
  /** Told of every kernel message that is to be printed. */
  printk: (text: string) => void = () => undefined;
  /** Tells which program of the station a brought binary is; set by the k3s part. */
  knows: (node: FileNode) => string | undefined = () => undefined;
  /** Something that must survive the end of the app has just happened. */
  important: () => void = () => undefined;
  /** Free-form state of the parts, by name; kept over restarts. */
  readonly parts = new Map<string, { save(): unknown; load(saved: unknown): void }>();

  constructor(options: { clock: Clock; chance: Chance; identity: Identity; sudoPassword: Secret }) {
    this.clock = options.clock;
    this.chance = options.chance;
    this.identity = options.identity;
    this.sudoPassword = options.sudoPassword;
    this.tree = new Tree(() => this.now());
    this.tree.kmsg = text => {
      for (const line of text.split('\n').filter(Boolean)) {
        const [, priority, message = line] = /^<(\d+)>(.*)$/.exec(line) ?? [];
        this.log('', 'kernel', message, { pid: 0, priority: Number(priority ?? 4) & 7 });
      }
    };
    this.accounts = new Accounts(this.tree);
    this.processes = new Processes(() => this.now());
    this.services = new Services(this);
  }

  /** The node's clock, in milliseconds since 1970. */
  now(): number {
    return this.clock.now().getTime() + this.scenario.clockOffsetMs;
  }
  get arch(): 'amd64' | 'arm64' {
    return this.scenario.arch;
  }
  get hostname(): string {
    return this.scenario.hostname;
  }
  get bootedAt(): number {
    return this.identity.bootedAt;
  }
  get noExec(): readonly string[] {
    return this.scenario.noExec;
  }

  /** Waits on the laptop's clock; a signal ends it at once. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.clock.sleep(ms, signal);
    } catch {
      throw killedBy(signal);
    }
  }

  log(unit: string, by: string, text: string, more: { pid?: number; priority?: number } = {}): void {
    const { bootId } = this.identity;
    if (by === 'kernel' && (more.priority ?? 6) < this.consoleLevel) this.printk(text);
    this.journal.add({
      at: this.now(),
      unit,
      by,
      pid: more.pid ?? 1,
      priority: more.priority ?? 6,
      text,
      boot: bootId,
    });
    this.tree.changed();
  }

  mounts(): Mount[] {
    const root = this.tree.readOnly ? 'ro,relatime' : 'rw,relatime,errors=remount-ro';
    const card = this.scenario.disk === 'card';
    return [
      { device: 'sysfs', at: '/sys', type: 'sysfs', options: 'rw,nosuid,nodev,noexec,relatime' },
      { device: 'proc', at: '/proc', type: 'proc', options: 'rw,nosuid,nodev,noexec,relatime' },
      {
        device: 'udev',
        at: '/dev',
        type: 'devtmpfs',
        options: 'rw,nosuid,relatime,size=4028724k,nr_inodes=1007181,mode=755',
      },
      {
        device: 'devpts',
        at: '/dev/pts',
        type: 'devpts',
        options: 'rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=000',
      },
      {
        device: 'tmpfs',
        at: '/run',
        type: 'tmpfs',
        options: 'rw,nosuid,nodev,noexec,relatime,size=812040k,mode=755',
      },
      { device: card ? '/dev/mmcblk0p2' : '/dev/sda1', at: '/', type: 'ext4', options: root },
      { device: 'tmpfs', at: '/dev/shm', type: 'tmpfs', options: 'rw,nosuid,nodev' },
      this.scenario.cgroups === 'v1'
        ? { device: 'tmpfs', at: '/sys/fs/cgroup', type: 'tmpfs', options: 'ro,nosuid,nodev,noexec,mode=755' }
        : {
            device: 'cgroup2',
            at: '/sys/fs/cgroup',
            type: 'cgroup2',
            options: 'rw,nosuid,nodev,noexec,relatime',
          },
      ...this.noExec.map(at => ({ device: 'tmpfs', at, type: 'tmpfs', options: 'rw,nosuid,nodev,noexec' })),
    ];
  }

  /** Where journald writes: to disk when /var/log/journal is there, else to memory. */
  keepJournal(): void {
    const folder = this.tree.peek('/var/log/journal') ? '/var/log/journal' : '/run/log/journal';
    this.tree.write(`${folder}/${this.identity.machineId}/system.journal`, 'LPKSHHRH practice\n', 0o640);
  }

  /** Power off and on: memory is lost, what was enabled starts again. */
  reboot(): void {
    this.processes.killAll();
    for (const path of ['/run', '/dev/shm', '/tmp'])
      for (const [name, node] of this.tree.list(path, { uid: 0, gid: 0, groups: [0] }))
        if (!(path === '/run' && ['systemd', 'lock'].includes(name)) && node.kind !== 'device')
          this.tree.removeAll(`${path}/${name}`);
    if (!this.tree.peek('/var/log/journal')) this.journal.lines = [];
    this.identity.bootId = this.chance.uuid();
    this.identity.bootedAt = this.now();
    this.locks.clear();
    this.keepJournal();
    for (const unit of this.services.saved())
      Object.assign(unit, { active: 'inactive', sub: 'dead', pid: 0 });
    this.consoleLevel = 7;
    this.#kernelLine();
    this.tree.readOnly = this.scenario.readOnlyRoot;
    this.stage = 'boot';
    this.log('', 'kernel', 'Linux version 6.12.48+deb13 (debian-kernel@lists.debian.org)', { pid: 0 });
    if (this.scenario.boot === 'normal') this.startUp();
    this.rebooted();
    this.important();
  }

  /** What the boot loader gives the kernel decides over its control groups. */
  #kernelLine(): void {
    const { tree } = this;
    const line = ['/boot/firmware/cmdline.txt', '/boot/cmdline.txt', '/boot/grub/grub.cfg']
      .filter(path => tree.peek(path))
      .map(path => tree.read(path))
      .join(' ');
    let { cgroups } = this.scenario;
    if (cgroups === 'v2-without-memory' && /\bcgroup_enable=memory\b/.test(line)) cgroups = 'v2';
    if (cgroups === 'v1' && /\bsystemd\.unified_cgroup_hierarchy=1\b/.test(line)) cgroups = 'v2';
    this.scenario = { ...this.scenario, cgroups };
    settleNetwork(this);
    conform(this);
  }

  /** Init starts what is enabled; where it cannot mount everything it stops in emergency mode. */
  startUp(): void {
    const missing = missingDevice(this);
    const init = (text: string, priority = 6): void => this.log('init.scope', 'systemd', text, { priority });
    if (missing) {
      this.stage = 'emergency';
      init(`${missing.unit}: Job ${missing.unit}/start timed out.`, 4);
      init(`Timed out waiting for device ${missing.unit} - ${missing.device}.`, 3);
      init(`Dependency failed for ${missing.mount} - ${missing.at}.`, 3);
      init('Dependency failed for local-fs.target - Local File Systems.', 3);
      init("local-fs.target: Job local-fs.target/start failed with result 'dependency'.", 5);
      init('local-fs.target: Triggering OnFailure= dependencies.', 5);
      init('Started emergency.service - Emergency Shell.');
      init('Reached target emergency.target - Emergency Mode.');
      init('You are in emergency mode. After logging in, type "journalctl -xb" to view system logs.');
      return;
    }
    this.stage = 'up';
    for (const unit of this.services.all())
      if (this.services.enabled(unit.name))
        void this.services.start(unit, new AbortController().signal).catch(() => undefined);
    init('Startup finished in 3.1s (kernel) + 6.8s (userspace) = 9.9s.');
  }

  /** Whether anything of the node answers on the network. */
  get reachable(): boolean {
    const { network } = this.scenario;
    return this.stage === 'up' && network === 'up' && this.services.unit('ssh')?.active === 'active';
  }

  /** Open connections end with a reboot. */
  rebooted: () => void = () => undefined;

  /** The mount a path lies on. */
  mountOf(path: string): Mount {
    const holds = (mount: Mount) => mount.at === '/' || path === mount.at || path.startsWith(`${mount.at}/`);
    const found = this.mounts()
      .filter(holds)
      .sort((a, b) => b.at.length - a.at.length)[0];
    if (!found) throw new Error('the practice node has no root mount');
    return found;
  }

  space(mount: Mount): { bytes: number; used: number; free: number; inodes: number; inodesFree: number } {
    if (mount.at === '/') {
      const bytes = this.tree.capacity;
      const { free, inodes, inodesFree } = this.tree;
      return { bytes, used: bytes - free, free, inodes, inodesFree };
    }
    const bytes = mount.type === 'tmpfs' ? (mount.at === '/run' ? 0.775 * gib : 3.9 * gib) : 0;
    return { bytes, used: 0, free: bytes, inodes: 1_015_000, inodesFree: 1_014_200 };
  }
}
