import { shellText } from '../shell-text.ts';
import { probeFunctions } from '../wan/probe.ts';
import { etcdNames } from './sources.ts';

/**
 * Shell functions that measure the node and print Prometheus' exposition format; `measure` does all of it. `$root` is put
 * before /proc, /sys, /etc and /var, empty but in tests; `$targets` are the WAN's. What cannot be read is left out.
 */
export const measureFunctions = shellText`${probeFunctions}
# what stands in the kernel's own tables. Ticks are hundredths of a second on every Linux, whatever its CONFIG_HZ
kernel() {
  disks=' ' nets=' '
  for d in "$root"/sys/block/*/device; do
    d=\${d%/device}
    case $d in *boot[0-9] | */sr[0-9]* | */fd[0-9]*) ;; *) [ -d "$d" ] && disks="$disks\${d##*/} " ;; esac
  done
  for d in "$root"/sys/class/net/*; do
    n=\${d##*/}
    case $n in veth* | cni* | flannel* | lo) continue ;; wg* | ppp* | wwan* | tun*) ;; *) [ -e "$d/device" ] || continue ;; esac
    nets="$nets$n "
    read -r v <"$d/carrier_changes" && echo "node_network_carrier_changes_total{device=\"$n\"} $v"
    read -r v <"$d/operstate" && { [ "$v" = up ] && v=1 || v=0; echo "node_network_up{device=\"$n\"} $v"; }
  done 2>/dev/null
  set --
  for f in stat loadavg meminfo vmstat diskstats net/dev pressure/cpu pressure/io pressure/memory; do
    cat "$root/proc/$f" >/dev/null 2>&1 && set -- "$@" "$root/proc/$f"
  done
  [ $# -gt 0 ] || return 0
  awk -v disks="$disks" -v nets="$nets" '
    function say(name, value) { printf "%s %.0f\n", name, value }
    function cpu(mode, ticks) { printf "node_cpu_seconds_total{cpu=\"%s\",mode=\"%s\"} %.2f\n", substr($1, 4), mode, ticks / 100 }
    function disk(name, value) { say("node_disk_" name "{device=\"" $3 "\"}", value) }
    function net(name, value) { say("node_network_" name "_total{device=\"" dev "\"}", value) }
    function stall(kind) { split($5, t, "="); printf "node_pressure_%s_%s_seconds_total %.6f\n", what, kind, t[2] / 1000000 }
    FNR == 1 { n = split(FILENAME, p, "/"); what = p[n]; part = p[n - 1] }
    part == "pressure" { if ($1 == "some") stall("waiting"); else if (what != "cpu") stall("stalled"); next }
    what == "stat" && /^cpu[0-9]/ { cpu("user", $2); cpu("system", $4); cpu("idle", $5); cpu("iowait", $6) }
    what == "stat" && $1 == "btime" { say("node_boot_time_seconds", $2) }
    what == "loadavg" { print "node_load1 " $1; print "node_load5 " $2; print "node_load15 " $3 }
    what == "meminfo" && /^(MemTotal|MemFree|MemAvailable|Cached|SwapTotal|SwapFree):/ { sub(/:$/, "", $1); say("node_memory_" $1 "_bytes", $2 * 1024) }
    what == "vmstat" && $1 == "oom_kill" { say("node_vmstat_oom_kill", $2) }
    what == "diskstats" && index(disks, " " $3 " ") {
      disk("reads_completed_total", $4); disk("read_bytes_total", $6 * 512)
      disk("writes_completed_total", $8); disk("written_bytes_total", $10 * 512)
      printf "node_disk_io_time_seconds_total{device=\"%s\"} %.3f\n", $3, $13 / 1000
    }
    what == "dev" && /:/ {
      sub(/:/, " "); dev = $1
      if (!index(nets, " " dev " ")) next
      net("receive_bytes", $2); net("receive_errs", $4); net("receive_drop", $5)
      net("transmit_bytes", $10); net("transmit_errs", $12); net("transmit_drop", $13)
    }' "$@"
}
# each file system on a disk once, and the root whatever it lies on
filesystems() {
  [ -r "$root/proc/mounts" ] || return 0
  awk '$2 !~ /\\/ && (($1 ~ /^\/dev\// && $1 !~ /^\/dev\/loop/) || $2 == "/") && $3 !~ /^(squashfs|iso9660|erofs|rootfs)$/ && !had[$1 == "/dev/root" ? $2 : $1]++ && n++ < 12 {
    print $1, $2, $3, (("," $4 ",") ~ /,ro,/) }' "$root/proc/mounts" |
    while read -r dev at kind ro; do
      l="{device=\"$dev\",fstype=\"$kind\",mountpoint=\"$at\"}"
      echo "node_filesystem_readonly$l $ro"
      bounded 5 stat -f -c '%S %b %f %a %c %d' "$root$at" 2>/dev/null | awk -v l="$l" 'NF == 6 {
        printf "node_filesystem_size_bytes%s %.0f\nnode_filesystem_free_bytes%s %.0f\nnode_filesystem_avail_bytes%s %.0f\n", l, $1 * $2, l, $1 * $3, l, $1 * $4
        printf "node_filesystem_files%s %.0f\nnode_filesystem_files_free%s %.0f\n", l, $5, l, $6 }'
    done
}
milli() { case $1 in *[!0-9-]* | '') return 1 ;; ???*) echo "\${1%???}.\${1#"\${1%???}"}" ;; *) echo 0 ;; esac; }
temperatures() {
  for z in "$root"/sys/class/thermal/thermal_zone*; do
    read -r v <"$z/temp" && v=$(milli "$v") && read -r k <"$z/type" && echo "node_thermal_zone_temp{zone=\"\${z##*thermal_zone}\",type=\"$k\"} $v"
  done 2>/dev/null
  for f in "$root"/sys/class/hwmon/hwmon*/temp*_input; do
    h=\${f%/*}; s=\${f##*/}
    read -r v <"$f" && v=$(milli "$v") && read -r k <"$h/name" && echo "node_hwmon_temp_celsius{chip=\"$k\${h##*/hwmon}\",sensor=\"\${s%_input}\"} $v"
  done 2>/dev/null
  return 0
}
# each step of life_time is a tenth of the life; 0x0b is beyond its end, 0x00 says nothing
wear() {
  for f in "$root"/sys/block/*/device/life_time; do
    case $f in *boot[0-9]/*) continue ;; esac
    d=\${f%/device/life_time}; l="device=\"\${d##*/}\""
    read -r a b <"$f" || continue
    for k in a b; do
      [ "$k" = a ] && v=$a || v=$b
      case $v in 0x0[1-9aAbB]) v=$((v)); echo "coldstart_emmc_life_used_ratio{$l,kind=\"$k\"} $((v / 10)).$((v % 10))" ;; esac
    done
    read -r v <"$d/device/pre_eol_info" && case $v in 0x0[1-3]) echo "coldstart_emmc_pre_eol_info{$l} $((v))" ;; esac
  done 2>/dev/null
  return 0
}
# never timedatectl: it starts a service, which the journal writes to the disk
clock() {
  if [ -e "$root/run/systemd/timesync/synchronized" ]; then echo "node_timex_sync_status 1"
  elif has adjtimex; then adjtimex 2>/dev/null </dev/null | awk '$1 == "status:" { printf "node_timex_sync_status %d\n", int($2 / 64) % 2 == 0 }'
  fi
}
service() {
  has systemctl || return 0
  for u in k3s k3s-agent; do
    [ -e "$root/etc/systemd/system/$u.service" ] || continue
    is=$(bounded 10 systemctl is-active "$u" 2>/dev/null </dev/null)
    for s in activating active deactivating failed inactive; do
      [ "$s" = "$is" ] && v=1 || v=0
      echo "node_systemd_unit_state{name=\"$u.service\",state=\"$s\"} $v"
    done
  done
}
k3s="$root/var/lib/rancher/k3s"
from() { echo "coldstart_recorder_source_up{source=\"$1\"} $2"; }
etcd() {
  [ -d "$k3s/server/db/etcd" ] || return 0
  if has curl; then said=$(curl -s -f --noproxy '*' -m 8 "$etcd" 2>/dev/null </dev/null)
  elif has wget; then said=$(bounded 10 wget -q -T 8 -O - "$etcd" 2>/dev/null </dev/null)
  else said=; fi
  [ -n "$said" ] && from etcd 1 || { from etcd 0; return 0; }
  printf '%s\n' "$said" | awk -v names='${etcdNames.join(' ')}' 'BEGIN { n = split(names, a, " "); while (n) keep[a[n--]] = 1 }
    /^[a-z]/ { k = $1; sub(/\{.*/, "", k); sub(/_(bucket|sum|count)$/, "", k); if (k in keep) print }'
}
# the end of each certificate; asked of openssl only when one of them has changed
certificates() {
  [ -d "$k3s/server/tls" ] || [ -d "$k3s/agent" ] || return 0
  has openssl || { from certificates 0; return 0; }
  from certificates 1
  if [ ! -e "$run/certificates" ] || [ -n "$(find "$k3s/server/tls" "$k3s/agent" -maxdepth 1 -name '*.crt' -newer "$run/certificates" 2>/dev/null)" ]; then
    for f in "$k3s"/server/tls/*.crt "$k3s"/agent/*.crt; do
      [ -f "$f" ] && echo "\${f#"$k3s/"} $(openssl x509 -noout -enddate -in "$f" 2>/dev/null </dev/null)"
    done | awk '{
      sub(/notAfter=/, "", $2); m = index("JanFebMarAprMayJunJulAugSepOctNovDec", $2); y = $5 + 0; split($4, t, ":")
      if (!m || y < 1970) next
      m = (m + 2) / 3; if (m < 3) { m += 12; y-- }
      days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + $3 - 719469
      printf "coldstart_certificate_not_after_seconds{file=\"%s\"} %.0f\n", $1, days * 86400 + t[1] * 3600 + t[2] * 60 + t[3] }' >"$run/certificates"
  fi
  cat "$run/certificates"
}
snapshots() {
  s=\${snapshots:-$k3s/server/db/snapshots}
  [ -d "$s" ] || return 0
  n=0 newest=
  for f in "$s"/*; do case $f in *.part | *.tmp) continue ;; esac; [ -f "$f" ] && { n=$((n + 1)); [ -n "$newest" ] && [ "$newest" -nt "$f" ] || newest=$f; }; done
  echo "coldstart_snapshots $n"
  [ -z "$newest" ] || echo "coldstart_snapshot_newest_seconds $(stat -c %Y "$newest")"
}
measure() {
  kernel; filesystems; temperatures; wear; clock; service; etcd; certificates; snapshots
  # shellcheck disable=SC2086
  [ -z "$targets" ] || probes $targets
}
`;
