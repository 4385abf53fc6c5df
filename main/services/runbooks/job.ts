import { FieldError } from '../../../preload/contract/failure.ts';
import { script } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import type { Hands } from './book.ts';

/** Everything a run leaves on a node while it works; in memory, so a reboot clears it. */
export const nodeFolder = '/run/coldstart';
/** Stands for the run's id in a plan, which is shown before there is one. */
export const anyRun = 'RUN-ID';

const jobFolder = (run: string, name: string): string => `${nodeFolder}/${run}/${name}`;

/**
 * Starts work that outlives the connection. The first thing it does is make the folder `claim`, so however often it is
 * started it runs once. systemd runs it outside the login session where it can; elsewhere a session of its own does.
 * `work` is a file of ours and its status is written by us: systemd's word for an unknown unit is "success".
 */
const startScript = String.raw`# start work that goes on without us
dir=$1 work=$2 unit=$3
mkdir -p "$dir" && chmod 0755 /run/coldstart && chmod 0700 "$dir" || exit 1
[ -d "$dir/claim" ] && { echo claimed; exit 0; }
printf '%s\n' "$work" >"$dir/work"
cat >"$dir/wrap" <<'end'
cd / || exit 1
mkdir "$1/claim" 2>/dev/null || exit 0
echo "$$" >"$1/pid"
sh "$1/work" >"$1/log" 2>&1 </dev/null
echo "$?" >"$1/status.part"
mv "$1/status.part" "$1/status"
exit 0
end
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1 && systemd-run --quiet --unit="$unit" /bin/sh "$dir/wrap" "$dir" >/dev/null 2>&1 </dev/null; then :
elif command -v setsid >/dev/null 2>&1; then setsid sh "$dir/wrap" "$dir" >/dev/null 2>&1 </dev/null &
else nohup sh "$dir/wrap" "$dir" >/dev/null 2>&1 </dev/null &
fi
n=0
while [ ! -d "$dir/claim" ] && [ "$n" -lt 30 ]; do n=$((n + 1)); sleep 0.1 2>/dev/null || sleep 1; done
[ -d "$dir/claim" ] && echo started`;

/**
 * Says `none 0`, `running N`, `gone N` or `done <status> N`, then N bytes of the log from an offset on. The state is read
 * before the log, so a finished job's log is whole.
 */
const followScript = String.raw`# how is the work going, and what did it say?
dir=$1 from=$2 most=$3
alive() {
  p=$(cat "$dir/pid" 2>/dev/null); [ -n "$p" ] || return 0
  kill -0 "$p" 2>/dev/null || [ -d "/proc/$p" ] || return 1
  case $(sed 's/^.*) //' "/proc/$p/stat" 2>/dev/null) in Z*) return 1 ;; esac
}
if [ ! -d "$dir/claim" ]; then echo none 0; exit 0
elif [ -f "$dir/status" ]; then s="done $(cat "$dir/status")"
elif alive; then s=running
elif [ -f "$dir/status" ]; then s="done $(cat "$dir/status")"
else s=gone; fi
n=0; [ -f "$dir/log" ] && n=$(($(wc -c <"$dir/log") - from))
[ "$n" -le "$most" ] || n=$most
[ "$n" -gt 0 ] || n=0
echo "$s $n"
[ "$n" -eq 0 ] || tail -c "+$((from + 1))" "$dir/log" | head -c "$n"
exit 0`;

/** Ends the work and what it started: the session it leads, or the processes below it. */
const stopScript = String.raw`# end the work and what it started
p=$(cat "$1/pid" 2>/dev/null) || exit 0
kill -TERM "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null
n=0
while kill -0 "$p" 2>/dev/null && [ "$n" -lt 5 ]; do n=$((n + 1)); sleep 1; done
kill -0 "$p" 2>/dev/null && kill -KILL "-$p" 2>/dev/null
exit 0`;

/** The command that starts a job; `name` carries the attempt, e.g. `install.1`. */
export const startJob = (run: string, name: string, work: Sh): Sh =>
  script(
    startScript,
    jobFolder(run, name),
    work.text,
    `coldstart-${run.slice(0, 8)}-${name.replace('.', '-')}`,
  );

const mostBytes = 65_536;
export const followJob = (run: string, name: string, offset: number): Sh =>
  script(followScript, jobFolder(run, name), String(offset), String(mostBytes));
export const stopJob = (run: string, name: string): Sh => script(stopScript, jobFolder(run, name));

/** What a job's node says of it: its log from the asked offset, `bytes` long there. */
export type JobState = { readonly log: string; readonly bytes: number } & (
  { readonly is: 'none' | 'running' | 'gone' } | { readonly is: 'done'; readonly code: number }
);

/** Reads the answer of `followJob`. */
export function jobState(stdout: string): JobState | undefined {
  const found = /^(?:(none|running|gone)|done (\d+)) (\d+)\n/.exec(stdout);
  if (!found) return undefined;
  const rest = { log: stdout.slice(found[0].length), bytes: Number(found[3]) };
  return found[2] === undefined
    ? { is: found[1] as 'none' | 'running' | 'gone', ...rest }
    : { is: 'done', code: Number(found[2]), ...rest };
}

/** How a job ended: with a status, or it was never there or is gone without one (a reboot, a kill). */
export type JobEnd =
  | { readonly is: 'done'; readonly code: number; readonly tail: string }
  | { readonly is: 'none' | 'gone'; readonly tail: string };

/** Where the log goes: each new piece once, in order. */
export type OnLog = (text: string) => Promise<void> | void;

/**
 * Follows a job until it ended. Throws `timed-out` after `timeoutMs` (the work goes on), and when stopped on purpose ends
 * the work first. A lost link leaves the work alone.
 */
export async function follow(hands: Hands, name: string, timeoutMs: number, onLog: OnLog): Promise<JobEnd> {
  const until = hands.monotonic() + timeoutMs;
  let offset = 0;
  let tail = '';
  let pause = 200;
  try {
    for (;;) {
      const exit = await hands.exec(followJob(hands.run, name, offset), {
        as: 'root',
        again: true,
        timeoutMs: 60_000,
        keepBytes: mostBytes * 2,
      });
      const state = jobState(exit.stdout);
      if (!state) throw unreadable(hands.node.name, exit.stderr);
      offset += state.bytes;
      if (state.bytes > 0) await onLog(state.log);
      tail = (tail + state.log).slice(-8000);
      // a log longer than one answer is read to its end before the status counts
      if (state.bytes >= mostBytes) continue;
      if (state.is === 'done') return { is: 'done', code: state.code, tail };
      if (state.is !== 'running') return { is: state.is, tail };
      if (hands.monotonic() > until) throw tooLong(hands.node.name, timeoutMs);
      await hands.sleep(pause);
      pause = Math.min(pause * 1.5, 2000);
    }
  } catch (thrown) {
    if (hands.signal.aborted) await stop(hands, name);
    throw thrown;
  }
}

/** Ends a job although the run's own signal is aborted already. Its failure is nobody's news: the run is over. */
async function stop(hands: Hands, name: string): Promise<void> {
  if (hands.signal.reason === leavingJobsAlone) return;
  await hands.link
    .exec(stopJob(hands.run, name), { as: 'root', signal: AbortSignal.timeout(15_000), timeoutMs: 15_000 })
    .catch(() => undefined);
}

/** The reason an app that closes gives: what runs detached goes on, and the run can be continued. */
export const leavingJobsAlone: Error = Object.assign(new Error('Coldstart is being closed.'), {
  name: 'AbortError',
});

const unreadable = (about: string, said: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `The node did not tell how its work is going${said.trim() === '' ? '' : `: ${said.trim().slice(0, 200)}`}.`,
    about,
    untouched: 'The work on the node was left alone.',
    next: 'Continue the run; it asks again.',
  });

const tooLong = (about: string, ms: number): FieldError =>
  new FieldError({
    code: 'timed-out',
    says: `The work on the node was not done within ${Math.round(ms / 60_000)} min.`,
    about,
    untouched: 'It was not stopped and may still end well.',
    next: 'Continue the run to look again, or look at the node in the terminal.',
  });
