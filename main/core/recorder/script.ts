import { shellText } from '../shell-text.ts';
import { overheadKib } from './budget.ts';
import { measureFunctions } from './measure.ts';

/** Where it lies on a node. */
export const recorderPaths = {
  script: '/usr/local/lib/coldstart/recorder',
  settings: '/etc/coldstart/recorder.conf',
  /** Chunks of what it logged. */
  data: '/var/lib/coldstart/recorder',
  /** What it logged since the last chunk, in memory. */
  run: '/run/coldstart-recorder',
} as const;

/**
 * The node recorder. `sample` measures once into memory and writes a chunk to the disk when its budget allows one, `keep`
 * writes what is in memory at once (before the machine goes down), `show` prints one measurement. Its chunks are read by
 * format.ts.
 *
 * A chunk is written when as much time has passed since the last one as its cost takes of the day's write budget: the
 * bytes of a chunk and what the file system writes besides. That much, and no more, a power cut may lose.
 */
export const recorderScript = shellText`#!/bin/sh
# Coldstart's node recorder: logs what matters between two visits. Taken away by Coldstart's remedy recorder-remove.
LC_ALL=C; export LC_ALL
PATH=\${RECORDER_PATH:-$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}; export PATH
umask 077
root='' targets='' snapshots='' disk_kib=65536 write_kib=2048
run=${recorderPaths.run} data=${recorderPaths.data} etcd=http://127.0.0.1:2381/metrics
conf=\${RECORDER_CONF:-${recorderPaths.settings}}
# shellcheck disable=SC1090
[ ! -r "$conf" ] || . "$conf"
${measureFunctions}
# one at a time: a link is made or not, never half
lock() {
  mkdir -p "$run" && echo "$$" >"$run/me.$$" || exit 1
  trap 'rm -f "$run/me.$$"' EXIT
  trap 'exit 1' INT TERM HUP
  if ! ln "$run/me.$$" "$run/lock" 2>/dev/null; then
    read -r other <"$run/lock" || other=
    case $( (tr '\0' ' ' <"/proc/$other/cmdline") 2>/dev/null) in *recorder*) [ "$other" != "$$" ] && { echo 'it runs already' >&2; exit 0; } ;; esac
    rm -f "$run/lock"
    ln "$run/me.$$" "$run/lock" 2>/dev/null || exit 0
  fi
  trap 'rm -f "$run/me.$$" "$run/lock"' EXIT
}
up() { read -r up _ <"$root/proc/uptime" && echo "\${up%%.*}"; }
newest() { ls "$data" 2>/dev/null | grep -E '^[0-9]{8}\.(gz|txt)$' | tail -n 1; }
# adds what was measured as one row. A sample that was stopped in the middle leaves the mark busy: then a new table begins
row() {
  if [ -e "$run/busy" ] || [ ! -e "$run/open" ]; then
    rm -f "$run/table"
    [ ! -s "$run/open" ] || [ -z "$(tail -c 1 "$run/open")" ] || echo >>"$run/open"
    [ -s "$run/open" ] || { echo 'coldstart-recorder 1'; echo "B $(cat "$root/proc/sys/kernel/random/boot_id")"; } >>"$run/open"
    echo T >>"$run/open"
  fi
  : >>"$run/table"
  : >"$run/busy"
  awk -v head="R $(date +%s) $(cut -d ' ' -f 1 "$root/proc/uptime")" -v table="$run/table" '
    BEGIN {
      n = 0
      while ((getline line < table) > 0) { i = index(line, "\t"); k = substr(line, 1, i - 1); name[n] = k; last[n] = substr(line, i + 1); at[k] = n++ }
      close(table)
    }
    {
      v = $NF; k = substr($0, 1, length($0) - length(v) - 1)
      if (NF < 2 || v !~ /^([-+]?[0-9.]+([eE][-+]?[0-9]+)?|[-+]?Inf|NaN)$/ || k ~ /\t/ || (k in got)) next
      got[k] = v
      if (!(k in at)) { at[k] = n; name[n] = k; last[n] = "-"; print "S " n " " k; n++ }
    }
    END {
      printf "%s", head
      for (i = 0; i < n; i++) { k = name[i]; v = (k in got) ? got[k] "" : "-"; printf " %s", (v == last[i] "") ? "=" : v; print k "\t" v > (table ".new") }
      print " ."
    }' "$run/now" >"$run/row" && cat "$run/row" >>"$run/open" && mv "$run/table.new" "$run/table" && rm -f "$run/busy"
}
# is there enough of the write budget for a chunk? By the wall clock since the last one, or where that clock is behind, by
# the uptime; never before a quarter of an hour
due() {
  [ "$(grep -c '^R .* \.$' "$run/open")" -ge 3 ] || return 1
  last=$(newest)
  [ -n "$last" ] || return 0
  cost=$((($(wc -c <"$data/$last") + 4095) / 4096 * 4 + ${String(overheadKib)}))
  since=$(($(date +%s) - $(stat -c %Y "$data/$last")))
  if [ "$since" -lt 0 ]; then began=0; [ ! -r "$run/kept" ] || read -r began <"$run/kept"; since=$(($(up) - began)); fi
  [ "$since" -ge $((cost * 86400 / write_kib)) ]
}
persist() { sync "$1" 2>/dev/null || sync; }
# half files of a power cut: whole ones get their name, others are set aside
adopt() {
  for f in "$data"/*.part; do
    [ -f "$f" ] || continue
    n=\${f%.part}
    if { case $n in *.gz) gzip -t "$f" 2>/dev/null && gzip -dc "$f" ;; *) cat "$f" ;; esac; } | tail -n 1 | grep -q '^E [0-9]* [0-9-]*$' && [ ! -e "$n" ]; then mv "$f" "$n"
    else mv "$f" "$n.torn"; fi
  done
}
# the oldest go first; never more files than a small card has room for names
rotate() {
  ls -1sk "$data" | awk -v most="$((disk_kib - $1 - 64))" '
    $2 ~ /^[0-9]+\./ { size[++n] = $1; name[n] = $2; sum += $1 }
    END { for (i = 1; i <= n && (sum > most || n - i >= 4096); i++) { print name[i]; sum -= size[i] } }' |
    while read -r f; do rm -f "$data/$f"; done
}
# K3s begins to throw pods out at 5 % free: below 6 % a new chunk only takes the place of old ones
room() { stat -f -c '%a %b' "$data" | awk -v kib="$1" '{ exit !($2 == 0 || $1 / $2 >= 0.06) }'; }
chunk() {
  grep -q '^R ' "$run/open" 2>/dev/null || return 0
  mkdir -p "$data" && adopt || return 1
  last=$(newest); n=\${last%%.*}
  n=$(printf %08d $(($(echo "\${n:-0}" | sed 's/^0*\(.\)/\1/') + 1)))
  has gzip && n=$n.gz || n=$n.txt
  sum=$(cksum <"$run/open" 2>/dev/null | cut -d ' ' -f 1)
  { cat "$run/open"; echo "E $(grep -c '^R .* \.$' "$run/open") \${sum:--}"; } >"$run/whole"
  case $n in *.gz) gzip -9 -n <"$run/whole" >"$run/packed" || return 1 ;; *) mv "$run/whole" "$run/packed" ;; esac
  k=$((($(wc -c <"$run/packed") + 4095) / 4096 * 4))
  rotate "$k"
  if ! room; then
    ls "$data" | grep -E '^[0-9]{8}\.' | head -n 2 | while read -r f; do rm -f "$data/$f"; done
    [ -n "$(newest)" ] || { rm -f "$run/packed" "$run/whole"; return 1; }
  fi
  cat "$run/packed" >"$data/$n.part" && persist "$data/$n.part" && mv "$data/$n.part" "$data/$n" || { rm -f "$data/$n.part"; return 1; }
  up >"$run/kept"
  rm -f "$run/open" "$run/table" "$run/packed" "$run/whole"
}
case $1 in
show) mkdir -p "$run"; measure ;;
sample)
  lock
  began=$(cut -d ' ' -f 1 "$root/proc/uptime")
  measure >"$run/now" 2>/dev/null
  awk -v began="$began" '{ printf "coldstart_recorder_sample_seconds %.2f\n", $1 - began }' "$root/proc/uptime" >>"$run/now"
  # a disk that takes nothing does not fill the memory: beyond 4 MiB the log begins anew
  [ ! -e "$run/open" ] || [ "$(wc -c <"$run/open")" -lt 4194304 ] || rm -f "$run/open"
  row && if due; then chunk; fi ;;
keep) lock; chunk ;;
*) echo 'sample, keep or show' >&2; exit 2 ;;
esac
`;
