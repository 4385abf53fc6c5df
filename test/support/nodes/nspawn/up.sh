#!/bin/sh
# Lays out one nspawn node: its disk (a tmpfs over the shared root file system), its identity, its place on the network.
# usage: up.sh STATE ID LAN ADDRESS ROOT SIZE NAME MACHINE OWNLAN(yes|no)
set -eu
# An app in the calling process keeps its files to itself; the root folder of a machine is everybody's.
umask 022
state=$1 id=$2 lan=$3 address=$4 root=$5 size=$6 name=$7 machine=$8 own=$9

mkdir -p "$state/disk"
# A tmpfs of that size is the whole disk: it is full when it is full, and it outlives a reboot.
mount -t tmpfs -o "size=$size" "csn-$id" "$state/disk"
mkdir "$state/disk/upper" "$state/disk/work" "$state/disk/root"
mount -t overlay -o "lowerdir=$root,upperdir=$state/disk/upper,workdir=$state/disk/work" "csn-$id" "$state/disk/root"
node=$state/disk/root
echo "$name" >"$node/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$node/etc/hosts"
# A machine id of its own, so that it stays the same over reboots and systemd does not take this for a first boot.
echo "$machine" >"$node/etc/machine-id"
for type in ed25519 ecdsa; do
  ssh-keygen -q -t "$type" -N '' -C "root@$name" -f "$node/etc/ssh/ssh_host_${type}_key"
done

[ "$own" = no ] || "${0%/*}/lan.sh" up "$lan"
ip netns add "csn-$id"
ip -n "csn-$id" link set lo up
ip -n "csn-$lan" link add "v-$id" type veth peer name eth0 netns "csn-$id"
ip -n "csn-$lan" link set "v-$id" master br0 up
ip -n "csn-$id" addr add "$address/24" dev eth0
ip -n "csn-$id" link set eth0 up
ip -n "csn-$id" route add default via "${address%.*}.1"
