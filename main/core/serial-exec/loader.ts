import { createHash } from 'node:crypto';
import { sumDigits } from './wire.ts';

/**
 * The two things that are typed at a node's own shell. Everything later goes to the loop they start.
 *
 * `typed` is read by whatever login shell stands there (bash, dash, busybox ash, zsh, fish, tcsh, mksh), so it has one
 * word in single quotes that all of them pass on unchanged. It is the one line that a shell parses before anything was
 * checked. Damaged it can do nothing: what it would run is `payload`, read as data and compared with the hash in the
 * same line before `eval` sees it; a damage to the hash, the comparison or the names leaves nothing that matches. Without its
 * quotes it is a syntax error. It goes to /proc first, where not even root can make a file by a stray `>`, and has a `/`
 * in its only long word, so that this word is no file name in any folder. `payload` is sent only after `ready` was
 * printed, which the line does not contain: so it never reaches a shell that reads commands.
 */
export interface Loader {
  readonly typed: string;
  readonly ready: string;
  readonly payload: string;
  /** Printed when the loop stands. */
  readonly standing: string;
}

/** Ends of 25 s in which nothing came, until the node stops listening: ten minutes. */
const patience = 24;

/**
 * The loop: reads lines, runs what carries the right sum. `min 0 time 250` makes a read end after 25 s of silence, so
 * that a pulled cable does not leave a shell behind. `l` is set later to what must be done at the end.
 */
const loop = (salt: string, standing: string, flow: string): string =>
  `g=$(stty -g);stty raw -echo ${flow}min 0 time 250;k=${salt};i=0;l=:;echo %${standing.slice(0, 4)}""${standing.slice(4)}%;` +
  `while [ $i -lt ${patience} ];do if read -r s b;then i=0;h=$(printf %s "$k$b"|sha256sum);` +
  `case \${#s}:$h in ${sumDigits}:"$s"*)t=\${h#${'?'.repeat(sumDigits)}};t=\${t%"\${t#????????}"};eval "$b";;` +
  `0:*);;*)echo %?%;;esac;else i=$((i+1));fi;done;stty "$g";eval "$l"`;

/** `seed` is a fresh random hex word of at least 12 digits, `salt` another one. */
export function loader(seed: string, salt: string, softwareFlow = false): Loader {
  const ready = `cs${seed}`;
  const standing = `up${seed}`;
  const payload = loop(salt, standing, softwareFlow ? 'ixon ixoff ' : '');
  const hash = createHash('sha256').update(`${payload}\n`).digest('hex').slice(0, sumDigits);
  const half = `${ready.slice(0, 4)}""${ready.slice(4)}`;
  const inner = `cd /proc&&echo ${half}&&read -r a;case $(echo "$a"|sha256sum) in ${hash}*)eval "$a";;esac`;
  return { typed: ` sh -c '${inner}'`, ready, payload, standing };
}
