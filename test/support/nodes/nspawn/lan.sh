#!/bin/sh
# A network for nodes, cut off from everything else: a bridge at 10.0.1.1 in a namespace of its own.
# usage: lan.sh up|down LAN
set -eu
lan=csn-$2
if [ "$1" = down ]; then
  ip netns del "$lan" 2>/dev/null || true
  exit 0
fi
ip netns add "$lan"
ip -n "$lan" link set lo up
ip -n "$lan" link add br0 type bridge
ip -n "$lan" addr add 10.0.1.1/24 dev br0
ip -n "$lan" link set br0 up
