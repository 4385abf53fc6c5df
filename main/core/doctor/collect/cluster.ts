import { item } from './item.ts';
import type { Chapter } from './item.ts';

export const networkChapter: Chapter = {
  id: 'network',
  title: 'Network',
  items: [
    item(
      'network',
      'Addresses and routes',
      String.raw`
if has ip; then
  ip -o addr show 2>/dev/null; ip -4 route show 2>/dev/null | head -n 60; ip -6 route show default 2>/dev/null; echo 'routes read'
else
  awk 'NR > 1 && $2 == "00000000" {print "default dev " $1}' /proc/net/route && echo 'routes read'
fi
sed -n 's/^nameserver/dns/p' /etc/resolv.conf 2>/dev/null
exit 0`,
    ),
    item(
      'ports',
      'Who listens on which port',
      String.raw`
if has ss; then ss -Hltnp 2>/dev/null | head -n 120
else for h in $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" {sub(/.*:/, "", $2); print $2}' | sort -u); do printf 'LISTEN 0 0 *:%d *:*\n' "0x$h"; done; fi
exit 0`,
    ),
  ],
};

const datastoreIsHere = `[ -d "$d/server/db/etcd" ] || skip 'This node has no etcd datastore.'`;

/** How K3s and its datastore answer on the node itself. */
export const datastoreChapter: Chapter = {
  id: 'datastore',
  title: 'Cluster and datastore',
  items: [
    item(
      'answers',
      'Whether K3s answers on its own node',
      String.raw`
if [ -e /etc/systemd/system/k3s-agent.service ] || [ -e /etc/init.d/k3s-agent ]; then
  if has curl || has wget; then echo "kubelet $(get http://127.0.0.1:10248/healthz 2>&1 | tail -n 1)"; else echo 'kubelet not-asked'; fi
elif has curl || has wget; then
  p=$(sed -n 's/^https-listen-port:[[:space:]]*//p' /etc/rancher/k3s/config.yaml 2>/dev/null | tr -dc 0-9)
  echo "ping $(get "https://127.0.0.1:${'${p:-6443}'}/ping" 2>&1 | tail -n 1)"
elif [ "$(id -u)" = 0 ] && [ -e "$d/data/current" ] && has k3s; then
  echo "ready $(k3s kubectl --request-timeout=5s get --raw /readyz 2>&1 | tail -n 1)"
else echo 'ping not-asked'; fi
exit 0`,
    ),
    item(
      'etcd.health',
      'Health of the datastore',
      String.raw`
${datastoreIsHere}
t=$(get http://127.0.0.1:2381/health 2>&1); s=$?
[ "$s" = 9 ] && no 'There is neither curl nor wget on this node.'
case $t in *health*) echo "$t" ;; *503*) echo '{"health":"false","reason":"status 503"}' ;; *) no "The datastore does not answer. $t" ;; esac`,
    ),
    item(
      'etcd.metrics',
      'Numbers of the datastore',
      String.raw`
${datastoreIsHere}
get http://127.0.0.1:2381/metrics 2>/dev/null | grep -E '^etcd_(server_has_leader|server_is_leader|server_leader_changes|server_quota_backend|server_version|cluster_version|server_proposals|mvcc_db_total|disk_wal_fsync|disk_backend_commit_duration_seconds_(sum|count)|network_active_peers)' || no 'The datastore gives no numbers.'`,
    ),
    item(
      'etcd.members',
      'Members of the datastore',
      String.raw`
${datastoreIsHere}
t=$(get https://127.0.0.1:6443/db/info 2>&1) && [ -n "$t" ] || no 'K3s does not list its members.'
printf '%s\n' "$t" | head -c 16000`,
    ),
    item(
      'etcd.files',
      'Files of the datastore',
      String.raw`
root
[ -d "$d/server/db" ] || skip 'This node has no datastore.'
ls -la "$d/server/db" "$d/server/db/etcd" "$d/server/db/etcd/member/snap" "$d/server/db/etcd/member/wal" "$d/server/db/snapshots" 2>&1 | head -n 160
for f in reset-flag etcd/tombstone; do [ -e "$d/server/db/$f" ] && echo "there is $f"; done
[ -r "$d/server/db/etcd/name" ] && echo "etcd name $(cat "$d/server/db/etcd/name")"
exit 0`,
    ),
  ],
};

export const containersChapter: Chapter = {
  id: 'containers',
  title: 'Containers and images',
  items: [
    item(
      'containerd',
      'End of the containerd log',
      String.raw`
f=$d/agent/containerd/containerd.log
[ -e "$f" ] || { echo '# no containerd.log'; exit 0; }
[ -r "$f" ] || no 'Only root may read this.'
tail -n 400 "$f"`,
      { keep: 96 * 1024 },
    ),
    item(
      'containerd.files',
      'Container store, in use and set aside',
      String.raw`
root
[ -d "$d/agent" ] || skip 'This node has no container store.'
ls -1 "$d/agent"; ls -la "$d/agent/containerd" 2>&1 | head -n 40`,
    ),
    item(
      'images',
      'Image archives on the node',
      String.raw`
root
[ -d "$d/agent/images" ] || { echo '# no folder agent/images'; exit 0; }
ls -la "$d/agent/images" | head -n 60`,
    ),
    item(
      'pods',
      'Nodes and pods, as the cluster tells them',
      String.raw`
root
[ -d "$d/server" ] || skip 'Only a server can ask the cluster.'
[ -e "$d/data/current" ] && has k3s || skip 'K3s was never unpacked here.'
k3s kubectl --request-timeout=6s get nodes -o wide --no-headers 2>&1 | head -n 40
k3s kubectl --request-timeout=6s get pods -A --no-headers 2>&1 | head -n 120`,
      { seconds: 15, keep: 32 * 1024 },
    ),
  ],
};
