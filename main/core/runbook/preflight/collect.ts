/**
 * Looks at a node and changes nothing but one write test (a file made and removed at once, as root only). POSIX sh, for
 * dash, busybox ash and bash; every tool may be missing. Says `key=value` lines on stdout, a key again for each further
 * line of its value, `end=1` last. Arguments: the K3s data folder, then names of kernel modules to look for.
 * Secrets: of a token only the twelve hex digits that K3s itself publishes are said, and it never stands in an argument.
 */
export const collectScript = String.raw`# look at this machine and change nothing
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
d=$1; shift
each() { sed "s/^/$1=/"; }
say() { printf '%s\n' "$2" | each "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
line() { [ -r "$1" ] && head -n 1 "$1" | each "$2"; }
uid=$(id -u); say uid "$uid"; say user "$(id -un 2>/dev/null)"
say now "$(date +%s)"
say hostname "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"
line /etc/machine-id machine; line /proc/sys/kernel/random/boot_id boot
say arch "$(uname -m)"; say kernel "$(uname -r)"
sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d '"' | each os
sed -n 's/^ID=//p' /etc/os-release 2>/dev/null | tr -d '"' | each os.id

awk '/^(MemTotal|MemAvailable|SwapTotal):/ {print $1 $2}' /proc/meminfo 2>/dev/null | each mem
if has nproc; then say cpus "$(nproc)"; else say cpus "$(grep -c '^processor' /proc/cpuinfo)"; fi
say cgroup.fs "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)"
line /sys/fs/cgroup/cgroup.controllers cgroup.controllers
awk '$1 == "memory" {print $4}' /proc/cgroups 2>/dev/null | each cgroup.v1.memory
line /proc/cmdline cmdline
line /proc/device-tree/model model 2>/dev/null

near() { p=$1; while [ ! -d "$p" ]; do p=$(dirname "$p"); done; }
space() {
  near "$2"; say "$1.at" "$p"
  df -Pk "$p" 2>/dev/null | tail -n 1 | awk '{print $2 " " $4 " " $6}' | each "$1.kib"
  df -Pi "$p" 2>/dev/null | tail -n 1 | awk '{print $2 " " $4}' | each "$1.inodes"
  [ "$uid" = 0 ] || return 0
  t="$p/.coldstart-write-test"
  if (: >"$t") 2>/dev/null; then rm -f "$t"; say "$1.write" yes; else say "$1.write" no; fi
}
space data "$d"; space bin /usr/local/bin; space tmp /tmp; space root /
grep -v -E ' (/var/lib/kubelet|/run/k3s|/run/netns|/var/lib/docker|/run/containerd|/snap)/' /proc/mounts 2>/dev/null | head -n 200 | each mount
dmesg 2>/dev/null | grep -i -E 'remounting filesystem read-only|I/O error|EXT4-fs error|mmc[0-9]+: error' | tail -n 5 | each kernel.error

has ip && ip -o addr show 2>/dev/null | awk '{print $2 " " $4}' | each addr
if has ip; then ip -4 route show 2>/dev/null | each route; ip -6 route show 2>/dev/null | grep -v '^fe80' | each route
  ip route get 192.0.2.1 2>/dev/null | head -n 1 | each route.out; fi
awk 'NR > 1 {print $1 " " $2 " " $3 " " $8}' /proc/net/route 2>/dev/null | each route.hex
for f in tcp tcp6; do awk '$4 == "0A" {print $2}' "/proc/net/$f" 2>/dev/null | each listen; done
for f in udp udp6; do awk 'NR > 1 {print $2}' "/proc/net/$f" 2>/dev/null | each udp; done
[ -r /proc/net/tcp ] && say listen.read yes
[ "$uid" = 0 ] && has ss && ss -Hltnp 2>/dev/null | awk '{print $4 " " $6}' | each ss
sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf 2>/dev/null | each dns
if [ "$uid" = 0 ]; then
  has ufw && ufw status 2>/dev/null | head -n 40 | each ufw
  has firewall-cmd && say firewalld "$(firewall-cmd --state 2>&1)"
  has nft && nft list ruleset 2>/dev/null | grep -E 'hook (input|forward)' | head -n 20 | each nft
  has iptables && iptables -S 2>/dev/null | grep -E '^-P (INPUT|FORWARD)' | each iptables
fi

m=no
if [ -f /sys/fs/selinux/enforce ]; then m=$(cat /sys/fs/selinux/enforce)
elif has getenforce; then case $(getenforce 2>/dev/null) in Enforcing) m=1 ;; Permissive) m=0 ;; esac; fi
say selinux "$m"
[ "$m" = no ] || { has rpm && rpm -q k3s-selinux container-selinux 2>/dev/null | each selinux.rpm; }
[ -e /usr/share/selinux/packages/k3s.pp ] && say selinux.rpm k3s.pp
r=$(uname -r)
for m in "$@"; do
  if [ -d "/sys/module/$m" ] || grep -qs "^$m " /proc/modules || grep -qsw "$m" /proc/filesystems; then s=loaded
  elif grep -qs "/$m\.ko" "/lib/modules/$r/modules.dep" "/lib/modules/$r/modules.builtin"; then s=there
  elif [ -s "/lib/modules/$r/modules.dep" ]; then s=missing
  else s=unknown; fi
  say module "$m $s"
done
i=none; [ -x /sbin/openrc-run ] && i=openrc; [ -d /run/systemd/system ] && i=systemd; say init "$i"
has timedatectl && timedatectl show -p NTPSynchronized -p NTP 2>/dev/null | each time
for p in chronyd ntpd systemd-timesyncd; do has pidof && pidof "$p" >/dev/null 2>&1 && say time.daemon "$p"; done
[ -e /dev/rtc0 ] && say rtc yes; [ -e /dev/rtc ] && say rtc yes; [ -d /proc/self ] && say rtc.read yes
line /sys/class/tty/console/active console
for t in ttyS0 ttyS1 ttyAMA0 ttymxc0 ttyUSB0; do
  [ -e "/dev/$t" ] && [ "$(cat "/sys/class/tty/$t/type" 2>/dev/null)" != 0 ] && say tty "$t"; done
for f in /etc/ssh/ssh_host_*_key.pub; do [ -r "$f" ] && cut -d ' ' -f 1,2 "$f" | each hostkey; done
[ "$uid" = 0 ] && awk -F: '$1 == "root" {print ($2 ~ /^[!*]/ ? "locked" : ($2 == "" ? "open" : "password"))}' /etc/shadow 2>/dev/null | each rootway

b=/usr/local/bin/k3s
if [ -x "$b" ]; then say k3s.binary yes; "$b" --version 2>/dev/null </dev/null | head -n 1 | each k3s.version; fi
for n in k3s k3s-agent; do for f in /etc/systemd/system/$n.service /etc/init.d/$n; do [ -e "$f" ] && say k3s.unit "$n"; done; done
if has systemctl && [ -d /run/systemd/system ]; then say k3s.active "$(systemctl is-active k3s 2>/dev/null)"
elif has rc-service; then rc-service k3s status >/dev/null 2>&1 && say k3s.active active; fi
[ -d "$d" ] && say k3s.data yes
[ -e /etc/rancher/k3s/config.yaml ] && say k3s.config yes
for f in /etc/rancher/k3s/config.yaml.d/*.yaml /etc/rancher/k3s/config.yaml.d/*.yml; do [ -e "$f" ] && say k3s.dropin "$f"; done
if [ "$uid" = 0 ]; then
  say k3s.read yes
  [ -d "$d/server/db/etcd/member" ] && say k3s.db etcd
  [ -e "$d/server/db/state.db" ] && say k3s.db sqlite
  [ -d "$d/agent/pod-manifests" ] && [ ! -d "$d/server" ] && say k3s.db agent
  ls "$d/server/db/snapshots" 2>/dev/null | wc -l | tr -d ' ' | each k3s.snapshots
  t=$d/server/token
  [ -r "$t" ] && sed -n '1s/^K10[0-9a-f]*::[^:]*://p; t; 1p' "$t" | head -n 1 | tr -d '\n' | sha256sum | cut -c 1-12 | each k3s.token
  t=/etc/rancher/k3s/config.yaml
  [ -r "$t" ] && grep -q '^token:' "$t" && sed -n 's/^token:[[:space:]]*//p' "$t" | head -n 1 | tr -d '"\n'"'" | sed 's/^K10[0-9a-f]*::[^:]*://' | tr -d '\n' | sha256sum | cut -c 1-12 | each k3s.config.token
  [ -r "$t" ] && sed -n 's/^\([a-z][a-z0-9-]*\):.*/\1/p' "$t" | each k3s.config.key
  t=$d/server/tls/server-ca.crt
  [ -r "$t" ] && sha256sum <"$t" | cut -c 1-64 | each k3s.ca
fi
say end 1
`;

/** Modules K3s cannot do without, and the one of the chosen network. */
export const modulesFor = (flannelBackend: string): readonly string[] => [
  'overlay',
  'br_netfilter',
  ...(flannelBackend === 'vxlan' ? ['vxlan'] : []),
  ...(flannelBackend === 'wireguard-native' ? ['wireguard'] : []),
];
