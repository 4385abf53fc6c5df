import type { Arch, Bundle, SiteNode } from '../../../../preload/contract/domain.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { archOf } from '../../../core/runbook/preflight/facts.ts';
import { mebibytes } from '../../../core/runbook/preflight/sight.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { script, sh } from '../../../core/sh.ts';
import type { Delivery } from '../../bundles/bundles.ts';
import { asking, notSo, so } from '../book.ts';
import type { Step } from '../book.ts';
import { binaryPath, holdsFile, imagesPath, imagesStep } from '../install-single/deliver.ts';
import { whoLogsIn } from '../survey.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { startStep, worksStep } from './service.ts';

interface ImagesGround {
  readonly base: Base;
  readonly arch: Arch;
  readonly bundle: Bundle['id'];
  readonly login: { readonly uid: number; readonly gid: number };
}

/** The bundle in the vault that carries exactly the version on the node. Throws `refused` when there is none. */
function bundleFor({ bundles }: RemedyParts, node: SiteNode, version: string | undefined): Bundle {
  const found = bundles
    .all()
    .filter(one => one.practice === node.practice && one.complete && one.k3sVersion === version);
  if (found[0]) return found[0];
  throw refused(
    node.name,
    version === undefined
      ? 'The node does not say which version of K3s it has.'
      : `The vault has no bundle of ${version}, and images of another version do not fit.`,
    `Import a bundle of ${version ?? 'its version'} from headquarters’ stick, then look again.`,
  );
}

async function imagesGround(looker: Looker, parts: RemedyParts): Promise<ImagesGround> {
  const base = await lookAtBase(looker, parts.clock);
  const { node } = looker;
  const bundle = bundleFor(parts, node, base.version);
  const arch = archOf((await looker.ask(sh`uname -m`)).stdout.trim());
  if (!arch) throw refused(node.name, 'The node did not say what processor it has.', 'Look with uname -m.');
  // what may not be delivered says so itself
  parts.bundles.delivery(bundle.id, arch, { practice: node.practice });
  const ids = (await looker.ask(whoLogsIn, { as: 'login' })).stdout.trim().split(/\s+/).map(Number);
  const [uid = 0, gid = 0] = ids;
  return { base, arch, bundle: bundle.id, login: { uid, gid } };
}

/** The archive of the node’s own version, at its place. */
const archiveOf = (parts: RemedyParts, node: SiteNode, ground: ImagesGround): Delivery =>
  parts.bundles.delivery(ground.bundle, ground.arch, { practice: node.practice });

/** K3s skips archives it imported before (`.cache.json`); emptied, it takes them all again. Absent, it always does. */
export const forgetImportsStep: Step = {
  id: 'forget',
  title: 'Have K3s import every archive again',
  why: 'K3s notes what it imported; while that note stands, images that were lost stay lost.',
  weight: 1,
  changes: true,
  apply: [
    {
      is: 'command',
      as: 'root',
      command: script(
        String.raw`# empty the note of imported archives, where there is one
f=$1/agent/images/.cache.json; [ -e "$f" ] || exit 0; : >"$f"`,
        dataFolder,
      ),
    },
  ],
  verify: asking(
    'root',
    script('[ -s "$1/agent/images/.cache.json" ] && echo noted; exit 0', dataFolder),
    ({ stdout }) =>
      stdout.includes('noted') ? notSo('the note still says something') : so('nothing is noted as imported'),
  ),
};

/** What containerd has, through K3s. */
export const imagesThere = sh`${binaryPath} ctr images ls -q`;

/** The pause image alone keeps every pod from starting; so it stands for the whole archive. */
const importedStep = (delivery: Delivery): Step => ({
  id: 'imported',
  title: 'Check that the images are there',
  why: 'Containerd is asked what it has; the archive is measured once more on the disk.',
  weight: 5,
  changes: false,
  apply: [],
  verify: {
    shows: [
      { text: imagesThere.text, as: 'root' },
      ...holdsFile(imagesPath(delivery), delivery.images.sha256, '-rw-------').shows,
    ],
    look: async (hands, again) => {
      const file = await holdsFile(imagesPath(delivery), delivery.images.sha256, '-rw-------').look(
        hands,
        again,
      );
      if (file.is !== 'so') return file;
      const { stdout } = await hands.exec(imagesThere, { as: 'root', again, hush: true, timeoutMs: 60_000 });
      const names = stdout.split('\n').filter(name => name.trim() !== '' && !name.startsWith('sha256:'));
      return names.some(name => /pause/.test(name))
        ? so(`containerd has ${names.length} images, the pause image among them`)
        : notSo(names.length === 0 ? 'containerd has no image yet' : 'the pause image is not there yet');
    },
    patience: { everyMs: 2000, forMs: 10 * 60_000, what: 'Importing the images' },
  },
});

export const importImages = remedyKind<ImagesGround>({
  title: node => `Bring the images of ${node.name} again`,
  says: 'Brings the image archive of the node’s own K3s version from the vault, as an install does, restarts K3s, and checks that the images were imported.',
  look: imagesGround,
  warnings: () => [
    'Images of your own workloads are not in this archive; they need archives or a registry of their own.',
  ],
  steps: (parts, { node, ground, run }) => {
    const delivery = archiveOf(parts, node, ground);
    const { probe, ...bring } = imagesStep(delivery, ground.login);
    return [
      copyStep(parts, node, run),
      {
        ...bring,
        why: `${bring.why} It takes ${mebibytes(delivery.images.bytes)}.`,
        ...(probe && { probe }),
      },
      forgetImportsStep,
      startStep(ground.base, run, 'restart', 'At its start K3s imports every archive it finds.'),
      worksStep(ground.base),
      importedStep(delivery),
      {
        id: 'stage',
        title: 'Take away what the delivery left',
        why: 'The folder for uploads goes.',
        weight: 1,
        changes: false,
        apply: [
          {
            is: 'command',
            as: 'root',
            command: script(
              String.raw`# the folder for uploads
rm -rf "$1/.coldstart" "$1/agent/.coldstart-images"; exit 0`,
              dataFolder,
            ),
          },
        ],
        verify: asking(
          'root',
          script('[ -e "$1/.coldstart" ] && echo left; exit 0', dataFolder),
          ({ stdout }) =>
            stdout.includes('left')
              ? notSo('the folder for uploads is still there')
              : so('nothing of the delivery is left'),
        ),
      },
    ];
  },
});
