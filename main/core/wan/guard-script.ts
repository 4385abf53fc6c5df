import { shellText } from '../shell-text.ts';
import { probeFunctions } from './probe.ts';

/** Where the guard lies on a node. */
export const guardPaths = {
  script: '/usr/local/lib/coldstart/wan-guard',
  settings: '/etc/coldstart/wan-guard.conf',
  /** Since when the way out is there or gone, in memory. */
  run: '/run/coldstart-wan-guard',
} as const;

/** Without a way out for so long, the nodes are cordoned; with one for so long, uncordoned. Seconds. */
export const guardTimes = { holdAfter: 300, releaseAfter: 600, every: 60 } as const;

/** Says which server cordoned a node; nobody else uncordons it. */
export const guardAnnotation = 'coldstart.io/wan-guard';

/**
 * The WAN guard. `tick` asks the targets once and decides, by the uptime, which never jumps: one answer of any target is a
 * way out, one round without is none, and a round that nobody could ask says nothing. `release` uncordons what it cordoned.
 *
 * A node is annotated before it is cordoned, and uncordoned before the annotation goes: whenever it is killed, what it
 * cordoned is known as its own. What was cordoned without it is left alone.
 */
export const guardScript = shellText`#!/bin/sh
# Coldstart's WAN guard: no new pods while there is no way out. Taken away by Coldstart's remedy wan-guard-remove.
LC_ALL=C; export LC_ALL
PATH=\${GUARD_PATH:-$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}; export PATH
umask 077
root='' targets='' me='' hold_after=${String(guardTimes.holdAfter)} release_after=${String(guardTimes.releaseAfter)}
run=${guardPaths.run} k3s=/usr/local/bin/k3s
${probeFunctions}
conf=\${GUARD_CONF:-${guardPaths.settings}}
# shellcheck disable=SC1090
. "$conf" || exit 1

kubectl() { "$k3s" kubectl --request-timeout=20s "$@" </dev/null; }
# name|cordoned|by whom
nodes() { kubectl get nodes -o 'jsonpath={range .items[*]}{.metadata.name}|{.spec.unschedulable}|{.metadata.annotations.coldstart\.io/wan-guard}{"\n"}{end}'; }
hold() {
  nodes >"$run/nodes" || return 1
  did=
  while IFS='|' read -r name cordoned by; do
    case $by in "$me") [ "$cordoned" = true ] && continue ;; '') [ "$cordoned" = true ] && continue ;; *) continue ;; esac
    kubectl annotate node "$name" --overwrite "${guardAnnotation}=$me" >/dev/null && kubectl cordon "$name" >/dev/null || return 1
    did="$did $name"
  done <"$run/nodes"
  [ -z "$did" ] || echo "<4>No way out for $hold_after s. Cordoned:$did"
}
release() {
  nodes >"$run/nodes" || return 1
  did=
  while IFS='|' read -r name cordoned by; do
    [ "$by" = "$me" ] || continue
    kubectl uncordon "$name" >/dev/null && kubectl annotate node "$name" "${guardAnnotation}-" >/dev/null || return 1
    did="$did $name"
  done <"$run/nodes"
  [ -z "$did" ] || echo "<4>Uncordoned:$did"
}
# 0: there is a way out, 1: there is none, 2: nobody can ask
way() {
  said=$(for t in $targets; do (probe "$t" >/dev/null; echo "$?") & done; wait)
  case $said in *0*) return 0 ;; *1*) return 1 ;; *) return 2 ;; esac
}
tick() {
  [ -n "$targets" ] || return 0
  way; now_is=$?
  read -r now _ <"$root/proc/uptime"; now=\${now%%.*}
  # after a pause, such as a machine that slept, the counting begins anew
  [ -r "$run/last" ] && read -r last <"$run/last" && [ $((now - last)) -le 240 ] || rm -f "$run/up" "$run/down"
  echo "$now" >"$run/last"
  case $now_is in
  0) is=up not=down ;;
  1) is=down not=up ;;
  *) rm -f "$run/up" "$run/down"; return 0 ;;
  esac
  rm -f "$run/$not"
  [ -r "$run/$is" ] || echo "$now" >"$run/$is"
  read -r since <"$run/$is"
  if [ "$is" = down ] && [ $((now - since)) -ge "$hold_after" ]; then rm -f "$run/clear"; hold
  elif [ "$is" = up ] && [ ! -e "$run/clear" ] && [ $((now - since)) -ge "$release_after" ]; then release && : >"$run/clear"
  fi
}
[ -n "$me" ] && mkdir -p "$run" || exit 1
case $1 in
tick) tick ;;
release) release ;;
*) echo 'tick or release' >&2; exit 2 ;;
esac
`;

/** The files of the guard's units, by their names under /etc/systemd/system. */
export const guardUnits = {
  'coldstart-wan-guard.service': `[Unit]
Description=Coldstart: look for the way out

[Service]
Type=oneshot
ExecStart=/bin/sh ${guardPaths.script} tick
Nice=10
TimeoutStartSec=120
MemoryMax=256M
NoNewPrivileges=yes
# only what it does is news
LogLevelMax=warning
`,
  'coldstart-wan-guard.timer': `[Unit]
Description=Coldstart: look for the way out every minute

[Timer]
OnBootSec=${guardTimes.every}
OnUnitActiveSec=${guardTimes.every}
AccuracySec=5

[Install]
WantedBy=timers.target
`,
} as const;

/** The guard's settings, as the shell reads them. `me` is a name of a Kubernetes node, `targets` are checked before. */
export const guardSettings = (
  me: string,
  targets: readonly string[],
): string => `# Coldstart’s WAN guard. Change it with the remedy wan-guard-install.
me='${me}'
targets='${targets.join(' ')}'
`;
