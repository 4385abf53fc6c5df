import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '../support/needs.ts';
import { station } from './station.ts';

// What runbooks, install scripts and a trainee write. Each line runs in Debian's dash and on the practice node.
const scripts: readonly string[] = [
  `echo a; (exit 3); echo $?; ! true; echo $?`,
  `set -e; false || echo went on; if false; then :; fi; echo still; false; echo never`,
  `set -eu; f() { false; echo in f; }; f || echo caught; echo "\${x-unset}"; echo $y`,
  `x='a  b'; printf '<%s>' $x "$x"; echo; set -- 1 '2 3'; printf '<%s>' "$@"; printf '<%s>' $*; printf '<%s>' "$*"; echo $#`,
  `set --; printf '<%s>' "$@"; printf '<%s>' "x$@"; printf '<%s>' ''; echo`,
  `IFS=:; x=a::b:; for i in $x; do printf '<%s>' "$i"; done; echo`,
  `v=/usr/local/bin/k3s.tar.gz; echo "\${v##*/}" "\${v%.*}" "\${v%%.*}" "\${v#*/}" "\${#v}"`,
  `echo "\${a:-x y}" "\${a:=def}" "$a" "\${a:+alt}" "\${b+set}"`,
  `echo $((1+2*3)) $((010)) $((0x1f)) $((7/2)) $((-7%3)) $((1<<4)) $((3>2 && 0)) $((2>1 ? 5 : 6))`,
  `i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; echo end $i`,
  `for i in 1 2 3; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done`,
  `until false; do echo once; break; done; case abc in a?c) echo q;; *) echo no;; esac; case x in y|x) echo or;; esac`,
  `case '*' in '*') echo star;; esac; case a in [!b-z]) echo not;; esac; case 7 in [[:digit:]]) echo digit;; esac`,
  `f() { local x=1; y=2; return 7; }; x=0; f; echo $? $x $y; f && echo no || echo $?`,
  `trap 'echo bye $?' EXIT; echo hi; exit 4`,
  `(trap 'echo inner' EXIT; echo sub); echo out; trap 'echo t' EXIT; trap - EXIT`,
  `cat <<E\nhi $HOMEX \`echo b\` $((1+1)) $x "q" 'r'\nE`,
  `cat <<'E'\n$x \`y\` \\z\nE\ncat <<-E\n\tone\n\t\ttwo\n\tE`,
  `echo out; echo err >&2; { echo a; echo b >&2; } 2>&1 | sort; exec 3>&1; echo three >&3; exec 3>&-`,
  `printf '%s|%5d|%-4s|%03d|%x|%o|%c|%%|%b\\n' s 42 l 7 255 8 xyz 'a\\tb'; printf '%s-' 1 2 3; echo; printf '\\101\\n'`,
  `printf 'a b\\nc\\\\d e\\nlast' | while read -r x y; do echo "<$x><$y>"; done; printf 'p q r\\n' | { read a b; echo "$b|$a"; }`,
  `printf 'l1\\nl2\\nl3\\n' | { read x; echo "first $x"; cat; }`,
  `IFS= read -r line <<E\n  keep  \nE\necho "<$line>"`,
  `x=$(printf 'a\\nb\\n\\n'); echo "$x"; echo $x; y=\`echo "q\\\\\\\\r"\`; echo "$y"`,
  `x=$(false); echo $?; x=$(exit 5) || echo got $?; y=1 z=2; echo $y$z; HOME=/x sh -c 'echo $HOME'`,
  `sh -c 'echo $0 $1 $#' name 'a b' c; echo "echo from stdin \\$0" | sh; sh -c 'exit 9'; echo $?`,
  `true && false || echo or; false && echo and; true || echo no; echo a && echo b; [ -n x ] && [ -z '' ] && echo both`,
  `[ 1 -eq 01 ] && [ abc != abd ] && [ ! -e /nonexistent ] && [ -d / ] && [ ! '' ] && echo tests; test a = b; echo $?`,
  `[ \\( a = a -o b = c \\) -a d = d ] && echo nested; [ '(' = '(' ] && echo paren; [ ! ] && echo one`,
  `eval 'a=5; echo $a'; eval "echo \\$a"; set -f; echo *; set +f; : > /dev/null; command -v cd; type nosuchthing >/dev/null 2>&1 || echo none`,
  `umask 027; umask; umask 077; umask; (umask 0); umask`,
  `d=$(mktemp -d); cd "$d"; touch b a 'c d' .hid; echo *; echo ?; for f in c*; do echo "<$f>"; done; echo [ab]; echo nomatch*; cd /; rm -r "$d"`,
  `d=$(mktemp -d); cd "$d"; umask 077; echo x >f; chmod u+x,go=r f; ls -l f | cut -c 1-10; stat -c '%a %s' f; ln -s f l; readlink l; [ -L l ] && echo link; mv f g; [ -e l ] || echo dangling; cd /; rm -rf "$d"; [ -e "$d" ] || echo gone`,
  `d=$(mktemp -d); echo 1 >"$d/a"; cp "$d/a" "$d/b"; echo 2 >>"$d/b"; cat "$d/b"; wc -l <"$d/b"; cmp -s "$d/a" "$d/b" || echo differ; sha256sum <"$d/a"; install -m 0640 "$d/a" "$d/c"; stat -c %a "$d/c"; rm -r "$d"`,
  `printf '3\\n1\\n2\\n' | sort | head -n 2 | tail -n 1; seq 3 | tr '\\n' ,; echo; echo a:b:c | cut -d: -f2; echo Hello | sed 's/l\\+/L/; s/H/J/'`,
  `printf 'k=v\\nx=y\\n' | sed -n 's/^k=//p'; printf 'a 1\\nb 2\\n' | awk '{s+=$2; print $1} END {print s}'; printf 'a\\na\\nb\\n' | uniq -c | awk '{print $1 $2}'`,
  `echo abc | grep -q b && echo yes; echo abc | grep -c z; printf 'a.c\\nabc\\n' | grep -F a.c; printf 'foo\\nbar\\n' | grep -v foo; echo aXb | grep -o '[A-Z]'; printf 'one\\ntwo\\n' | grep -E '^(one|x)$'`,
  `printf 'a\\nb\\nc\\nd\\n' | grep -A1 b; grep -s x /nonexistent; echo $?; printf 'w1 w2\\n' | grep -w w1; printf 'A\\n' | grep -i a; printf '1\\n2\\n' | grep -n 2`,
  `sleep 0.1 & p=$!; kill -0 $p && echo running; wait $p; echo $?; sh -c 'exit 6' & wait $!; echo $?`,
  `sleep 5 & p=$!; kill $p; wait $p; echo $?; kill -0 $p 2>/dev/null || echo ended`,
  `(echo bg; exit 2) & wait; echo after; { sleep 0.1; echo late; } & echo early; wait`,
  `seq 1 100000 | head -n 1; yes | head -n 2; echo $?`,
  `timeout 0.2 sleep 5; echo $?; timeout 5 true; echo $?; env -i A=1 sh -c 'echo $A-$HOME'; env B=2 sh -c 'echo $B'`,
  `echo a b c | xargs -n 1 echo item; printf 'x\\0y z\\0' | xargs -0 -n1 echo; echo 5 | xargs -I{} echo '[{}]'`,
  `d=$(mktemp -d); mkdir -p "$d/x/y"; touch "$d/x/f.txt" "$d/x/y/g.txt"; cd "$d"; find . -name '*.txt' | sort; find . -type d | sort; find . -name f.txt -exec echo got {} \\;; cd /; rm -rf "$d"`,
  `dd if=/dev/zero bs=1024 count=3 2>/dev/null | wc -c; printf 'abcdef' | dd bs=1 skip=2 count=3 2>/dev/null; echo; head -c 4 /dev/zero | od -An -tx1 | tr -d ' '`,
  `basename /a/b.txt .txt; dirname /a/b/c; basename /; dirname x; expr 1 + 2; expr abc : 'a\\(.\\)'`,
  `date -u -d @0 +%Y-%m-%dT%H:%M:%SZ; date -u -d '2026-01-02 03:04:05' +%s`,
  `nosuchcommand_x; echo $?; /nonexistent/x; echo $?; . /nonexistent/y; echo never`,
  `echo x >/nonexistent/dir/file; echo $?; cat </nonexistent/file; echo $?; : \${undefined_thing?is missing}; echo never`,
  `shift 2>/dev/null; set -- a b c; shift 2; echo $1; while getopts ab:c o -a -b val -c; do echo "$o $OPTARG"; done`,
  `a=1; readonly a; (a=2) 2>/dev/null; echo $?; unset b; echo "\${b-no}"; export c=3; sh -c 'echo $c'`,
  `f() { echo "$1"; [ "$1" -gt 0 ] && f $(($1-1)); }; f 3`,
  `x=1; { x=2; }; echo $x; (x=3); echo $x; echo 4 | { read x; }; echo $x; x=5 true; echo $x; x=6 :; echo $x`,
  `echo "a\\nb"; echo -n no; echo; echo 'it'"'"'s' "\\"q\\"" \\\\ '\\'; printf '%s\\n' "\\$x" '$x' \\$x "a\\b"`,
  `if [ -r /etc/passwd ]; then echo r; fi; [ -w / ] ; [ -x /bin/sh ] && echo x; [ -s /etc/passwd ] && echo s; [ -f / ] || echo nofile`,
];

test('scripts answer on the practice node as they do in dash', needs('dash'), async t => {
  const node = await station(t);
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/root' };
  const wrong: string[] = [];
  for (const script of scripts) {
    const real = spawnSync('/bin/dash', ['-c', script, 'sh'], { env, encoding: 'utf8' });
    const ours = await node.run(`sh -c '${script.replaceAll("'", "'\\''")}' sh`);
    if (ours.status === real.status && ours.stdout === real.stdout) continue;
    wrong.push(
      `${script}\n dash ${real.status}: ${real.stdout}${real.stderr}\n here ${ours.status}: ${ours.stdout}${ours.stderr}`,
    );
  }
  assert.equal(wrong.join('\n\n'), '');
});
