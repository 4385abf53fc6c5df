#!/bin/sh
# Runs one nspawn node on this terminal until it powers off; a reboot of the guest is nspawn's exit 133.
# usage: loop.sh STATE ID NAME
set -eu
state=$1 id=$2 name=$3
# What a getty on a serial line takes for its terminal.
export TERM=vt220
# A cgroup of its own: killing nspawn leaves its guest alive, and only the cgroup knows all of it.
for at in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
  [ -e "$at/cgroup.procs" ] || continue
  mkdir -p "$at/csn-$id"
  echo $$ >"$at/csn-$id/cgroup.procs"
done
while :; do
  status=0
  systemd-nspawn -q -D "$state/disk/root" -b --register=no --keep-unit --resolv-conf=off --timezone=off \
    --network-namespace-path="/run/netns/csn-$id" --machine="$name" --console=interactive || status=$?
  [ "$status" = 133 ] || exit "$status"
done
