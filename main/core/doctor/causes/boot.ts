import type { LogLine } from '../log.ts';
import { heard, now, picked } from '../suspect.ts';
import type { Matcher } from '../suspect.ts';
import { quote } from '../view.ts';
import { remedy } from './remedies.ts';

// a console or a mount marked nofail may be waited for in vain without stopping the boot
const device = { any: ['timed out waiting for device'], but: [/dev[-/]tty/, 'serial getty'] };
const dependency = {
  any: [
    /failed to mount \S+\.mount|failed to mount \//,
    /dependency failed for \//,
    /dependency failed for (?:\S+\.mount|local-fs\.target|local file systems|file system check)/,
  ],
};
const emergency = {
  any: [
    'you are in emergency mode',
    /(?:reached target|started) emergency(?:\.target| mode|\.service| shell)/,
    'entering emergency mode',
    /dependency failed for (?:local-fs\.target|local file systems)/,
  ],
};

/** The node waits in emergency mode for a file system that fstab wants and that is not there. */
export const emergencyFstab: Matcher = view => {
  const { boot } = view.facts;
  // Left since: the log of the boot still tells of it, and nothing is wrong any more.
  if (!boot.emergency && (boot.state === 'running' || boot.state === 'degraded')) return undefined;
  const stuck = heard(view.boot, emergency);
  if (stuck.length === 0 && !boot.emergency) return undefined;
  const why: readonly LogLine[] = [...heard(view.boot, device), ...heard(view.boot, dependency)];
  const lost = boot.lost.map(line => quote('boot', `lost ${line}`));
  return {
    cause: 'emergency-fstab',
    sure: why.length > 0 || lost.length > 0 ? 'certain' : 'possible',
    says:
      why.length > 0 || lost.length > 0
        ? 'The node stopped in emergency mode: a file system that fstab names did not come.'
        : 'The node stopped in emergency mode; which file system it waits for is not in its log.',
    lines: [...lost.slice(0, 2), ...picked(why, 2), ...picked(stuck, 1)],
    not: 'It is not K3s: the boot never got so far.',
    next: 'Put a # before the line in /etc/fstab or give it the option nofail, then leave emergency mode. If the disk was pulled, plug it in again instead.',
    remedies: [
      remedy('fix-fstab', 'Whatever lay on the missing file system is not there until its line is put back.'),
    ],
  };
};

const memoryGone = {
  any: ['failed to find memory cgroup', 'pids cgroup controller not found', 'failed to find pids cgroup'],
};

/** The kernel was started without the memory cgroup: usual on a Raspberry Pi. */
export const cgroupMissing: Matcher = view => {
  const lines = now(view, memoryGone);
  const none = view.facts.memoryCgroup === false && view.facts.service?.is !== 'running';
  if (lines.length === 0 && !none) return undefined;
  return {
    cause: 'cgroup-missing',
    sure: lines.length > 0 ? 'certain' : 'likely',
    says: 'The kernel runs without the memory cgroup, and K3s does not start without it.',
    lines: [...picked(lines, 2), ...(none ? [quote('machine', 'memory-cgroup no')] : [])],
    not: 'It is not too little memory.',
    next: 'Add “cgroup_memory=1 cgroup_enable=memory” to the one line of /boot/firmware/cmdline.txt (/boot/cmdline.txt on older systems), then reboot.',
    remedies: [],
  };
};

/** Kubernetes 1.35 and later refuse a host that still uses cgroup v1. */
export const cgroupV1: Matcher = view => {
  const lines = now(view, { any: ['kubelet is configured to not run on a host using cgroup v1'] });
  if (lines.length === 0) return undefined;
  return {
    cause: 'cgroup-v1',
    sure: 'certain',
    says: 'This host uses cgroup v1, and this version of K3s no longer runs on it.',
    lines: picked(lines, 2),
    not: 'It is not a missing memory cgroup: the host uses the old form of all of them.',
    next: 'Boot with systemd.unified_cgroup_hierarchy=1. To get over the day, put kubelet-arg: ["fail-cgroupv1=false"] into config.yaml and restart K3s.',
    remedies: [remedy('repair-config')],
  };
};
