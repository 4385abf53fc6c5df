import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import { isK3sArchive } from '../../../core/runbook/remedies/free-disk.ts';
import { namesInArchive, plainImage, withoutArchive } from '../../../core/runbook/remedies/images.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script } from '../../../core/sh.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { binaryPath } from '../install-single/deliver.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { forgetImportsStep, imagesThere } from './import-images.ts';
import { lookAtBase, saying } from './look.ts';
import { startStep, stopStep, worksStep } from './service.ts';

/**
 * Which images are wanted: the pods' own where the API answers, else every name that stands in containerd's database. And
 * what the archives carry, as far as this node can unpack them.
 */
const lookScript = `# which images are wanted here, and which archives are there?
${saying}${String.raw`d=$1/agent
[ -d "$d/containerd" ] && say containerd yes
"$2" kubectl get pods -A -o 'jsonpath={range .items[*]}{range .spec.initContainers[*]}{.image}{"\n"}{end}{range .spec.containers[*]}{.image}{"\n"}{end}{end}' --request-timeout=10s 2>/dev/null | sort -u >/run/coldstart-images.$$
if [ -s /run/coldstart-images.$$ ]; then say from api; each wanted </run/coldstart-images.$$
else say from database
grep -a -o -h -E '[a-z0-9][a-z0-9.-]*\.[a-z]+(:[0-9]+)?/[a-z0-9._/-]+:[A-Za-z0-9_][A-Za-z0-9._-]*' "$d"/containerd/io.containerd.metadata.v1.bolt/meta.db 2>/dev/null | sort -u | head -n 300 | each wanted; fi
rm -f /run/coldstart-images.$$
for a in "$d"/images/*; do
  case $a in *.tar | *.tar.*| *.tgz | *.tzst | *.tbz) ;; *) continue ;; esac
  say archive "$(sha256sum <"$a" | cut -c 1-64) $a"
  case $a in *.gz | *.tgz) u='gzip -dc' ;; *.zst | *.tzst) u='zstd -dc' ;; *.bz2 | *.tbz) u='bzip2 -dc' ;; *.lz4) u='lz4 -dc' ;; *) u=cat ;; esac
  $u <"$a" 2>/dev/null | tar -xO -f - manifest.json index.json 2>/dev/null | tr -d '\n' | each inside; echo
done
say end 1`}`;

interface ContainerdGround {
  readonly base: Base;
  /** Images no archive surely brings back. */
  readonly missing: readonly string[];
  readonly from: 'api' | 'database';
  readonly wanted: number;
}

/** Is the running version's own archive there, by the hash the vault knows? Then K3s' own images come back. */
function ownArchive(lines: readonly string[], { version }: Base, { bundles }: RemedyParts): boolean {
  return lines.some(line => {
    const sha256 = line.slice(0, 64);
    const path = line.slice(65);
    return (
      isK3sArchive(path) &&
      bundles
        .all()
        .some(
          one =>
            one.k3sVersion === version &&
            one.files.some(file => file.role === 'images' && file.sha256 === sha256),
        )
    );
  });
}

async function look(looker: Looker, parts: RemedyParts): Promise<ContainerdGround> {
  const base = await lookAtBase(looker, parts.clock);
  const about = looker.node.name;
  const { stdout } = await looker.ask(script(lookScript, dataFolder, binaryPath), { timeoutMs: 300_000 });
  const seen = facts(stdout);
  if (!seen.whole) throw refused(about, 'The look at the images stopped before its end.', 'Try once more.');
  if (seen.one('containerd') !== 'yes')
    throw refused(
      about,
      'There is no containerd folder on this node.',
      'Start K3s; it makes one and imports its images.',
    );
  const archives = seen.all('archive');
  const inside = seen.all('inside').flatMap(namesInArchive);
  const wanted = [...new Set(seen.all('wanted').map(plainImage))];
  if (!ownArchive(archives, base, parts) && !inside.some(name => /pause/.test(name)))
    throw refused(
      about,
      'The image archive of the node’s K3s version is not on it, so without containerd’s folder no pod would start again.',
      'Bring it first (import-images), then look again.',
    );
  const own = ownArchive(archives, base, parts) ? wanted.filter(name => name.startsWith('rancher/')) : [];
  const missing = withoutArchive(wanted, [...inside, ...own]);
  const from = seen.one('from') === 'api' ? 'api' : 'database';
  if (missing.length > 0 && from === 'api')
    throw refused(
      about,
      `Pods use images that lie in no archive on this node: ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ` and ${missing.length - 8} more` : ''}.`,
      `Put an archive of them into ${dataFolder}/agent/images first, then look again.`,
    );
  return { base, missing, from, wanted: wanted.length };
}

const fields = ({ missing }: ContainerdGround): readonly RemedyField[] =>
  missing.length === 0
    ? []
    : [
        {
          name: 'not-needed',
          label: 'Images that may be lost',
          says: 'K3s does not answer, so these names come from containerd’s database. No archive brings them back; some may be old. Choose each that no pod needs, or that a registry on the site serves.',
          kind: 'many',
          options: missing.map(name => ({ value: name, label: name })),
          value: '',
        },
      ];

/** K3s' own script ends the pods and their mounts; data of etcd and volumes stay. */
const killScript = String.raw`# end all containers of K3s
s=/usr/local/bin/k3s-killall.sh; [ -x "$s" ] || { echo "there is no $s" >&2; exit 1; }
sh "$s"`;
const shimScript = String.raw`# does a container of K3s still run?
for p in /proc/[0-9]*; do tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q -E '^\S*containerd-shim\S* .*(/run/k3s|k8s\.io)' && echo "running=$p"; done
exit 0`;

const asidePath = (run: string): string => `${dataFolder}/agent/containerd.bad-${run.slice(0, 8)}`;

/** Once the folder is aside, what runs may be K3s as this run started it: that is not ended again. */
const killStep = (run: string): Step => ({
  id: 'kill',
  title: 'End all containers',
  why: 'Containers hold files in the folder that is moved; K3s’ own script ends them and unmounts what they hold.',
  weight: 5,
  changes: true,
  mayLose:
    'Every pod of this node is ended; it starts anew afterwards. What was written inside a container and not to a volume is gone.',
  probe: asking('root', script('[ -d "$1" ] && echo aside; exit 0', asidePath(run)), ({ stdout }) =>
    stdout.includes('aside')
      ? so('they were ended before the folder was moved')
      : notSo('the folder is in its place'),
  ),
  apply: [{ is: 'job', name: 'kill', command: script(killScript), timeoutMs: 5 * 60_000 }],
  verify: {
    ...asking('root', script(shimScript), ({ stdout }) =>
      stdout.includes('running=') ? notSo('containers still run') : so('no container of K3s runs'),
    ),
    patience: { everyMs: 1000, forMs: 60_000, what: 'Ending' },
  },
});

function moveStep(run: string): Step {
  const [from, to] = [`${dataFolder}/agent/containerd`, asidePath(run)];
  const moved: Look = asking(
    'root',
    script('[ -d "$2" ] && echo aside; [ -d "$1" ] && echo there; exit 0', from, to),
    ({ stdout }) =>
      stdout.includes('aside') ? so(`the old folder is ${to}`) : notSo('the folder is in its place'),
  );
  return {
    id: 'move',
    title: 'Move containerd’s folder aside',
    why: `It is renamed to ${to}, and may be removed later (free-disk).`,
    weight: 1,
    changes: true,
    probe: moved,
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script('[ -d "$2" ] && exit 0; mv "$1" "$2" && sync', from, to),
        timeoutMs: 120_000,
      },
    ],
    verify: moved,
  };
}

const importedStep: Step = {
  id: 'imported',
  title: 'Check that the images are there again',
  why: 'Containerd is asked what it has.',
  weight: 5,
  changes: false,
  apply: [],
  verify: asking(
    'root',
    imagesThere,
    ({ stdout }) =>
      /pause/.test(stdout)
        ? so(`containerd has ${stdout.trim().split('\n').length} images, the pause image among them`)
        : notSo('the images are not imported yet'),
    { hush: true, patience: { everyMs: 2000, forMs: 10 * 60_000, what: 'Importing the images' } },
  ),
};

export const containerdAside = remedyKind<ContainerdGround>({
  title: node => `Move the broken containerd of ${node.name} aside`,
  says: 'Stops K3s, ends its containers, moves containerd’s folder aside and lets K3s make a new one from the image archives. Only where the archives bring back what the pods need.',
  look,
  fields,
  typedName: true,
  warnings: ({ ground }) =>
    ground.from === 'database'
      ? [
          'K3s does not answer, so which images the pods need is read from containerd’s own database; it may name old ones.',
        ]
      : [],
  steps: (parts, { node, ground, answers, run }) => {
    const needed = ground.missing.filter(name => !answers.many('not-needed').includes(name));
    if (needed.length > 0)
      throw new FieldError({
        code: 'refused',
        says: `No archive brings these images back: ${needed.slice(0, 8).join(', ')}${needed.length > 8 ? ` and ${needed.length - 8} more` : ''}.`,
        about: node.name,
        untouched: 'Nothing was changed on the node.',
        next: `Put archives of them into ${dataFolder}/agent/images, or say of each that no pod needs it (not-needed).`,
      });
    const { base } = ground;
    return [
      copyStep(parts, node, run),
      stopStep(base, run, 'Nothing may use the folder that is moved.'),
      killStep(run),
      forgetImportsStep,
      moveStep(run),
      startStep(base, run, 'start', 'K3s makes a new folder and imports its archives.'),
      worksStep(base),
      importedStep,
    ];
  },
  afterFailure: 'Continue the run to finish it. The old folder lies beside the new one as containerd.bad-….',
});
