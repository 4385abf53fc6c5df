#!/bin/sh
# Builds the root file system of a test node: Debian as a technician finds it on a small server.
# usage: root.sh FOLDER      with SUITE, PACKAGES (by comma), ROOT_PASSWORD, TECH_PASSWORD and KEY (a public key) set
set -eu
at=$1 root=$1/root
mkdir -p "$at/debs"

# etcd is inside K3s, so no etcd stands on the node's PATH: its two programs are only unpacked, beside the stand-in.
(cd "$at/debs" && apt-get -qq -o APT::Sandbox::User=root download etcd-server etcd-client)

mmdebstrap --quiet --variant=minbase --mode=root --format=directory \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/i18n/*' \
  --include="$PACKAGES" "$SUITE" "$root"

for deb in "$at"/debs/*.deb; do dpkg-deb -x "$deb" "$at/debs/x"; done
install -d "$root/usr/local/lib/stand-in"
install -m 755 "$at/debs/x/usr/bin/etcd" "$at/debs/x/usr/bin/etcdctl" "$root/usr/local/lib/stand-in/"

# A person who must give a password for sudo, as in the field; keys come in beside the passwords.
chroot "$root" useradd -m -s /bin/bash -G sudo,dialout tech
printf 'root:%s\ntech:%s\n' "$ROOT_PASSWORD" "$TECH_PASSWORD" | chroot "$root" chpasswd
for home in root home/tech; do
  install -d -m 700 "$root/$home/.ssh"
  printf '%s\n' "$KEY" >"$root/$home/.ssh/authorized_keys"
done
chroot "$root" chown -R tech:tech /home/tech

# Each node makes its own identity when it starts.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf" "$root/var/lib/dbus/machine-id"
echo uninitialized >"$root/etc/machine-id"
echo node >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 node\n' >"$root/etc/hosts"
: >"$root/etc/fstab"

# The network of a QEMU node. `99-`: it must come after the files that the kernel's ip=… would make.
printf '[Match]\nName=en*\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n' >"$root/etc/systemd/network/99-dhcp.network"
chroot "$root" systemctl -q enable systemd-networkd
chroot "$root" systemctl -q disable systemd-networkd-wait-online 2>/dev/null || true
chroot "$root" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  e2scrub_reap.service fstrim.timer systemd-pstore.service smartmontools.service
install -d "$root/var/log/journal"

rm -rf "$at/debs" "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/* "$root"/usr/lib/udev/hwdb.d
