#!/bin/sh
# Ends a node at once, as a pulled plug does (off), or ends it and takes away all it had (away). Safe to repeat.
# usage: down.sh off|away STATE ID LAN OWNLAN(yes|no)
set -u
what=$1 state=$2 id=$3 lan=$4 own=$5
groups=$(ls -d /sys/fs/cgroup/systemd/csn-"$id" /sys/fs/cgroup/unified/csn-"$id" /sys/fs/cgroup/csn-"$id" 2>/dev/null)
for try in 1 2 3 4 5 6 7 8 9 10; do
  alive=
  for group in $groups; do
    for pid in $(find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null); do
      alive=1
      kill -9 "$pid" 2>/dev/null
    done
  done
  [ -n "$alive" ] || break
  sleep 0.05
done
for group in $groups; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; done
[ "$what" = away ] || exit 0
umount "$state/disk/root" 2>/dev/null || umount -l "$state/disk/root" 2>/dev/null
umount "$state/disk" 2>/dev/null || umount -l "$state/disk" 2>/dev/null
# The pair of links outlives its namespace for a moment; taken by hand first, the name is free at once.
ip -n "csn-$lan" link del "v-$id" 2>/dev/null
ip netns del "csn-$id" 2>/dev/null
[ "$own" = no ] || "${0%/*}/lan.sh" down "$lan"
rm -rf --one-file-system "$state"
exit 0
