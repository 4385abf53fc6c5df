import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { script, sh } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';

/** A path no tool takes for an option or for stdin. */
export const asPath = (path: string): string => (path.startsWith('/') ? path : `./${path}`);

const beside = (path: string, name: string): string => posix.join(posix.dirname(asPath(path)), name);

/** A name nobody can guess, for a file that is renamed to `path` when it is complete. */
export const temporary = (path: string): string =>
  beside(path, `.coldstart-${randomBytes(9).toString('hex')}.tmp`);

/** The name under which `content` on its way to `path` waits to be complete; the same again for the same content. */
export const partial = (path: string, content: string): string =>
  beside(
    path,
    `.coldstart-${createHash('sha256').update(`${path}\0${content}`).digest('hex').slice(0, 24)}.part`,
  );

/** Exit statuses of our own in the scripts below. */
export const isFolder = 121;
export const cutShort = 122;
export const differs = 123;

/** Type, bytes, mode in octal, uid, gid, time of change, one per line. */
export const statOf = (path: string): Sh => sh`stat -L -c ${'%F\n%s\n%a\n%u\n%g\n%Y'} ${asPath(path)}`;

/** At most so many bytes from the beginning. */
export const headOf = (path: string, bytes: number): Sh => sh`head -c ${bytes} ${asPath(path)}`;

/** `sync FILE` is fsync with coreutils and newer busybox; older ones sync everything. */
const settle = (word: string): string => `{ sync ${word} 2>/dev/null || sync; }`;

/** From a complete temporary file to its place: owner, mode, on disk, then the new name, and that on disk too. */
const intoPlace = `[ -z "$owner" ] || chown "$owner" "$t"
chmod "$mode" "$t"
${settle('"$t"')}
mv -f "$t" "$p"
${settle('"$d"')}`;

/** Writes stdin to a file. A connection that breaks looks like the end of stdin, so the length is checked before. */
export const writeFrom = (path: string, bytes: number, mode: number, owner: string): Sh =>
  script(
    `set -e
p=$1 t=$2 d=$3 bytes=$4 mode=$5 owner=$6
[ ! -d "$p" ] || exit ${isFolder}
umask 077
trap 'rm -f "$t"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$t"
[ "$(wc -c <"$t")" -eq "$bytes" ] || exit ${cutShort}
${intoPlace}
trap - EXIT`,
    asPath(path),
    temporary(path),
    posix.dirname(asPath(path)),
    String(bytes),
    mode.toString(8),
    owner,
  );

/** SHA-256 of stdin. OpenSSL's is several times faster than that of coreutils or busybox. */
const hashStdin = `if openssl version >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi`;

/** Prints the SHA-256 of so many chunks of a file, one per line, from a chunk number on. */
export const chunkHashes = (path: string, first: number, count: number, chunkBytes: number): Sh =>
  script(
    `if openssl version >/dev/null 2>&1; then sum() { openssl dgst -sha256 -r; }; else sum() { sha256sum; }; fi
i=$2
while [ "$i" -lt "$3" ]; do dd if="$1" bs="$4" skip="$i" count=1 2>/dev/null | sum; i=$((i + 1)); done`,
    path,
    String(first),
    String(first + count),
    String(chunkBytes),
  );

/** Cuts a partial file off behind so many chunks. */
export const cutPart = (part: string, chunks: number, chunkBytes: number): Sh =>
  sh`dd if=/dev/null of=${part} bs=${chunkBytes} seek=${chunks} count=0`;

/** Prints the SHA-256 of a file, and more after it. */
export const hashOf = (path: string): Sh => script(`{ ${hashStdin}; } <"$1"`, asPath(path));

/** Makes the partial file if need be and prints how much it holds; one that holds too much starts anew. */
export const beginPart = (path: string, part: string, bytes: number): Sh =>
  script(
    `set -e
[ ! -d "$1" ] || exit ${isFolder}
umask 077
: >>"$2"
n=$(wc -c <"$2")
if [ "$n" -gt "$3" ]; then : >"$2"; n=0; fi
echo "$n"`,
    asPath(path),
    part,
    String(bytes),
  );

/** Adds stdin to the partial file. */
export const appendTo = (part: string): Sh => script(`umask 077; cat >>"$1"`, part);

/** Writes a little beside the partial file and removes it again: only the shell says why writing does not work. */
export const tryWriting = (part: string): Sh =>
  script(`trap 'rm -f "$1"' EXIT; head -c 131072 /dev/zero >"$1"`, `${part}.try`);

/** Puts the partial file in place if it is what it should be; otherwise removes it. Prints its SHA-256. */
export const finishPart = (path: string, part: string, sha256: string, mode: number, owner: string): Sh =>
  script(
    `set -e
p=$1 t=$2 d=$3 want=$4 mode=$5 owner=$6
[ ! -d "$p" ] || exit ${isFolder}
sum=$({ ${hashStdin}; } <"$t")
sum=\${sum%% *}
echo "$sum"
if [ "$sum" != "$want" ]; then rm -f "$t"; exit ${differs}; fi
${intoPlace}`,
    asPath(path),
    part,
    posix.dirname(asPath(path)),
    sha256,
    mode.toString(8),
    owner,
  );

/** Blocks of a file, each when its number comes on stdin. The loop ends with the first one that cannot be read. */
export const blocksOf = (path: string, blockBytes: number): Sh =>
  script(
    `while read -r i; do dd if="$1" bs="$2" skip="$i" count=1 || exit 1; done`,
    asPath(path),
    String(blockBytes),
  );

/** A file from an offset on. */
export const restOf = (path: string, offset: number): Sh =>
  offset === 0 ? sh`cat ${asPath(path)}` : sh`tail -c ${`+${offset + 1}`} ${asPath(path)}`;
