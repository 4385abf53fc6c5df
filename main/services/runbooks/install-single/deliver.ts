import { script } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { weightOfBytes } from '../../../core/runbook/weights.ts';
import type { Delivery, VaultFile } from '../../bundles/bundles.ts';
import { asking, notSo, so } from '../book.ts';
import type { Action, Look, Step } from '../book.ts';
import { nodeFolder } from '../job.ts';

/** Where the login user puts files: on the disk they end on, so that the last move is a rename. */
export const stage = `${dataFolder}/.coldstart`;
export const binaryPath = '/usr/local/bin/k3s';
export const imagesPath = ({ images }: Delivery): string => `${dataFolder}/agent/images/${images.name}`;
export const installScriptPath = (run: string): string => `${nodeFolder}/${run}/install.sh`;

const stageScript = String.raw`# a folder for uploads, on the disk they end on
for p in /var/lib/rancher "$1"; do
  [ -d "$p" ] || { mkdir -p "$p" && chmod 0755 "$p"; } || exit 1
done
mkdir -p "$1/.coldstart" && chown "$2:$3" "$1/.coldstart" && chmod 0700 "$1/.coldstart"`;

/** Takes a file out of the stage: owner and mode, its SHA-256 measured once more as root, on the disk, then its name. */
const placeScript = String.raw`# check an upload once more and give it its place and name
from=$1 to=$2 part=$3 mode=$4 want=$5
mkdir -p "$(dirname "$to")" && mv -f "$from" "$part" && chown 0:0 "$part" && chmod "$mode" "$part" || exit 1
sum=$(sha256sum <"$part" | cut -c 1-64)
[ "$sum" = "$want" ] || { rm -f "$part"; echo "SHA-256 is $sum, wanted $want" >&2; exit 1; }
{ sync "$part" 2>/dev/null || sync; } && mv -f "$part" "$to" || exit 1
command -v restorecon >/dev/null 2>&1 && restorecon "$to" 2>/dev/null
exit 0`;

const hashScript = `# SHA-256 and rights of a file
[ -f "$1" ] && sha256sum <"$1" | cut -c 1-64; ls -ln "$1" 2>/dev/null | cut -c 1-10; exit 0`;

export const prepareStage = (login: { readonly uid: number; readonly gid: number }): Action => ({
  is: 'command',
  as: 'root',
  command: script(stageScript, dataFolder, String(login.uid), String(login.gid)),
});

export const place = (file: VaultFile, to: string, part: string, mode: string): Action => ({
  is: 'command',
  as: 'root',
  command: script(placeScript, `${stage}/${file.name}`, to, part, mode, file.sha256),
  timeoutMs: 600_000,
});

/** Is a file there with this content and these rights? */
export const holdsFile = (path: string, sha256: string, rights: string): Look =>
  asking(
    'root',
    script(hashScript, path),
    ({ stdout }) => {
      const [sum = '', mode = ''] = stdout.trim().split('\n');
      if (sum === '') return notSo(`${path} is not there`);
      if (sum !== sha256) return notSo(`${path} has other content (SHA-256 ${sum.slice(0, 12)}…)`);
      return mode.startsWith(rights)
        ? so(`${path} is there, SHA-256 ${sha256.slice(0, 12)}…`)
        : notSo(`${path} has the rights ${mode}`);
    },
    { timeoutMs: 600_000 },
  );

type Login = { readonly uid: number; readonly gid: number };

/** Brings the image archive, as it is; K3s reads it from this folder at every start. */
export function imagesStep(delivery: Delivery, login: Login): Step {
  const { images } = delivery;
  const there = holdsFile(imagesPath(delivery), images.sha256, '-rw-------');
  return {
    id: 'images',
    title: 'Bring the images',
    why: 'Without internet K3s takes its containers from this archive; it is put in place as it is, never unpacked.',
    weight: 1 + weightOfBytes(images.bytes),
    changes: true,
    probe: there,
    apply: [
      prepareStage(login),
      {
        is: 'upload',
        file: images,
        path: `${stage}/${images.name}`,
        mode: 0o600,
        endsAt: { path: imagesPath(delivery), mode: 0o600 },
      },
      // the part lies beside the images folder, not in it: K3s imports whatever appears there
      place(images, imagesPath(delivery), `${dataFolder}/agent/.coldstart-images`, '0600'),
    ],
    verify: there,
  };
}

const versionScript = `# does it run, and which version is it?
[ -x "$1" ] && "$1" --version </dev/null 2>/dev/null | head -n 1; exit 0`;

/** The binary is there with the right content and runs on this machine. */
function binaryRuns({ binary, k3sVersion }: Delivery): Look {
  const there = holdsFile(binaryPath, binary.sha256, '-rwxr-xr-x');
  const version = script(versionScript, binaryPath);
  return {
    shows: [...there.shows, { text: version.text, as: 'root' }],
    look: async (hands, again) => {
      const held = await there.look(hands, again);
      if (held.is !== 'so') return held;
      const said = (await hands.exec(version, { as: 'root', timeoutMs: 30_000 })).stdout.trim();
      return said.split(/\s+/).includes(k3sVersion)
        ? so(`${binaryPath} is ${k3sVersion}`)
        : notSo(
            said === ''
              ? `${binaryPath} does not run on this machine`
              : `${binaryPath} says ${JSON.stringify(said.slice(0, 100))}, wanted ${k3sVersion}`,
          );
    },
  };
}

/** Brings the binary and gives it its name by a rename, so that a half one never runs. */
export function binaryStep(delivery: Delivery, login: Login): Step {
  const { binary } = delivery;
  return {
    id: 'binary',
    title: 'Bring the K3s binary',
    why: `K3s is one program; it goes to ${binaryPath}.`,
    weight: 1 + weightOfBytes(binary.bytes),
    changes: true,
    probe: binaryRuns(delivery),
    apply: [
      prepareStage(login),
      {
        is: 'upload',
        file: binary,
        path: `${stage}/${binary.name}`,
        mode: 0o600,
        endsAt: { path: binaryPath, mode: 0o755 },
      },
      place(binary, binaryPath, '/usr/local/bin/.k3s.coldstart', '0755'),
    ],
    verify: binaryRuns(delivery),
  };
}

/** Brings the install script into the run's own folder in memory. */
export const bringScript = ({ installScript }: Delivery, login: Login, run: string): readonly Action[] => [
  prepareStage(login),
  { is: 'upload', file: installScript, path: `${stage}/${installScript.name}`, mode: 0o600 },
  place(installScript, installScriptPath(run), `${nodeFolder}/${run}.install-part`, '0700'),
];

/** Takes away what the runbook itself left on the node. */
export const tidyScript = (run: string): Sh =>
  script(
    String.raw`# take away what this run left
rm -rf "$1/.coldstart" "$1/agent/.coldstart-images" /usr/local/bin/.k3s.coldstart "/run/coldstart/$2" "/run/coldstart/$2.install-part"
rmdir "$1" 2>/dev/null
grep -qx "run=$2" /run/coldstart/lock/holder 2>/dev/null && rm -rf /run/coldstart/lock
rmdir /run/coldstart 2>/dev/null
exit 0`,
    dataFolder,
    run,
  );
