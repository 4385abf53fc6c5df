import { shellText } from '../shell-text.ts';

/**
 * Shell functions that ask targets whether they answer, for dash and busybox ash. `probe icmp:HOST` and
 * `probe tcp:HOST:PORT` print the round trip in seconds (nothing where the tool tells no time) and end with 0 when it
 * answered, 1 when not, 2 when there is no tool to ask with; each takes five seconds at most. `probes TARGET…` asks all at
 * once and prints what they answered in Prometheus' exposition format; a target nobody can ask is not named.
 */
export const probeFunctions = shellText`has() { command -v "$1" >/dev/null 2>&1; }
# an old busybox wants timeout -t, and some have none: then the tools' own limits have to do
if timeout 1 true 2>/dev/null; then bounded() { timeout "$@"; }; else bounded() { shift; "$@"; }; fi
probe() {
  case $1 in
  icmp:*)
    has ping || return 2
    said=$(bounded 5 ping -c 1 -W 3 "\${1#icmp:}" 2>/dev/null </dev/null) || return 1
    printf '%s\n' "$said" | sed -n 's/.*time[=<]\([0-9.]*\) *ms.*/\1/p' | awk 'NR == 1 { printf "%.6f\n", $1 / 1000 }' ;;
  tcp:*)
    at=\${1#tcp:}; port=\${at##*:}; host=\${at%:*}; host=\${host#\[}; host=\${host%\]}
    if has curl; then
      took=$(curl -s -o /dev/null --noproxy '*' -m 3 -w '%{time_connect}' "http://$at/" 2>/dev/null </dev/null)
      case $took in *[!0-9.]*) return 1 ;; *[1-9]*) echo "$took" ;; *) return 1 ;; esac
    elif has nc && nc -h 2>&1 | grep -q -e -z; then
      bounded 5 nc -z -w 3 "$host" "$port" >/dev/null 2>&1 </dev/null || return 1
    elif has bash; then
      bounded 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "$port" >/dev/null 2>&1 </dev/null || return 1
    else return 2
    fi ;;
  *) return 2 ;;
  esac
}
probes() {
  for t in "$@"; do
    (
      rtt=$(probe "$t"); s=$?
      [ "$s" -lt 2 ] || exit 0
      n=\${t#*:}
      echo "coldstart_wan_up{target=\"$n\"} $((1 - s))"
      [ -z "$rtt" ] || echo "coldstart_wan_rtt_seconds{target=\"$n\"} $rtt"
    ) &
  done
  wait
}
`;
