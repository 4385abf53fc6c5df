import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { budgetLimits, defaultBudget, foretold } from '../../../core/recorder/budget.ts';
import type { RecorderBudget } from '../../../core/recorder/budget.ts';
import { recorderPaths, recorderScript } from '../../../core/recorder/script.ts';
import { recorderSettings, recorderUnits } from '../../../core/recorder/units.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import { script, sh } from '../../../core/sh.ts';
import { targetName, targetWord, wanTargets } from '../../../core/wan/targets.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Step } from '../book.ts';
import { failingDisk, refused, remedyKind } from './frame.ts';
import type { Looker } from './frame.ts';
import { saying } from './look.ts';
import { gone, placeStep } from './placed.ts';
import type { PlacedFile } from './placed.ts';

const unitsFolder = '/etc/systemd/system';
const unitNames = Object.keys(recorderUnits);
const timer = 'coldstart-recorder.timer';
const keep = 'coldstart-recorder-keep.service';

/** Arguments: the settings' file, the folder of what was logged. */
const lookScript = `# could this node log its own metrics, and does it already?
${saying}[ -d /run/systemd/system ] && say init systemd
for t in awk gzip curl wget openssl ping; do has "$t" && say tool "$t"; done
grep -c '^processor' /proc/cpuinfo 2>/dev/null | each cpus
for k in disk_kib write_kib targets; do sed -n "s/^$k='*\\([^']*\\)'*$/\\1/p" "$1" 2>/dev/null | head -n 1 | each "$(echo "$k" | tr _ .)"; done
[ -d "$2" ] && { say chunks "$(ls "$2" | wc -l | tr -d ' ')"; say used "$(du -sk "$2" | cut -f 1)"; }
[ -d /var/lib/rancher/k3s/server/db/etcd ] && say etcd yes
df -Pk /var/lib 2>/dev/null | awk 'NR == 2 { print $2, $4 }' | each kib
[ -w /var/lib ] || { say readonly yes; dmesg 2>/dev/null | grep -i -E 'I/O error|EXT4-fs error|mmc[0-9]+: error' | tail -n 1 | each error; }
say end 1`;

/** What was found on a node before the recorder is put there. */
interface RecorderGround {
  readonly systemd: boolean;
  readonly tools: readonly string[];
  readonly etcd: boolean;
  /** As far as it can be told without measuring. */
  readonly series: number;
  readonly freeMiB: number;
  /** Of the recorder that is there. */
  readonly now: { readonly budget: RecorderBudget; readonly targets: string } | null;
  readonly chunks: number;
  readonly usedMiB: number;
}

async function look(looker: Looker): Promise<RecorderGround> {
  const { node } = looker;
  const seen = facts(
    (await looker.ask(script(lookScript, recorderPaths.settings, recorderPaths.data))).stdout,
  );
  if (!seen.whole)
    throw refused(
      node.name,
      'The look at the node stopped before its end.',
      'Try once more; then look at its shell.',
    );
  if (seen.one('readonly') === 'yes')
    throw failingDisk(node.name, seen.one('error') ?? 'the kernel gave no reason');
  const disk = Number(seen.one('disk.kib') ?? Number.NaN);
  const write = Number(seen.one('write.kib') ?? Number.NaN);
  const targets = (seen.one('targets') ?? '').replaceAll(/\b(icmp|tcp):/g, '');
  const [, free = '0'] = (seen.one('kib') ?? '').split(' ');
  return {
    systemd: seen.one('init') === 'systemd',
    tools: seen.all('tool'),
    etcd: seen.one('etcd') === 'yes',
    series: 160 + 4 * Number(seen.one('cpus') ?? 4),
    freeMiB: Number(free) / 1024,
    now:
      disk > 0 && write > 0
        ? { budget: { diskMiB: disk / 1024, writeMiBPerDay: write / 1024 }, targets }
        : null,
    chunks: Number(seen.one('chunks') ?? 0),
    usedMiB: Number(seen.one('used') ?? 0) / 1024,
  };
}

async function lookToInstall(looker: Looker): Promise<RecorderGround> {
  const ground = await look(looker);
  const about = looker.node.name;
  if (!ground.systemd)
    throw refused(
      about,
      'The node does not run systemd, whose timer the recorder needs.',
      'Its metrics are still recorded while the laptop is at the site.',
    );
  if (!ground.tools.includes('awk'))
    throw refused(
      about,
      'There is no awk on this node, and the recorder needs it.',
      'Install mawk or busybox.',
    );
  return ground;
}

const badAsk = (about: string, says: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, about, untouched: 'Nothing was changed on the node.', next });

function numberIn(
  answers: Answers,
  name: string,
  [least, most]: readonly [number, number],
  what: string,
  about: string,
): number {
  const value = Number(answers.text(name).replace(',', '.'));
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw badAsk(about, `${what} is a number from ${least} to ${most}.`, 'Give another number.');
}

interface Chosen {
  readonly budget: RecorderBudget;
  readonly targets: ReturnType<typeof wanTargets>;
}
function chosen(answers: Answers, { freeMiB, usedMiB }: RecorderGround, about: string): Chosen {
  const diskMiB = numberIn(answers, 'disk', budgetLimits.diskMiB, 'The room on the disk in MiB', about);
  const writeMiBPerDay = numberIn(
    answers,
    'write',
    budgetLimits.writeMiBPerDay,
    'What may be written a day in MiB',
    about,
  );
  if (diskMiB > freeMiB / 2 + usedMiB)
    throw badAsk(
      about,
      `Only ${Math.floor(freeMiB)} MiB are free, and K3s needs most of it.`,
      `Give at most ${Math.floor(freeMiB / 2 + usedMiB)}, or free some space first.`,
    );
  return { budget: { diskMiB, writeMiBPerDay }, targets: wanTargets(answers.text('targets')) };
}

const fields = ({ now }: RecorderGround): readonly RemedyField[] => {
  const { diskMiB, writeMiBPerDay } = now?.budget ?? defaultBudget;
  return [
    {
      name: 'disk',
      label: 'Room on the disk (MiB)',
      says: 'The oldest is dropped when it is used up.',
      kind: 'text',
      value: String(diskMiB),
    },
    {
      name: 'write',
      label: 'Written a day at most (MiB)',
      says: 'With what the file system writes besides. More loses less in a power cut, and wears a card sooner.',
      kind: 'text',
      value: String(writeMiBPerDay),
    },
    {
      name: 'targets',
      label: 'Is the way out there?',
      says: 'Addresses that are asked every 5 minutes, such as 192.0.2.1 hq.example.org:443. Empty: none.',
      kind: 'text',
      value: now?.targets ?? '',
    },
  ];
};

const filesFor = ({ budget, targets }: Chosen): readonly PlacedFile[] => [
  { path: recorderPaths.script, mode: 0o755, text: recorderScript },
  { path: recorderPaths.settings, mode: 0o644, text: recorderSettings(budget, targets.map(targetWord)) },
  ...Object.entries(recorderUnits).map(([name, text]) => ({
    path: `${unitsFolder}/${name}`,
    mode: 0o644,
    text,
  })),
];

/** What can be told after one measurement, in words. */
function measured(stdout: string): string {
  const skipped = [...stdout.matchAll(/^coldstart_recorder_source_up\{source="(\w+)"\} 0$/gm)].map(
    ([, name]) =>
      name === 'etcd'
        ? 'etcd is skipped (it did not answer, or there is neither curl nor wget)'
        : `${name} are skipped (there is no openssl)`,
  );
  return [`${stdout.split('\n').length - 1} values are measured`, ...skipped].join('; ');
}

const tryStep: Step = {
  id: 'try',
  title: 'Measure once',
  why: 'What the node cannot tell is seen now and not in five weeks.',
  weight: 2,
  changes: false,
  apply: [],
  verify: asking(
    'root',
    sh`sh ${recorderPaths.script} show`,
    exit =>
      exit.code === 0 && exit.stdout.includes('node_load1 ')
        ? so(measured(exit.stdout))
        : notSo(`it measured nothing: ${tailOf({ stdout: '', stderr: exit.stderr }, 2)}`),
    { hush: true, timeoutMs: 90_000 },
  ),
};

const startStep: Step = {
  id: 'start',
  title: 'Start the timer',
  why: 'From now on it logs every 5 minutes, also after a restart.',
  weight: 2,
  changes: true,
  apply: [
    {
      is: 'command',
      as: 'root',
      command: script(
        '# read the new units and start them\nset -e\nsystemctl daemon-reload\nsystemctl enable --now -q "$@"\nsystemctl restart "$1"',
        timer,
        keep,
      ),
      timeoutMs: 60_000,
    },
  ],
  verify: asking(
    'root',
    script(
      '# are they on, now and after a restart?\nfor u in "$@"; do echo "$(systemctl is-active "$u" 2>/dev/null) $(systemctl is-enabled "$u" 2>/dev/null) $u"; done',
      timer,
      keep,
    ),
    ({ stdout }) => {
      const off = stdout
        .trim()
        .split('\n')
        .filter(line => !line.startsWith('active enabled '));
      return off.length === 0 ? so('the timer runs, and starts with the machine') : notSo(off.join('; '));
    },
  ),
};

const firstStep: Step = {
  id: 'first',
  title: 'Log the first sample',
  why: 'A timer that is on is not yet a sample that was logged.',
  weight: 2,
  changes: true,
  apply: [{ is: 'command', as: 'root', command: sh`sh ${recorderPaths.script} sample`, timeoutMs: 90_000 }],
  verify: asking(
    'root',
    script(
      `# is there a sample?\ngrep -c '^R ' "$1/open" 2>/dev/null\nls "$2" 2>/dev/null | wc -l`,
      recorderPaths.run,
      recorderPaths.data,
    ),
    ({ stdout }) => {
      const [rows = 0, files = 0] = stdout.trim().split('\n').map(Number);
      return rows + files > 0 ? so('it logs') : notSo('nothing was logged');
    },
    // The timer may have begun one at the same moment; then ours gave way.
    { patience: { everyMs: 1000, forMs: 60_000, what: 'Waiting for the first sample' } },
  ),
};

export const recorderInstall = remedyKind<RecorderGround>({
  title: node => `Let ${node.name} log its own metrics`,
  says: 'A small script and a timer log what the overview shows every 5 minutes, also when no laptop is there. It is pulled at the next visit. K3s is not touched.',
  look: lookToInstall,
  fields,
  warnings: ({ ground, answers, node }) => {
    const { budget, targets } = chosen(answers, ground, node.name);
    const { days, lostMinutes } = foretold(budget, ground.series);
    return [
      `About ${days} days fit. A power cut may lose the last ${lostMinutes} minutes, for they lie in memory; a restart loses none.`,
      ...(days < 35 ? ['Less than 35 days fit: give it more room if visits are further apart.'] : []),
      ...(targets.length > 0
        ? [`Every 5 minutes the node asks ${targets.map(targetName).join(', ')}. Nothing is sent but that.`]
        : []),
      ...(ground.etcd && !ground.tools.includes('curl') && !ground.tools.includes('wget')
        ? ['There is neither curl nor wget on this node, so etcd is not logged.']
        : []),
      ...(ground.tools.includes('gzip')
        ? []
        : ['There is no gzip on this node: the log takes about four times the room.']),
    ];
  },
  steps: (_parts, { node, ground, answers }) => [
    placeStep(filesFor(chosen(answers, ground, node.name)), {
      id: 'place',
      title: 'Put the recorder in place',
      why: 'A script, its settings, and three units of systemd. Nothing else on the node is changed.',
    }),
    tryStep,
    startStep,
    firstStep,
  ],
  afterFailure: 'Continue the run to finish it, or take everything away with recorder-remove.',
});

const removeScript = `# stop the recorder and take it away
run=$1 data=$2 log=$3; shift 3
systemctl disable --now -q coldstart-recorder.timer coldstart-recorder-keep.service 2>/dev/null
systemctl stop coldstart-recorder.service 2>/dev/null
rm -f "$@"
systemctl daemon-reload
systemctl reset-failed 'coldstart-recorder*' 2>/dev/null
rm -rf "$run"
[ "$log" = keep ] || rm -rf "$data"
rmdir /usr/local/lib/coldstart /etc/coldstart /var/lib/coldstart 2>/dev/null
exit 0`;

const ours = [
  recorderPaths.script,
  recorderPaths.settings,
  ...unitNames.map(name => `${unitsFolder}/${name}`),
];

export const recorderRemove = remedyKind<RecorderGround>({
  title: node => `Let ${node.name} log its metrics no more`,
  says: 'Stops the recorder and takes away everything it put on the node.',
  look,
  fields: ({ chunks, usedMiB }) => [
    {
      name: 'log',
      label: 'What it logged',
      says: `${chunks} files, ${usedMiB.toFixed(1)} MiB.`,
      kind: 'choice',
      options: [
        { value: 'remove', label: 'Take it away too' },
        { value: 'keep', label: `Leave it in ${recorderPaths.data}` },
      ],
      value: 'remove',
    },
  ],
  warnings: ({ answers, ground }) =>
    answers.text('log') === 'remove' && ground.chunks > 0
      ? ['What it logged and nobody pulled yet is lost. Pull it first.']
      : [],
  steps: (_parts, { answers, ground }) => {
    const log = answers.text('log');
    const left = [...ours, recorderPaths.run, ...(log === 'keep' ? [] : [recorderPaths.data])];
    const saw = log === 'keep' ? 'only what it logged is left' : 'nothing of the recorder is left';
    return [
      {
        id: 'remove',
        title: 'Stop it and take it away',
        why: 'The timer, the script, its settings, and its memory go.',
        weight: 3,
        changes: true,
        ...(log === 'remove' && ground.chunks > 0 && { mayLose: 'What was logged and not pulled yet.' }),
        probe: gone(left, saw),
        apply: [
          {
            is: 'command',
            as: 'root',
            command: script(removeScript, recorderPaths.run, recorderPaths.data, log, ...ours),
            timeoutMs: 120_000,
          },
        ],
        verify: gone(left, saw),
      },
    ];
  },
  afterFailure: 'Continue the run to finish it.',
});
