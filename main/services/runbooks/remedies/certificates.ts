import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { endingWithin, firstEnd, leavesIn, wrongAt } from '../../../core/runbook/remedies/leaves.ts';
import { script, sh } from '../../../core/sh.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import type { Clock } from '../../../ports.ts';
import { asking, notSo, so } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { binaryPath } from '../install-single/deliver.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { doneOnce, noteOf } from './once.ts';
import { startStep, stopStep, worksStep } from './service.ts';

/** Certificates are public, so they are read as they are: no openssl is needed on the node. */
const readScript = String.raw`# the certificates of this node, as they lie on the disk
for f in "$1"/server/tls/*.crt "$1"/server/tls/etcd/*.crt "$1"/agent/*.crt; do
  [ -f "$f" ] || continue
  echo "== $f"; cat "$f"; echo
done
echo "now=$(date +%s)"
exit 0`;
/** Says every certificate of the node, and its time. */
export const readCertificates = script(readScript, dataFolder);

interface CertificateGround extends Base {
  /** What was wrong with them when the plan was made, in sentences. */
  readonly wrong: readonly string[];
  readonly ending: number;
  readonly firstEnd: string | undefined;
}

/** K3s renews at a start what ends within so many days (before 2025: 90). */
const renewedWithin = 90;
/** More than this between the two clocks, and the clock is the fault. */
const clockTolerance = 3600;

async function look(looker: Looker, { clock }: RemedyParts): Promise<CertificateGround> {
  const base = await lookAtBase(looker, clock);
  const about = looker.node.name;
  if (!(Math.abs(base.clockAhead) <= clockTolerance))
    throw refused(
      about,
      `The node’s clock and the laptop’s differ by ${Math.round(Math.abs(base.clockAhead) / 60)} min; new certificates would carry a wrong date.`,
      'Set the clock first (set-clock), then look again.',
    );
  const { stdout } = await looker.ask(readCertificates, { keepBytes: 2 ** 20 });
  const leaves = leavesIn(stdout);
  if (leaves.length === 0)
    throw refused(
      about,
      'The node has no certificates yet: K3s never got so far.',
      'Look at why K3s does not start; certificates are made at its first start.',
    );
  const now = clock.now().getTime();
  const authorities = wrongAt(
    leaves.filter(({ ca }) => ca),
    now,
  );
  if (authorities[0] !== undefined)
    throw refused(
      about,
      `A CA of this cluster is not valid: ${authorities[0]}. New certificates under it would not help.`,
      'If the clock is right, the CA has to be rotated by hand: k3s certificate rotate-ca.',
    );
  return {
    ...base,
    wrong: wrongAt(leaves, now),
    ending: endingWithin(leaves, now, renewedWithin),
    firstEnd: firstEnd(leaves),
  };
}

/** All certificates are good at the laptop's time and at the node's own. */
function good(clock: Clock): Look {
  return asking(
    'root',
    readCertificates,
    ({ stdout }) => {
      const leaves = leavesIn(stdout);
      const there = Number(/^now=(\d+)$/m.exec(stdout)?.[1] ?? 0) * 1000;
      if (leaves.length === 0) return notSo('no certificate could be read');
      const wrong = [...new Set([...wrongAt(leaves, clock.now().getTime()), ...wrongAt(leaves, there)])];
      return wrong.length > 0
        ? notSo(`${wrong.slice(0, 3).join('; ')}${wrong.length > 3 ? ` and ${wrong.length - 3} more` : ''}`)
        : so(`${leaves.length} certificates are valid, the first ends on ${firstEnd(leaves) ?? 'no day'}`);
    },
    { hush: true, keepBytes: 2 ** 20, patience: { everyMs: 2000, forMs: 60_000, what: 'New certificates' } },
  );
}

const checkStep = (clock: Clock): Step => ({
  id: 'certificates',
  title: 'Check the certificates',
  why: 'Every certificate on the node’s disk is read and its dates are compared with both clocks.',
  weight: 1,
  changes: false,
  apply: [],
  verify: good(clock),
});

const saidOf = ({ wrong, firstEnd: first, ending }: CertificateGround): readonly string[] =>
  wrong.length > 0
    ? [
        `Now wrong: ${wrong.join('; ')}.`,
        'Copies of the old kubeconfig stop working; fetch a new one afterwards.',
      ]
    : ending > 0
      ? [`${ending} certificates end soon, the first on ${first ?? ''}.`]
      : [`No certificate is wrong or ends soon (the first on ${first ?? ''}): this changes little.`];

export const renewCertificates = remedyKind<CertificateGround>({
  title: (node: SiteNode) => `Renew the certificates of ${node.name}`,
  says: 'Restarts K3s, which renews every certificate that is expired or ends soon, and checks them all. Servers first, then agents.',
  look,
  warnings: ({ ground }) => saidOf(ground),
  steps: (parts, { node, ground, run }) => [
    copyStep(parts, node, run),
    startStep(ground, run, 'restart', 'At its start K3s renews what is expired or ends within some months.'),
    worksStep(ground),
    checkStep(parts.clock),
  ],
  afterFailure: 'If the certificates are still old although K3s was restarted, use rotate-certificates.',
});

const rotateScript = String.raw`# make all leaf certificates anew; K3s keeps the old ones beside them
mkdir -p "$(dirname "$3")" && "$1" certificate rotate --data-dir "$2" </dev/null && : >"$3"`;

function rotateStep(run: string): Step {
  const rotated = doneOnce(run, 'rotate', 'k3s certificate rotate ended well');
  return {
    id: 'rotate',
    title: 'Rotate the certificates',
    why: 'With the service stopped, K3s puts the old certificates aside; it makes new ones at its start.',
    weight: 3,
    changes: true,
    probe: rotated,
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script(rotateScript, binaryPath, dataFolder, noteOf(run, 'rotate')),
        timeoutMs: 120_000,
      },
    ],
    verify: rotated,
  };
}

const tlsCopyScript = String.raw`# a copy of the certificates and keys, on the same disk
t=$1/server/tls; [ -d "$t" ] || exit 0
[ -d "$1/server/tls-before-$2" ] && exit 0
rm -rf "$1/server/.tls-part" && cp -a "$t" "$1/server/.tls-part" && mv "$1/server/.tls-part" "$1/server/tls-before-$2"`;

const tlsCopyStep = (run: string): Step => {
  const at = `${dataFolder}/server/tls-before-${run.slice(0, 8)}`;
  return {
    id: 'tls-copy',
    title: 'Keep a copy of the old certificates on the node',
    why: `The old ones stay in ${at}; to go back, stop K3s and put them in place of server/tls.`,
    weight: 1,
    changes: true,
    apply: [
      {
        is: 'command',
        as: 'root',
        command: script(tlsCopyScript, dataFolder, run.slice(0, 8)),
        timeoutMs: 120_000,
      },
    ],
    verify: asking('root', sh`ls -d ${at} ${`${dataFolder}/agent`}`, ({ stdout }) =>
      stdout.includes('tls-before-')
        ? so(`the copy is ${at}`)
        : so('the node has no certificates of a server'),
    ),
  };
};

export const rotateCertificates = remedyKind<CertificateGround>({
  title: (node: SiteNode) => `Rotate the certificates of ${node.name}`,
  says: 'Stops K3s, has it make all its certificates anew, and starts it. For certificates that a restart does not renew, such as those made while the clock was ahead. The CA stays.',
  look,
  warnings: ({ ground }) => saidOf(ground),
  steps: (parts, { node, ground, run }) => [
    copyStep(parts, node, run),
    ...(ground.role === 'server' ? [tlsCopyStep(run)] : []),
    stopStep(ground, run, 'Certificates may be rotated only while K3s is stopped; its pods go on.'),
    rotateStep(run),
    startStep(ground, run, 'start', 'At its start K3s makes the new certificates.'),
    worksStep(ground),
    checkStep(parts.clock),
  ],
  afterFailure:
    'Continue the run to finish it. The old certificates lie beside the new ones in server/tls-before-….',
});
