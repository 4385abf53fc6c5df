import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { guardScript } from '../../main/core/wan/guard-script.ts';
import { folder } from './folder.ts';
import type { RecorderShell } from './recorder.ts';

/** A stand-in for `k3s kubectl`: nodes are lines `name|cordoned|annotation` of a file. It does what the guard asks, no more. */
export const standInKubectl = String.raw`#!/bin/sh
at=$(dirname "$0")
shift
[ "$1" = --request-timeout=20s ] && shift
echo "$*" >>"$at/asked"
[ ! -e "$at/api-down" ] || { echo 'connection refused' >&2; exit 1; }
change() { awk -F'|' -v OFS='|' -v n="$1" -v f="$2" -v v="$3" '$1 == n { $f = v } { print }' "$at/nodes" >"$at/nodes.new" && mv "$at/nodes.new" "$at/nodes"; }
case "$1 $2" in
'get cronjobs') echo cronjob.batch/backup ;;
'get nodes') cat "$at/nodes" ;;
'cordon '*) [ ! -e "$at/dies-at-cordon" ] || { kill -9 "$PPID"; exit 1; }; change "$2" 2 true ;;
'uncordon '*) change "$2" 2 '' ;;
'annotate node') for a in "$@"; do case $a in coldstart.io/wan-guard=*) change "$3" 3 "$(echo "$a" | cut -d = -f 2)" ;; coldstart.io/wan-guard-) change "$3" 3 '' ;; esac; done ;;
*) exit 2 ;;
esac
`;

export interface GuardedSite {
  /** Lines `name|cordoned|annotation`. */
  nodes(): string[];
  put(file: 'nodes' | 'api-down' | 'dies-at-cordon', text: string): void;
  take(file: 'api-down' | 'dies-at-cordon'): void;
  asked(): string;
  /** Forgets what lay in memory, as a restart does. */
  restart(): void;
  /** One tick after so many seconds; the way out is there, is gone, or cannot be asked for. */
  tick(
    seconds: number,
    way: 'up' | 'down' | 'unknown',
  ): { readonly code: number | null; readonly stdout: string };
  release(): { readonly code: number | null; readonly stdout: string };
}

/** The guard of server `cp1` in one of the shells, with a clock and a way out of the test's own. */
export function guardedSite(t: TestContext, shell: RecorderShell): GuardedSite {
  const at = folder(t);
  const [bin, root, run, script, conf] = ['bin', 'root', 'run', 'guard', 'conf'].map(name =>
    join(at, name),
  ) as [string, string, string, string, string];
  mkdirSync(bin);
  mkdirSync(join(root, 'proc'), { recursive: true });
  writeFileSync(join(at, 'k3s'), standInKubectl, { mode: 0o755 });
  writeFileSync(script, guardScript);
  // What the targets answer is the test's to give: 0, 1, or 2 where nobody can ask.
  writeFileSync(
    conf,
    `root=${root} run=${run} k3s=${at}/k3s me=cp1 targets=icmp:192.0.2.1\nprobe() { return "$(cat ${at}/way)"; }\n`,
  );
  spawnSync('busybox', ['--install', '-s', bin]);
  const path = shell === 'busybox alone' ? bin : `${bin}:${process.env['PATH'] ?? ''}`;
  const [program, ...words] = (shell === 'dash' ? ['dash', script] : ['busybox', 'ash', script]) as [
    string,
    ...string[],
  ];
  let uptime = 100;
  const verb = (name: string): { code: number | null; stdout: string } => {
    writeFileSync(join(root, 'proc', 'uptime'), `${uptime}.00 1.00\n`);
    const { status, stdout } = spawnSync(program, [...words, name], {
      encoding: 'utf8',
      env: { PATH: path, GUARD_PATH: path, GUARD_CONF: conf },
      timeout: 60_000,
    });
    return { code: status, stdout };
  };
  return {
    nodes: () => readFileSync(join(at, 'nodes'), 'utf8').trim().split('\n'),
    put: (file, text) => {
      writeFileSync(join(at, file), text);
    },
    take: file => {
      rmSync(join(at, file));
    },
    asked: () => {
      try {
        return readFileSync(join(at, 'asked'), 'utf8');
      } catch {
        return '';
      }
    },
    restart: () => {
      rmSync(run, { recursive: true, force: true });
      uptime = 20;
    },
    tick(seconds, way) {
      uptime += seconds;
      writeFileSync(join(at, 'way'), String({ up: 0, down: 1, unknown: 2 }[way]));
      return verb('tick');
    },
    release: () => verb('release'),
  };
}
