import { shellText } from '../../shell-text.ts';

/**
 * A shell function that tells, after `kernel` of the recorder's script and with its `$root`, `$disks` and `$nets`, what a
 * log kept on the node has no room for, under node_exporter's names. The node's time comes last: it is compared with ours.
 */
export const moreFunction = shellText`more() {
  set --
  for f in stat meminfo vmstat diskstats net/dev; do
    cat "$root/proc/$f" >/dev/null 2>&1 && set -- "$@" "$root/proc/$f"
  done
  [ $# -eq 0 ] || awk -v disks="$disks" -v nets="$nets" '
    function cpu(mode, ticks) { printf "node_cpu_seconds_total{cpu=\"%s\",mode=\"%s\"} %.2f\n", substr($1, 4), mode, ticks / 100 }
    function disk(name, ms) { printf "node_disk_%s_seconds_total{device=\"%s\"} %.3f\n", name, $3, ms / 1000 }
    FNR == 1 { n = split(FILENAME, p, "/"); what = p[n] }
    what == "stat" && /^cpu[0-9]/ { cpu("nice", $3); cpu("irq", $7); cpu("softirq", $8); cpu("steal", $9) }
    what == "meminfo" && /^(Buffers|SwapCached|Dirty|Writeback|AnonPages|Shmem|Slab|SReclaimable|Committed_AS):/ { sub(/:$/, "", $1); printf "node_memory_%s_bytes %.0f\n", $1, $2 * 1024 }
    what == "vmstat" && /^(pgfault|pgmajfault|pgpgin|pgpgout|pswpin|pswpout) / { printf "node_vmstat_%s %.0f\n", $1, $2 }
    what == "diskstats" && index(disks, " " $3 " ") { disk("read_time", $7); disk("write_time", $11); disk("io_time_weighted", $14) }
    what == "dev" && /:/ {
      sub(/:/, " ")
      if (!index(nets, " " $1 " ")) next
      printf "node_network_receive_packets_total{device=\"%s\"} %.0f\n", $1, $3
      printf "node_network_transmit_packets_total{device=\"%s\"} %.0f\n", $1, $11
    }' "$@"
  said=
  for f in domainname machine: nodename:hostname release:osrelease sysname:ostype version; do
    case $f in machine:) v=$(uname -m) ;; *) read -r v <"$root/proc/sys/kernel/\${f#*:}" || v= ;; esac
    said="$said,\${f%%:*}=\"$v\""
  done 2>/dev/null
  echo "node_uname_info{\${said#,}} 1"
  echo "node_time_seconds $(date +%s)"
}
`;
