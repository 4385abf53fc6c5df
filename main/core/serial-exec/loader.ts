import { createHash } from 'node:crypto';
import { refusalOf, sumDigits } from './wire.ts';

/**
 * The two things that are typed at a node's own shell. Everything later goes to the loop they start.
 *
 * `typed` is read by whatever login shell stands there (bash, dash, busybox ash, zsh, fish, tcsh, mksh), so it is one
 * word in single quotes that all of them pass on unchanged. It is the one line that a shell parses before anything was
 * checked. Damaged it can do no harm: what it would run is `payload`, read as data and compared with the hash in the
 * same line before `eval` sees it; a damage to the hash, to the comparison or to a name leaves nothing that matches.
 * Without one of its quotes it is a syntax error. It goes to /proc first, where not even root can make a file by a stray
 * `>`, and its long word has a `/`, so that it cannot become a file name either. `payload` is sent only after `ready` was
 * printed, which the line itself does not contain: so it never reaches a shell that reads commands.
 *
 * `payload` is a loop that runs only lines with the right sum. It is short, for on a bad line both of these have to come
 * through whole; the loop that stays (`loop`) is brought by requests to this one.
 */
export interface Loader {
  readonly typed: string;
  readonly ready: string;
  readonly payload: string;
  /** Printed when the first loop stands. */
  readonly standing: string;
  /** Printed when the payload came damaged. */
  readonly refused: string;
}

/** `seed` is a fresh random hex word of 8 digits, `salt` another one that every request of the link is summed with. */
export function loader(seed: string, salt: string): Loader {
  const half = `${seed.slice(0, 3)}""${seed.slice(3)}`;
  const payload =
    `echo %up${half}%;k=${salt};while read -r s b;do h=$(printf %s "$k$b"|sha256sum);` +
    `case \${#s}:$h in ${sumDigits}:"$s"*)eval "$b";;0:*);;*)echo "${refusalOf(salt)}";;esac;done`;
  const hash = createHash('sha256').update(`${payload}\n`).digest('hex').slice(0, sumDigits);
  const check = `case $(echo "$a"|sha256sum) in ${hash}*)eval "$a";;*)echo no${half};;esac`;
  return {
    typed: ` sh -c 'cd /proc&&echo cs${half}&&read -r a;${check}'`,
    ready: `cs${seed}`,
    payload,
    standing: `%up${seed}%`,
    refused: `no${seed}`,
  };
}

/** Ends of 25 s in which nothing came, until the node stops listening: ten minutes. */
const patience = 24;
const tagOf = `t=\${h#${'?'.repeat(sumDigits)}};t=\${t%"\${t#????????}"}`;

/** What lets the first loop answer at all; the agent has this function again, in a form that is quicker. */
export const firstWords = `a(){ ${tagOf};r="$t $*";h=$(printf %s "$k$r"|sha256sum);printf "%%%s %.16s %s%%\\n" "$r" "$h" "$t";};a ok`;

/**
 * Takes the terminal: nothing typed comes back, no character means anything, and a read ends after 25 s of silence.
 * `g` keeps the settings it had.
 */
export const takeTerminal = (softwareFlow: boolean): string =>
  `[ "$g" ]||g=$(stty -g);stty raw -echo ${softwareFlow ? 'ixon ixoff ' : ''}min 0 time 250;a ok`;

/**
 * The loop that stays, until nothing came for ten minutes: so a pulled cable does not leave a shell behind. It gives the
 * terminal its settings back and does what `l` says last.
 */
export const loop = (salt: string): string =>
  `i=0;l=:;while [ $i -lt ${patience} ];do if read -r s b;then i=0;h=$(printf %s "$k$b"|sha256sum);` +
  `case \${#s}:$h in ${sumDigits}:"$s"*)${tagOf};eval "$b";;0:*);;*)echo "${refusalOf(salt)}";;esac;` +
  `else i=$((i+1));fi;done;stty "$g";eval "$l";exit`;
