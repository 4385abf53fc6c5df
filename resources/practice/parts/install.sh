#!/bin/sh
# COLDSTART PRACTICE: a stand-in for K3s' install.sh, written for the practice station.
# It takes the same variables, does the same steps in the same order and prints the same messages, and it refuses to
# run on any machine that does not say it is a practice node (/etc/coldstart-practice).
#
#   INSTALL_K3S_SKIP_DOWNLOAD  must be true or binary: nothing can be downloaded at the practice station
#   INSTALL_K3S_EXEC           first word server or agent, then arguments for the service
#   INSTALL_K3S_BIN_DIR        where k3s lies; default /usr/local/bin
#   INSTALL_K3S_SYSTEMD_DIR    where the unit goes; default /etc/systemd/system
#   INSTALL_K3S_NAME           the unit becomes k3s-<name>
#   INSTALL_K3S_TYPE           type of the unit; default notify
#   INSTALL_K3S_SYMLINK        skip, force, or nothing
#   INSTALL_K3S_SKIP_ENABLE, INSTALL_K3S_SKIP_START, INSTALL_K3S_FORCE_RESTART   true or nothing
#   K3S_URL with K3S_TOKEN or K3S_TOKEN_FILE   makes an agent
set -e

info() {
  echo "[INFO]  $*"
}
warn() {
  echo "[WARN]  $*" >&2
}
fatal() {
  echo "[ERROR]  $*" >&2
  exit 1
}

[ -e /etc/coldstart-practice ] || fatal 'This is the practice install.sh of Coldstart. This machine is no practice node; nothing was done.'
[ -x /bin/systemctl ] || [ -x /usr/bin/systemctl ] || fatal 'Can not find systemd or openrc to use as a process supervisor for k3s'

# ── server or agent ──
if [ -n "$INSTALL_K3S_EXEC" ]; then
  # one word each, as the service gets them
  # shellcheck disable=SC2086
  set -- $INSTALL_K3S_EXEC "$@"
fi
role=
case "$1" in
  '' | -*) ;;
  *)
    role=$1
    shift
    ;;
esac
if [ -z "$role" ]; then
  if [ -n "$K3S_URL" ]; then
    if [ -z "$K3S_TOKEN" ] && [ -z "$K3S_TOKEN_FILE" ]; then
      fatal "Defaulted k3s exec command to 'agent' because K3S_URL is defined, but K3S_TOKEN or K3S_TOKEN_FILE is not defined."
    fi
    role=agent
  else
    role=server
  fi
fi
case "$K3S_URL" in
  '' | https://*) ;;
  *) fatal "Only https:// URLs are supported for K3S_URL (have $K3S_URL)" ;;
esac

name=k3s
if [ -n "$INSTALL_K3S_NAME" ]; then
  name=k3s-$INSTALL_K3S_NAME
elif [ "$role" != server ]; then
  name=k3s-$role
fi
bin=${INSTALL_K3S_BIN_DIR:-/usr/local/bin}
units=${INSTALL_K3S_SYSTEMD_DIR:-/etc/systemd/system}
unit=$units/$name.service
env=$units/$name.service.env

# ── the binary is there already, or nothing can be done ──
case "$(uname -m)" in
  x86_64 | amd64 | aarch64 | arm64 | armv7l | armv6l | arm) ;;
  *) fatal "Unsupported architecture $(uname -m)" ;;
esac
case "$INSTALL_K3S_SKIP_DOWNLOAD" in
  true | binary)
    info 'Skipping k3s download and verify'
    [ -x "$bin/k3s" ] || fatal "Executable k3s binary not found at $bin/k3s"
    ;;
  *) fatal 'Download failed' ;;
esac
if [ "$INSTALL_K3S_SKIP_DOWNLOAD" = true ]; then
  info 'Skipping installation of SELinux RPM'
fi
if [ -r /proc/cgroups ] && ! grep -q -w memory /proc/cgroups; then
  info 'Failed to find memory cgroup, you may need to add "cgroup_memory=1 cgroup_enable=memory" to your linux cmdline (/boot/cmdline.txt on a Raspberry Pi)'
fi

# ── symlinks and the two scripts ──
if [ "$INSTALL_K3S_SYMLINK" != skip ]; then
  for tool in kubectl crictl ctr; do
    if [ -e "$bin/$tool" ] && [ "$INSTALL_K3S_SYMLINK" != force ]; then
      info "Skipping $bin/$tool symlink to k3s, already exists"
    else
      info "Creating $bin/$tool symlink to k3s"
      ln -sf k3s "$bin/$tool"
    fi
  done
fi

info "Creating killall script $bin/k3s-killall.sh"
cat > "$bin/k3s-killall.sh" << END
#!/bin/sh
# COLDSTART PRACTICE: stops k3s and keeps its data.
for unit in k3s k3s-agent; do
  if [ -e "$units/\$unit.service" ]; then
    systemctl stop "\$unit"
  fi
done
exit 0
END
chmod 755 "$bin/k3s-killall.sh"

uninstall=k3s-uninstall.sh
[ "$name" = k3s ] || uninstall=$name-uninstall.sh
info "Creating uninstall script $bin/$uninstall"
cat > "$bin/$uninstall" << END
#!/bin/sh
# COLDSTART PRACTICE: removes k3s with its data, snapshots and token.
"$bin/k3s-killall.sh"
systemctl disable "$name"
rm -f "$unit" "$env"
systemctl daemon-reload
for tool in kubectl crictl ctr; do
  if [ -L "$bin/\$tool" ]; then
    rm -f "$bin/\$tool"
  fi
done
rm -rf /etc/rancher/k3s /run/k3s /var/lib/rancher/k3s /var/lib/kubelet
rm -f "$bin/k3s" "$bin/k3s-killall.sh" "$bin/$uninstall"
exit 0
END
chmod 755 "$bin/$uninstall"

# ── the old unit goes, the new one comes ──
before=$(sha256sum "$bin/k3s" "$unit" "$env" 2>/dev/null) || true
rm -f "$unit" "$env"

info "env: Creating environment file $env"
(
  umask 077
  : > "$env"
  env_line() {
    if [ -n "$2" ]; then
      echo "$1='$2'" >> "$env"
    fi
  }
  env_line K3S_URL "$K3S_URL"
  env_line K3S_TOKEN "$K3S_TOKEN"
  env_line K3S_TOKEN_FILE "$K3S_TOKEN_FILE"
  env_line K3S_DATA_DIR "$K3S_DATA_DIR"
  env_line K3S_CONFIG_FILE "$K3S_CONFIG_FILE"
)
chmod 600 "$env"

info "systemd: Creating service file $unit"
cat > "$unit" << END
[Unit]
Description=Lightweight Kubernetes (Coldstart practice stand-in)
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=${INSTALL_K3S_TYPE:-notify}
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-$env
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=$bin/k3s $role $*
END
chmod 644 "$unit"
after=$(sha256sum "$bin/k3s" "$unit" "$env" 2>/dev/null) || true

# ── enable and start ──
if [ "$INSTALL_K3S_SKIP_ENABLE" = true ]; then
  exit 0
fi
info "systemd: Enabling $name unit"
systemctl enable "$unit"
systemctl daemon-reload
if [ "$INSTALL_K3S_SKIP_START" = true ]; then
  exit 0
fi
if [ "$before" = "$after" ] && [ "$INSTALL_K3S_FORCE_RESTART" != true ]; then
  info 'No change detected so skipping service start'
  exit 0
fi
info "systemd: Starting $name"
systemctl restart "$name"
