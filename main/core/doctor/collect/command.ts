import { quoted, script } from '../../sh.ts';
import type { Sh } from '../../sh.ts';
import type { Chapter } from './item.ts';

/**
 * What every item finds. `$d` is looked up in the item, not before it: on a dying card reading a configuration file may
 * hang, and only an item can be left alone.
 */
const library = String.raw`LC_ALL=C SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 TERM=dumb NO_COLOR=1 PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL SYSTEMD_PAGER SYSTEMD_COLORS TERM NO_COLOR PATH
has() { command -v "$1" >/dev/null 2>&1; }
no() { echo "$1"; exit 3; }
skip() { echo "$1"; exit 4; }
root() { [ "$(id -u)" = 0 ] || no 'Only root may read this.'; }
get() { if has curl; then curl -gsk -m 5 "$1"; elif has wget; then wget -qO- -T 5 --no-check-certificate "$1"; else return 9; fi; }
d=; f=/etc/rancher/k3s/config.yaml
[ -r "$f" ] && while read -r key value; do [ "$key" = data-dir: ] && d=$value; done <"$f"
case $d in [\"\']*) d=${'${d#?}'}; d=${'${d%?}'} ;; esac
[ -n "$d" ] || d=/var/lib/rancher/k3s
`;

/**
 * Asks the items one after the other. Each runs in a session of its own, in the background, with its output in memory
 * (/run, so nothing is written to a dying card). Who waits for it is another process than who runs it: a command that is
 * stuck in the kernel ignores every signal, so the waiting one is ended and the stuck one left alone.
 *
 * Says `@id status bytes` for each, its output behind it with `|` before each line, and `@end` last.
 */
const head = String.raw`# look at this machine and change nothing
umask 077; k=0; w=
for at in /run /dev/shm /dev /tmp; do w=$at/coldstart-doctor.$$; mkdir "$w" 2>/dev/null && break; w=; done
[ -n "$w" ] || { echo '@nowhere'; exit 1; }
trap 'rm -rf "$w"' EXIT; trap 'exit 1' HUP INT TERM
HOME=$w; export HOME
own=; command -v setsid >/dev/null 2>&1 && own=setsid
ask() {
  k=$((k + 1)); o=$w/$k
  (
    $own sh -c "ulimit -f 8192 >/dev/null 2>&1
$lib$4" >"$o.out" 2>&1 </dev/null &
    echo "$!" >"$o.pid"; wait "$!"; echo "$?" >"$o.rc"
  ) >/dev/null 2>&1 </dev/null &
  m=$!
  (
    n=$2
    while [ -d "$w" ] && [ ! -e "$o.rc" ]; do
      [ "$n" -gt 0 ] || { kill -9 "$m"; break; }
      n=$((n - 1)); sleep 1
    done
  ) >/dev/null 2>&1 </dev/null &
  wait "$m" 2>/dev/null
  s=; { read -r s <"$o.rc"; } 2>/dev/null
  if [ -z "$s" ]; then
    s=late; echo late >"$o.rc"; p=; { read -r p <"$o.pid"; } 2>/dev/null
    [ -z "$p" ] || { kill -9 "-$p"; kill -9 "$p"; } 2>/dev/null
  fi
  b=$(($(wc -c <"$o.out")))
  echo "@$1 $s $b"
  { tail -c "$3" "$o.out"; echo; } | sed 's/^/|/'
  rm -f "$o.out"
}
`;

/** Serial lines are slow and logs are wordy: packed, they are a tenth. `@packed` tells, and base64 keeps it text. */
const packing = String.raw`
if command -v gzip >/dev/null 2>&1 && command -v base64 >/dev/null 2>&1; then echo '@packed'; all 2>&1 | gzip -9 -c | base64
else all; fi
`;

/** Everything one chapter takes at most, in seconds; some more than its items, for the shells between them. */
export const longest = ({ items }: Chapter): number => items.reduce((sum, { seconds }) => sum + seconds, 10);

/** The one command that asks a chapter's items. `packed` for a slow line. */
export function chapterCommand({ items }: Chapter, { packed }: { readonly packed: boolean }): Sh {
  const asks = items
    .map(({ id, seconds, keep, ask }) => `ask ${id} ${seconds} ${keep} ${quoted(ask)}`)
    .join('\n');
  const body = packed ? `all() {\n${asks}\necho '@end'\n}${packing}` : `${asks}\necho '@end'\n`;
  return script(`lib=${quoted(library)}\n${head}${body}`);
}
