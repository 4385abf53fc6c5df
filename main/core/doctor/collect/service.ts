import { item } from './item.ts';
import type { Chapter } from './item.ts';
import { showUnit } from './redacting.ts';

/** Whether the boot came through, and how K3s' service stands. */
export const serviceChapter: Chapter = {
  id: 'service',
  title: 'Boot and service',
  items: [
    item(
      'service',
      'State of the K3s service',
      String.raw`
if [ -d /run/systemd/system ]; then
  t=$(systemctl show k3s.service k3s-agent.service -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p NRestarts -p ExecMainStatus -p ExecMainCode -p Result -p ActiveEnterTimestamp -p FragmentPath 2>&1)
  case $t in *LoadState=loaded*) printf '%s\n' "$t" ;; *LoadState=*) echo 'unit none' ;; *) no "$t" ;; esac
elif [ -x /sbin/openrc-run ]; then
  found=
  for n in k3s k3s-agent; do
    [ -e "/etc/init.d/$n" ] || continue
    found=1; s=$(rc-service "$n" status 2>&1 | sed -n 's/.*status: *//p' | tail -n 1)
    e=disabled; rc-update show 2>/dev/null | grep -q "^ *$n |" && e=enabled
    echo "openrc $n $s $e"
  done
  [ -n "$found" ] || echo 'unit none'
else no 'No service manager runs here.'; fi
exit 0`,
    ),
    item(
      'unit',
      'K3s unit, values of unknown flags hidden',
      String.raw`
for f in /etc/systemd/system/k3s.service /etc/systemd/system/k3s-agent.service /etc/systemd/system/k3s*.service.d/*.conf; do
  [ -r "$f" ] && { echo "# $f"; ${showUnit} "$f"; }
done
exit 0`,
    ),
    item(
      'boot',
      'How the boot went, and file systems that fstab misses',
      String.raw`
if [ -d /run/systemd/system ]; then
  echo "state $(systemctl is-system-running 2>&1)"
  echo "emergency $(systemctl is-active emergency.target 2>/dev/null)"; echo "rescue $(systemctl is-active rescue.target 2>/dev/null)"
  systemctl list-units --failed --plain --no-legend --no-pager 2>/dev/null | head -n 20 | sed 's/^/failed /'
  systemctl list-jobs --no-legend --no-pager 2>/dev/null | head -n 20 | sed 's/^/job /'
fi
there() {
  case $1 in
    'LABEL='*) p=/dev/disk/by-label/$(echo "$1" | tr -d '"' | cut -d = -f 2) ;;
    'UUID='*) p=/dev/disk/by-uuid/$(echo "$1" | tr -d '"' | cut -d = -f 2) ;;
    'PARTUUID='*) p=/dev/disk/by-partuuid/$(echo "$1" | tr -d '"' | cut -d = -f 2) ;;
    /dev/*) p=$1 ;;
    *) return 0 ;;
  esac
  [ -e "$p" ] && return 0
  case $1 in /dev/*) return 1 ;; *\\*) return 0 ;; esac
  if has findfs; then findfs "$1" >/dev/null 2>&1; else [ ! -d /dev/disk ]; fi
}
while read -r device at type options rest; do
  case $device in '' | '#'*) continue ;; esac
  case ",$options," in *,nofail,* | *,noauto,* | *,bind,*) continue ;; esac
  there "$device" || echo "lost $device $at $type $(echo "$options" | sed 's/\(pass[a-z]*\|user[a-z]*\|cred[a-z]*\)=[^,]*/\1=‹hidden›/g')"
done </etc/fstab
has journalctl && journalctl -q --no-pager -o short-iso -b _PID=1 -n 4000 2>/dev/null | grep -i -E 'timed out|dependency failed|emergency|rescue|failed to (mount|start)|k3s' | tail -n 100
exit 0`,
      { seconds: 12 },
    ),
  ],
};

/**
 * What a search through the whole log of this boot looks for, when its end alone may not reach back far enough: words
 * of every cause.
 */
export const telling =
  'no space left|raft hard state|reclaim|diskpressure|space exceeded|nospace|backend quota|etcdserver: no space|disarmed|corrupt|repair|walpb|wal:|failed to open|freepages|assertion failed|invalid database|consistent index|out of range|database snapshot|v3 backend|tocommit|inconsistency|crc mismatch|x509|certificateexpiration|clock drift|newer than datastore|validation failed|no leader|new election|lost leader|elected leader|request timed out|test etcd connection|unhealthy status|member of the etcd|cannot assign|validate connection|token|authenticat|unauthorized|bootstrap data|password rejected|verify password|duplicate node|read-only file|i/o error|fdatasync|took too long|heartbeat|containerd exited|container runtime|cri service|recover state|stored sandbox|sandbox name|sandbox image|imagepull|pull image|memory cgroup|cgroup v1|pids cgroup|default route|not defined|yaml|mismatch|invalid value|unknown flag|removed from the cluster|tombstone|already in use|level=fatal|fata\\[|panic|starting k3s|starting lightweight|up and running|main process exited|failed with result';

const journal = (more: string): string => String.raw`
if has journalctl && [ -n "$(journalctl -q --no-pager -n 1 -o cat 2>/dev/null)" ]; then
  journalctl -q --no-pager -o short-iso -b -u k3s -u k3s-agent ${more}
elif [ -r /var/log/k3s.log ] || [ -r /var/log/k3s-agent.log ]; then
  cat /var/log/k3s.log /var/log/k3s-agent.log 2>/dev/null`;

/** The log of K3s: its end whole, and of the rest of this boot the lines that tell something. */
export const logChapter: Chapter = {
  id: 'log',
  title: 'Log of K3s',
  items: [
    item(
      'journal',
      'K3s journal of this boot',
      String.raw`${journal('-n 2000 2>/dev/null')} | tail -n 2000
elif [ -r /var/log/messages ] || [ -r /var/log/syslog ]; then
  cat /var/log/messages /var/log/syslog 2>/dev/null | grep -i k3s | tail -n 2000
else no 'No log of K3s may be read here.'; fi
exit 0`,
      { seconds: 15, keep: 640 * 1024 },
    ),
    item(
      'journal.hits',
      'Lines of this boot that tell something',
      String.raw`{ ${journal('2>/dev/null')}
fi; } | grep -i -E '${telling}' | tail -n 300
exit 0`,
      { seconds: 15, keep: 128 * 1024 },
    ),
    item(
      'journal.before',
      'End of the boot before',
      String.raw`
has journalctl || skip 'There is no journal of earlier boots.'
journalctl -q --no-pager -o short-iso -b -1 -n 120 2>&1
exit 0`,
      { keep: 48 * 1024 },
    ),
  ],
};
