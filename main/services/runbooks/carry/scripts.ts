import { script } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import { carryFolder } from '../../../core/carry/names.ts';
import { nodeFolder } from '../job.ts';

/** Where the node shows its devices; a test brings its own. */
export interface Where {
  readonly sys: string;
  readonly dev: string;
  /** Below it the stick is mounted. Outside of the runs' own folders, which are removed with all that is in them. */
  readonly at: string;
}
const onNode: Where = { sys: '/sys', dev: '/dev', at: `${nodeFolder}/stick` };
/** Looking and copying have a mount each: work that goes on after a break is not disturbed by a look. */
const looking = ({ at }: Pick<Where, 'at'>): string => `${at}/look`;
const copying = ({ at }: Pick<Where, 'at'>): string => `${at}/copy`;

/**
 * Finds what is removable or sits on USB, and mounts it to be read only. ext4 is told not to replay its journal, which
 * would write to the stick even so. Whatever ends the script, the stick is unmounted.
 */
const stickScript = String.raw`sys=$1 dev=$2 at=$3 folder=$4; shift 4; mine=$(dirname "$at")
LC_ALL=C; export LC_ALL
loose() { n=0; while grep -qF " $at " /proc/self/mountinfo && [ "$n" -lt 20 ]; do
  umount "$at" 2>/dev/null || { n=$((n + 1)); [ "$n" -lt 15 ] || umount -l "$at" 2>/dev/null; sleep 0.2 2>/dev/null || sleep 1; }
done; }
part= cp=
bye() { s=$?; trap '' HUP INT TERM; [ -z "$cp" ] || kill "$cp" 2>/dev/null; [ -z "$part" ] || rm -f "$part"; loose; rm -f "$at.said"; rmdir "$at" "$mine" 2>/dev/null; exit "$s"; }
trap bye EXIT; trap 'exit 1' HUP INT TERM
sticks() { for d in "$sys"/block/*; do
  b=$(basename "$d")
  case $b in loop*|ram*|zram*|sr*|fd*|dm-*|md*) continue ;; esac
  [ -e "$d/size" ] && [ "$(cat "$d/size")" != 0 ] || continue
  case "$(cat "$d/removable" 2>/dev/null) $(cd "$d" && pwd -P)" in 1*|*/usb[0-9]*) ;; *) continue ;; esac
  p=; for c in "$d/$b"*; do [ -e "$c/partition" ] && { p=1; echo "$(basename "$c") $(cat "$c/dev")"; }; done
  [ -n "$p" ] || echo "$b $(cat "$d/dev")"
done; }
held() { while read -r i p no root to rest; do
  [ "$no" = "$1" ] || continue; case $to in "$mine"/*) ;; *) echo "$to"; break ;; esac
done </proc/self/mountinfo; }
kind() { h=$(head -c 512 "$dev/$1" 2>/dev/null | tr -cd 'A-Z0-9')
  case $h in EXFAT*|*EXFAT*) fs=exfat ;; *NTFS*) fs=ntfs ;; *FAT32*|*FAT16*|*FAT12*) fs=vfat ;;
  *) fs=unknown; case $(dd if="$dev/$1" bs=1 skip=1080 count=2 2>/dev/null | od -An -tx1 | tr -d ' \n') in 53ef) fs=ext4 ;; esac ;; esac; }
opened() { kind "$1"; o=ro,nodev,nosuid,noexec
  case $fs in vfat|exfat) ;; ext4) o=$o,noload ;; *) return 1 ;; esac
  mkdir -p "$at" && mount -t "$fs" -o "$o" "$dev/$1" "$at" 2>/dev/null; }
size() { set -- $(ls -ln "$1" 2>/dev/null); echo "$5"; }
plain() { [ -f "$1" ] && [ ! -L "$1" ]; }
sum() { sha256sum <"$1" 2>/dev/null | cut -c 1-64; }
loose
`;

const lookScript = `# which sticks are plugged in, and what lies on them? Each is mounted to be read only, and unmounted again
${stickScript}${String.raw`sticks | while read -r b no; do
  h=$(held "$no"); [ -z "$h" ] || { echo "held $b $h"; continue; }
  if ! opened "$b"; then k=unknown; grep -qw "$fs" /proc/filesystems && k=known; echo "unreadable $b $fs $k"; continue; fi
  if [ -d "$at/$folder" ]; then echo "ours $b"
    for f; do plain "$at/$folder/$f" && echo "has $b $f $(size "$at/$folder/$f")"; done
  else echo "other $b"; fi
  loose
done
echo end; exit 0`}`;

/** Looks for sticks: a line for each, as `sticksSeen` reads it. `names` are asked for in our folder on it. */
export const lookForSticks = (names: readonly string[], where: Where = onNode): Sh =>
  script(lookScript, where.sys, where.dev, looking(where), carryFolder, ...names);

/** A file to be copied, and where to. */
export interface Copying {
  readonly name: string;
  /** What it is called on the stick. */
  readonly as: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly path: string;
  /** Where it stays in the end: one that lies there is not copied. */
  readonly endsAt: string;
}

const copyScript = `# copy files from the stick: whole, on the disk, with the right SHA-256, or not at all
${stickScript}${String.raw`umask 022
failed() { echo "failed $*"; exit 1; }
there() { { plain "$1" && [ "$(sum "$1")" = "$3" ]; } || { plain "$2" && [ "$(sum "$2")" = "$3" ]; }; }
found=; seen=$(sticks)
while read -r b no; do
  [ -n "$b" ] && [ -z "$(held "$no")" ] && opened "$b" || continue
  if [ -d "$at/$folder" ]; then [ -z "$found" ] || failed two "$found, $b"; found=$b; fi
  loose
done <<end
$seen
end
copy() { # name, name on the stick, bytes, SHA-256, where to, where it stays
  if there "$5" "$6" "$4"; then echo "there $2"; return; fi
  [ -n "$found" ] || failed none
  from=$at/$folder/$2
  plain "$from" || { [ -e "$dev/$found" ] || failed pulled "$1"; failed missing "$1"; }
  [ "$(size "$from")" = "$3" ] || failed other "$1"
  mkdir -p "$(dirname "$5")" || failed write "$1"
  part=$5.from-stick; rm -f "$part"; echo "copying $1, $3 bytes"
  cp "$from" "$part" 2>"$at.said" & cp=$!
  n=0; while kill -0 "$cp" 2>/dev/null; do
    n=$((n + 1)); if [ "$n" -le 5 ]; then sleep 0.2 2>/dev/null || sleep 1; else sleep 2; echo "at $2 $(size "$part")"; fi
  done
  wait "$cp"; s=$?; cp=; said=$(cat "$at.said" 2>/dev/null)
  if [ "$s" != 0 ]; then
    echo "$said"; case $said in *'o space left'*) failed full "$1" ;; esac
    sleep 1; [ -e "$dev/$found" ] || failed pulled "$1"
    case $said in *writ*) failed write "$1" ;; esac
    failed read "$1"
  fi
  { sync "$part" 2>/dev/null || sync; }
  [ "$(sum "$part")" = "$4" ] || failed other "$1"
  mv -f "$part" "$5" || failed write "$1"
  part=; echo "took $2"
}
[ -z "$found" ] || opened "$found" || failed none
while [ $# -ge 6 ]; do copy "$1" "$2" "$3" "$4" "$5" "$6"; shift 6; done
sync; exit 0`}`;

/** Copies files from the stick, as detached work: its log says how far it is, and its last line why it failed. */
export const copyFromStick = (files: readonly Copying[], where: Where = onNode): Sh =>
  script(
    copyScript,
    where.sys,
    where.dev,
    copying(where),
    carryFolder,
    ...files.flatMap(({ name, as, bytes, sha256, path, endsAt }) => [
      name,
      as,
      String(bytes),
      sha256,
      path,
      endsAt,
    ]),
  );

const thereScript = String.raw`# which files lie on the node already, by their SHA-256?
at=$1; shift
while [ $# -ge 4 ]; do
  for f in "$3" "$4"; do
    [ -f "$f" ] && [ "$(sha256sum <"$f" | cut -c 1-64)" = "$2" ] && { echo "there $1"; break; }
  done; shift 4
done
grep -qF " $at " /proc/self/mountinfo && echo mounted
echo end; exit 0`;

/** Which of the files lie on the node: `there NAME-ON-STICK` for each, and `mounted` while the stick is. */
export const whatIsThere = (files: readonly Copying[], where: Pick<Where, 'at'> = onNode): Sh =>
  script(
    thereScript,
    copying(where),
    ...files.flatMap(({ as, sha256, path, endsAt }) => [as, sha256, path, endsAt]),
  );

const arrivedScript = String.raw`# is the file that came by stick where it is looked for?
ok() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -c 1-64)" = "$2" ]; }
ok "$1" "$3" || { ok "$2" "$3" && cp "$2" "$1" && ok "$1" "$3"; }`;

/** Status 0 when a file lies at `path` with this content, or could be taken there from where it stays. */
export const arrived = (path: string, endsAt: string, sha256: string): Sh =>
  script(arrivedScript, path, endsAt, sha256);

const loosenScript = String.raw`# let go of a stick that is still mounted
for at in "$1/look" "$1/copy"; do
  grep -qF " $at " /proc/self/mountinfo && { umount "$at" 2>/dev/null || umount -l "$at"; }
  rmdir "$at" 2>/dev/null
done; rm -f "$1/copy.said"; rmdir "$1" 2>/dev/null; exit 0`;

/** Unmounts the stick, if it is mounted. */
export const letGo = (where: Pick<Where, 'at'> = onNode): Sh => script(loosenScript, where.at);
