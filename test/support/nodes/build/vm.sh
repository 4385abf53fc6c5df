#!/bin/sh
# Makes a bootable machine of the root file system: kernel, own initrd, an ext4 disk made without a loop mount.
# usage: vm.sh FOLDER ROOT      with KERNEL (the name of Debian's kernel package) and MODULES set
set -eu
at=$1 root=$2
work=$at/work
mkdir -p "$work"
cd "$work"

# Unpacked, not installed: the kernel's own install scripts and its full initrd would take a minute.
apt-get -qq -o APT::Sandbox::User=root download "$KERNEL"
dpkg-deb -x linux-image-*.deb kernel
version=${KERNEL#linux-image-}
cp "kernel/boot/vmlinuz-$version" "$at/vmlinuz"
depmod -b kernel "$version"

# Path of each module and of what it needs, in loading order.
needed() {
  for module in "$@"; do
    modprobe -d "$PWD/kernel" -S "$version" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" {print $2}' || true
  done | awk '!seen[$0]++'
}

# The disk: the root file system as it is, the modules tests want (all of them would be 391 MB), and the side door.
cp -a --reflink=auto "$root" disk
mkdir -p "disk/lib/modules/$version"
cp "kernel/lib/modules/$version"/modules.builtin "kernel/lib/modules/$version"/modules.order \
  "kernel/lib/modules/$version"/modules.builtin.modinfo "disk/lib/modules/$version/"
# shellcheck disable=SC2086 -- a list
needed $MODULES | while read -r file; do
  to=disk/${file#"$PWD/kernel/"}
  mkdir -p "${to%/*}"
  cp "$file" "$to"
done
depmod -b disk "$version"
echo '/dev/vda / ext4 defaults,errors=remount-ro 0 1' >disk/etc/fstab
# So that sshd starts; a woken machine makes its own.
ssh-keygen -q -A -f disk
cat >disk/usr/local/lib/side-door <<'END'
#!/bin/sh
# The test's own way in, on the second serial port: one command a line, so that it can look while the console is busy.
stty -F /dev/ttyS1 raw -echo 115200
exec </dev/ttyS1 >/dev/ttyS1
while read -r id code; do
  dir=/run/side-door; mkdir -p $dir
  printf %s "$code" | base64 -d >$dir/do 2>$dir/err
  status=0; sh $dir/do >$dir/out 2>$dir/err </dev/null || status=$?
  printf 'SIDE %s %s %s %s\n' "$id" "$status" "$(base64 -w0 $dir/out)=" "$(base64 -w0 $dir/err)="
done
END
chmod 755 disk/usr/local/lib/side-door
cat >disk/etc/systemd/system/side-door.service <<'END'
[Unit]
Description=The test's own way in
DefaultDependencies=no
IgnoreOnIsolate=yes
After=systemd-remount-fs.service
[Service]
ExecStart=/usr/local/lib/side-door
Restart=always
RestartSec=0.2
END
# Wanted from the very first, so that it also stands in emergency mode.
for target in sysinit emergency rescue; do
  install -d "disk/etc/systemd/system/$target.target.wants"
  ln -s ../side-door.service "disk/etc/systemd/system/$target.target.wants/side-door.service"
done

mkdir -p initrd/bin initrd/dev initrd/proc initrd/sys initrd/root initrd/mods
cp /bin/busybox initrd/bin/
needed virtio_pci virtio_blk ext4 crc32c_generic | while read -r file; do
  cp "$file" initrd/mods/
  basename "$file" >>initrd/mods/order
done
cat >initrd/init <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
while read -r module; do insmod "/mods/$module"; done </mods/order
root=/dev/vda how=ro ask= init=/sbin/init
for word in $(cat /proc/cmdline); do
  case $word in root=*) root=${word#root=} ;; rw) how=rw ;; break) ask=1 ;; init=*) init=${word#init=} ;; esac
done
tries=0
while [ ! -b "$root" ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
[ -n "$ask" ] || mount -t ext4 -o $how "$root" /root || ask=1
if [ -n "$ask" ]; then
  echo "ALERT!  $root cannot be mounted, or a shell was asked for.  Dropping to a shell!"
  PS1='(initramfs) ' setsid cttyhack sh
  mount -t ext4 -o $how "$root" /root
fi
umount /sys /proc
mount -o move /dev /root/dev
exec switch_root /root "$init"
END
chmod +x initrd/init
(cd initrd && find . | cpio -o -H newc --quiet | gzip -1) >"$at/initrd.img"

mke2fs -q -t ext4 -O ^metadata_csum_seed -E lazy_itable_init=1,lazy_journal_init=1 -J size=8 -L root -d disk disk.raw 8G
qemu-img convert -O qcow2 disk.raw "$at/base.qcow2"
cd "$at"
rm -rf "$work"
