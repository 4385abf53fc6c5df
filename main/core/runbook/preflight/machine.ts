import { archOf, memory, serialConsoles } from './facts.ts';
import { judge, mebibytes, ours } from './sight.ts';
import type { Judge } from './sight.ts';

const GiB = 1024 ** 3;

/** Minor of a K3s version: 35 of `v1.35.2+k3s1`. */
export const minorOf = (version: string | undefined): number | undefined => {
  const found = /^v1\.(\d+)\./.exec(version ?? '');
  return found ? Number(found[1]) : undefined;
};

const wanted = (sight: Parameters<Judge>[0]): string | undefined =>
  sight.needs?.k3sVersion ?? sight.bundleVersion;

const architecture = judge('architecture', 'Processor architecture', ({ facts, carries }) => {
  const machine = facts.one('arch');
  if (machine === undefined)
    return ['unknown', 'The node did not say what it is.', 'Look at its type plate.'];
  const arch = archOf(machine);
  if (!arch) return ['blocked', `${machine}: K3s has no binary for it.`, 'Use another machine.'];
  if (carries && !carries.includes(arch))
    return [
      'blocked',
      `${machine}, and the bundle carries ${carries.join(', ') || 'nothing'} only.`,
      `Import a bundle that carries ${arch}.`,
    ];
  return ['passed', `${machine} (${arch})${carries ? ', and the bundle carries it' : ''}`];
});

const system = judge('system', 'Operating system', ({ facts }) => {
  const os = facts.one('os');
  return os === undefined
    ? ['unknown', 'There is no /etc/os-release.', 'K3s may still run; nobody tried it on a system like this.']
    : ['passed', os];
});

const kernel = judge('kernel', 'Kernel', ({ facts }) => {
  const version = facts.one('kernel');
  const found = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (!found || version === undefined) return ['unknown', 'The node did not say its kernel.'];
  const number = Number(found[1]) * 1000 + Number(found[2]);
  if (number < 4_000 + 15)
    return [
      'blocked',
      `${version} is too old for the containers of K3s.`,
      'Upgrade the system of the node first.',
    ];
  if (number < 5_000 + 8)
    return [
      'warned',
      `${version}: 5.8 or newer is wanted for cgroup v2.`,
      'It can work; upgrade the system when there is a chance.',
    ];
  return ['passed', version];
});

const cmdlineFile = (os: string | undefined): string =>
  /buster|bullseye|\b1[01]\b/.test(os ?? '') ? '/boot/cmdline.txt' : '/boot/firmware/cmdline.txt';
const memoryHint = (sight: Parameters<Judge>[0]): string =>
  /raspberry/i.test(sight.facts.one('model') ?? '')
    ? `Append cgroup_memory=1 cgroup_enable=memory to the one line of ${cmdlineFile(sight.facts.one('os'))} and reboot.`
    : 'Boot the kernel with cgroup_enable=memory (on a Raspberry Pi: cgroup_memory=1 cgroup_enable=memory in cmdline.txt).';

const cgroup = judge('cgroup', 'Control groups (cgroup v2, memory)', sight => {
  const { facts } = sight;
  const controllers = facts.one('cgroup.controllers')?.split(' ');
  if (controllers || facts.one('cgroup.fs') === 'cgroup2fs') {
    if (!controllers) return ['unknown', 'cgroup v2, but its controllers could not be read.'];
    const missing = ['cpu', 'cpuset', 'memory'].filter(name => !controllers.includes(name));
    if (missing.length > 0)
      return [
        'blocked',
        `cgroup v2 without ${missing.join(', ')}: K3s would stop at once.`,
        memoryHint(sight),
      ];
    return controllers.includes('pids')
      ? ['passed', `cgroup v2 with ${controllers.join(', ')}`]
      : [
          'warned',
          'cgroup v2 without pids: limits on processes will not hold.',
          'Boot a kernel with the pids controller.',
        ];
  }
  const v1 = facts.one('cgroup.v1.memory');
  if (v1 === undefined)
    return ['unknown', 'The node shows no control groups.', 'Check that /sys/fs/cgroup is mounted.'];
  if (v1 === '0')
    return ['blocked', 'cgroup v1 with memory switched off: K3s would stop at once.', memoryHint(sight)];
  const minor = minorOf(wanted(sight));
  return minor !== undefined && minor >= 35
    ? [
        'blocked',
        `cgroup v1, and K3s from 1.35 on refuses it (wanted: ${wanted(sight) ?? ''}).`,
        'Boot with systemd.unified_cgroup_hierarchy=1, or take a bundle before 1.35.',
      ]
    : [
        'warned',
        'cgroup v1: it works up to K3s 1.34.',
        'Boot with systemd.unified_cgroup_hierarchy=1 before the next upgrade.',
      ];
});

const ram = judge('memory', 'Memory', ({ facts }) => {
  const total = memory(facts, 'MemTotal');
  if (total === undefined) return ['unknown', 'The node did not say how much memory it has.'];
  if (total < 0.9 * GiB)
    return [
      'blocked',
      `${mebibytes(total)}: a server with etcd needs 2 GiB.`,
      'Use a machine with more memory.',
    ];
  // a machine sold with 2 GiB shows a little less
  if (total < 1.7 * GiB)
    return [
      'warned',
      `${mebibytes(total)}: a server with etcd wants 2 GiB.`,
      'Expect slow starts; disable what you do not need.',
    ];
  return ['passed', mebibytes(total)];
});

const cpus = judge('cpus', 'Processors', ({ facts }) => {
  const count = Number(facts.one('cpus') ?? Number.NaN);
  if (!(count > 0)) return ['unknown', 'The node did not say how many processors it has.'];
  return count < 2 ? ['warned', '1: a server wants 2.', 'Expect slow starts.'] : ['passed', String(count)];
});

const swap = judge('swap', 'Swap', ({ facts }) => {
  const total = memory(facts, 'SwapTotal');
  if (total === undefined) return undefined;
  return total > 0
    ? [
        'warned',
        `${mebibytes(total)} of swap: K3s starts, but etcd misses its beats when it is swapped out.`,
        'Switch it off: swapoff -a, and take it out of /etc/fstab.',
      ]
    : ['passed', 'none'];
});

const initSystem = judge('init', 'Service manager', ({ facts }) => {
  const init = facts.one('init');
  if (init === 'systemd' || init === 'openrc') return ['passed', init];
  return init === undefined
    ? ['unknown', 'The node did not say what starts its services.']
    : [
        'blocked',
        'Neither systemd nor OpenRC runs here; the install script stops without one of them.',
        'Use a system with systemd or OpenRC.',
      ];
});

const modules = judge('modules', 'Kernel modules', ({ facts }) => {
  const states = facts.all('module').map(line => line.split(' ') as [string, string]);
  const missing = states.filter(([, state]) => state === 'missing').map(([name]) => name);
  if (missing.length > 0) {
    const next = missing.includes('vxlan')
      ? 'Install the rest of the kernel’s modules (Ubuntu on a Pi: linux-modules-extra-raspi), or choose another flannel backend.'
      : 'Install the rest of the kernel’s modules (RHEL: kernel-modules-extra).';
    return ['blocked', `The kernel has no ${missing.join(', ')}.`, next];
  }
  const unknown = states.filter(([, state]) => state === 'unknown').map(([name]) => name);
  if (states.length === 0 || unknown.length > 0)
    return [
      'unknown',
      `Nothing tells whether the kernel has ${unknown.join(', ') || 'the modules K3s needs'}.`,
      'They may be built in; the start of K3s will tell.',
    ];
  return ['passed', states.map(([name]) => name).join(', ')];
});

const selinux = judge('selinux', 'SELinux', ({ facts }) => {
  const mode = facts.one('selinux');
  if (mode === undefined || mode === 'no') return ['passed', 'not used'];
  if (mode !== '1') return ['passed', 'permissive'];
  return facts.all('selinux.rpm').some(line => /^k3s[.-]/.test(line) && !/not installed/.test(line))
    ? ['passed', 'enforcing, with the k3s-selinux package']
    : [
        'blocked',
        'Enforcing, and the k3s-selinux package is missing: containers could not start.',
        'Install container-selinux and k3s-selinux from the bundle’s packages.',
      ];
});

const sudo = judge('sudo', 'Right to act as root', ({ sudo: how }) => {
  const said = {
    root: ['passed', 'logged in as root'],
    passwordless: ['passed', 'sudo without a password'],
    password: ['passed', 'sudo with the given password'],
    'password-missing': [
      'blocked',
      'sudo asks for a password, and none was given.',
      'Give the sudo password of this node, then look again.',
    ],
    none: ['blocked', 'This user may not act as root.', 'Log in as root or as a user who may use sudo.'],
  } as const;
  return said[how];
});

const rescue = judge('rescue', 'A way in when the node is dead', ({ facts, options }) => {
  const consoles = serialConsoles(facts);
  const locked = facts.one('rootway') === 'locked';
  const seen = consoles.length === 0 ? 'no serial console found' : `serial console ${consoles[0] ?? ''}`;
  if (locked)
    return [
      'warned',
      `${seen}; root has no password, so emergency mode would lock everybody out.`,
      'Give root a password and keep it in the safe, or keep the boot loader reachable by serial.',
    ];
  if (consoles.length === 0)
    return ['warned', seen, 'Fit one, or accept that a dead node means a screen and a keyboard.'];
  return ['passed', options && !options.rescuable ? `${seen} (the rescue step was left out)` : seen];
});

const identity = judge('identity', 'Machine identity', sight => {
  const id = sight.facts.one('machine');
  if (id === undefined)
    return [
      'warned',
      'There is no /etc/machine-id.',
      'Run systemd-machine-id-setup, or write 32 hex digits there.',
    ];
  const twin = sight.others.find(other => other.machineId === id);
  return twin
    ? [
        'blocked',
        `The same machine-id as ${twin.name}: one was cloned from the other.`,
        'Empty /etc/machine-id on this node and reboot it.',
      ]
    : ['passed', ours(sight) ? `${id} (K3s here is this site’s)` : id];
});

/** What the machine itself must bring. */
export const machineJudges: readonly Judge[] = [
  architecture,
  system,
  kernel,
  cgroup,
  ram,
  cpus,
  swap,
  initSystem,
  modules,
  selinux,
  sudo,
  identity,
  rescue,
];
