import { item } from './item.ts';
import type { Chapter } from './item.ts';

/** Power and clock: what makes everything after it look broken. */
export const powerChapter: Chapter = {
  id: 'power',
  title: 'Power and clock',
  items: [
    item(
      'clock',
      'Clock, uptime and boot',
      String.raw`
echo "now $(date +%s)"; echo "date $(date -u)"
echo "uptime $(cut -d ' ' -f 1 /proc/uptime)"; echo "boot $(cat /proc/sys/kernel/random/boot_id)"
if [ -r /sys/class/rtc/rtc0/since_epoch ]; then echo "rtc $(cat /sys/class/rtc/rtc0/since_epoch)"; else echo 'rtc none'; fi
for p in chronyd ntpd systemd-timesyncd; do pidof "$p" >/dev/null 2>&1 && echo "daemon $p"; done
# timedatectl would start a service of its own, with folders on the disk
[ -d /run/systemd/timesync ] && if [ -e /run/systemd/timesync/synchronized ]; then echo 'NTPSynchronized=yes'; else echo 'NTPSynchronized=no'; fi
exit 0`,
    ),
    item(
      'machine',
      'Machine, kernel and memory',
      String.raw`
echo "hostname $(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"; echo "machine-id $(cat /etc/machine-id 2>/dev/null)"
echo "user $(id -u)"; uname -a; sed -n 's/^PRETTY_NAME=/os /p' /etc/os-release 2>/dev/null
[ -r /proc/device-tree/model ] && echo "model $(tr -d '\000' </proc/device-tree/model)"
echo "cmdline $(cat /proc/cmdline)"; echo "load $(cat /proc/loadavg)"
grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo
if [ -r /sys/fs/cgroup/cgroup.controllers ]; then echo "cgroup v2: $(cat /sys/fs/cgroup/cgroup.controllers)"
  if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then echo 'memory-cgroup yes'; else echo 'memory-cgroup no'; fi
else echo 'cgroup v1'
  case $(awk '$1 == "memory" {print $4}' /proc/cgroups 2>/dev/null) in 1) echo 'memory-cgroup yes' ;; *) echo 'memory-cgroup no' ;; esac
fi
for f in cpu io memory; do [ -r "/proc/pressure/$f" ] && sed "s/^/pressure $f /" "/proc/pressure/$f"; done
exit 0`,
    ),
    item(
      'power',
      'Last reboots and supply voltage',
      String.raw`
has vcgencmd && vcgencmd get_throttled 2>/dev/null
has last && last -x -n 12 reboot shutdown 2>/dev/null
has journalctl && journalctl -q --no-pager --list-boots 2>/dev/null | tail -n 8
exit 0`,
      { keep: 8192 },
    ),
  ],
};

/** The disk: full, read-only, dying, or stuck. Only mounts the system lives on are measured: a dead NFS never answers. */
export const diskChapter: Chapter = {
  id: 'disk',
  title: 'Disk',
  items: [
    item(
      'mounts',
      'Mounted file systems',
      String.raw`grep -v -E ' (/var/lib/kubelet|/run/k3s|/run/netns|/var/lib/docker|/run/containerd|/snap|/sys|/proc|/dev)/' /proc/mounts | head -n 120`,
    ),
    item(
      'df',
      'Free space',
      String.raw`
for p in / /var /var/log /var/lib "$d" /etc /tmp /run /boot; do [ -d "$p" ] && set -- "$@" "$p"; done
df -Pk "$@" 2>/dev/null | tail -n +2 | awk '!seen[$0]++'`,
    ),
    item(
      'inodes',
      'Free inodes',
      String.raw`
for p in / /var /var/log /var/lib "$d" /etc /tmp /run /boot; do [ -d "$p" ] && set -- "$@" "$p"; done
df -Pi "$@" 2>/dev/null | tail -n +2 | awk '!seen[$0]++'`,
    ),
    item(
      'kernel',
      'Kernel messages about disks and memory',
      String.raw`
t=$(dmesg 2>/dev/null) || t=$(has journalctl && journalctl -q --no-pager -k -b -n 4000 -o cat 2>/dev/null)
[ -n "$t" ] || no 'The kernel’s messages may not be read here.'
printf '%s\n' "$t" | grep -i -E 'ext[234]-fs|xfs|btrfs|f2fs|remount|i/o error|mmc[0-9]|nvme|ata[0-9]|medium error|journal|out of memory|oom-kill|killed process|voltage|hung_task|blocked for more|usb .*disconnect|aborted|readonly|read-only' | tail -n 150
exit 0`,
    ),
    item(
      'stuck',
      'Processes that wait for the disk',
      String.raw`
for f in /proc/[0-9]*/stat; do
  l=; { read -r l <"$f"; } 2>/dev/null
  case $l in *') D '*) n=${'${l%) D *}'}; echo "waits ${'${n#*(}'}" ;; esac
done | sort | uniq -c
exit 0`,
    ),
    item(
      'wear',
      'Wear and errors the disks themselves report',
      String.raw`
for f in /sys/fs/ext4/*/errors_count /sys/block/mmcblk*/device/life_time /sys/block/mmcblk*/device/pre_eol_info /sys/block/mmcblk*/device/name; do [ -r "$f" ] && echo "$f $(cat "$f")"; done
has smartctl && [ "$(id -u)" = 0 ] && for b in /sys/block/sd* /sys/block/nvme*; do
  [ -e "$b" ] && [ "$(cat "$b/removable" 2>/dev/null)" = 0 ] && smartctl -H -A "/dev/$(basename "$b")" 2>/dev/null | grep -v '^$' | head -n 40
done
exit 0`,
      { seconds: 12, keep: 12_288 },
    ),
  ],
};
