import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { leavesIn, wrongAt } from '../../../core/runbook/remedies/leaves.ts';
import { ahead, newest, utc } from '../../../core/runbook/remedies/time.ts';
import type { DatedFact } from '../../../core/runbook/remedies/time.ts';
import { script, sh } from '../../../core/sh.ts';
import type { Sh } from '../../../core/sh.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Clock } from '../../../ports.ts';
import { asking, notSo, so } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { readCertificates } from './certificates.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBaseIfAny, saying } from './look.ts';
import { startStep, stopStep, worksStep } from './service.ts';

/** Less than this, and the clock counts as right. Seconds. */
const tolerance = 2;

const clockScript = `# what keeps the time on this machine?
${saying}${String.raw`say now "$(date +%s)"
[ -e /dev/rtc0 ] || [ -e /dev/rtc ] && say rtc yes
has timedatectl && timedatectl show -p NTP 2>/dev/null | each time
for p in chronyd ntpd systemd-timesyncd; do has pidof && pidof "$p" >/dev/null 2>&1 && say daemon "$p"; done
for f in "$1"/server/db/snapshots/*; do [ -f "$f" ] && stat -c %Y "$f" | each snapshot; done
say end 1`}`;

interface ClockGround {
  /** Absent where there is no K3s: a clock is also set before an install. */
  readonly base: Base | null;
  readonly ntp: boolean;
  readonly rtc: boolean;
  /** Seconds. */
  readonly clockAhead: number;
  readonly notBefore: DatedFact | null;
}

/** What dates the present: the laptop's time is never earlier than these. */
function datedFacts({ snapshots }: RemedyParts, looker: Looker, certificates: string): readonly DatedFact[] {
  const cas = leavesIn(certificates).filter(({ ca }) => ca);
  return [
    ...snapshots
      .ofSite(looker.node.site)
      .map(one => ({ what: `the snapshot ${one.name} was pulled`, at: Date.parse(one.pulledAt) })),
    ...cas.map(({ path, from }) => ({
      what: `the cluster’s ${path.split('/').at(-1) ?? 'CA'} was made`,
      at: from,
    })),
    { what: 'the node was added here', at: Date.parse(looker.node.addedAt) },
  ];
}

async function look(looker: Looker, parts: RemedyParts): Promise<ClockGround> {
  const about = looker.node.name;
  const base = await lookAtBaseIfAny(looker, parts.clock);
  const certificates = base ? (await looker.ask(readCertificates, { keepBytes: 2 ** 20 })).stdout : '';
  const seen = facts((await looker.ask(script(clockScript, dataFolder))).stdout);
  const now = parts.clock.now().getTime();
  const clockAhead = Number(seen.one('now') ?? Number.NaN) - now / 1000;
  if (!seen.whole || Number.isNaN(clockAhead))
    throw refused(about, 'The node did not say what time it has.', 'Look at its clock in the terminal.');
  if (Math.abs(clockAhead) <= tolerance)
    throw refused(
      about,
      'The node’s clock and the laptop’s agree.',
      'If both are wrong, set the laptop’s clock first; then look again.',
    );
  const fact = newest(datedFacts(parts, looker, certificates));
  if (fact && now < fact.at)
    throw refused(
      about,
      `The laptop says it is ${utc(now)}, but ${fact.what} later, on ${utc(fact.at)}. One of them is wrong, and nothing is set from a clock in doubt.`,
      'Set the laptop’s clock from a watch or a GPS receiver. If it is right and the CA was made in the future, the cluster has to be made anew.',
    );
  return {
    base: base ?? null,
    ntp: seen.all('time').includes('NTP=yes') || seen.all('daemon').length > 0,
    rtc: seen.one('rtc') === 'yes',
    clockAhead,
    notBefore: fact ?? null,
  };
}

/**
 * Stops whoever would set it back, sets it, and writes it to the clock on the board where there is one. What the stopping
 * took, by the uptime, is added.
 */
const setScript = String.raw`# set the clock, here and on the board
up() { cut -d . -f 1 /proc/uptime; }
began=$(up)
if command -v timedatectl >/dev/null 2>&1; then timedatectl set-ntp false 2>/dev/null; fi
for s in chrony chronyd ntp ntpd ntpsec systemd-timesyncd; do
  if [ -d /run/systemd/system ]; then systemctl stop "$s" 2>/dev/null
  elif command -v rc-service >/dev/null 2>&1; then rc-service -q "$s" stop 2>/dev/null; fi
done
date -u -s "@$(($1 + $(up) - began))" >/dev/null || exit 1
if [ -e /dev/rtc0 ] || [ -e /dev/rtc ]; then hwclock -w -u || { echo 'the clock on the board took no time' >&2; exit 3; }; fi
exit 0`;

const setTo = (ms: number): Sh => script(setScript, String(Math.round(ms / 1000)));

const now = sh`date +%s`;

/** Seconds the node is surely off, and likely: its answer was given somewhere between asking and hearing it. */
async function offBy(
  hands: Hands,
  clock: Clock,
  again: boolean,
): Promise<{ off: number; likely: number; there: number } | undefined> {
  const from = clock.now().getTime() / 1000;
  const { stdout } = await hands.exec(now, { as: 'login', again, timeoutMs: 30_000 });
  const to = clock.now().getTime() / 1000;
  const there = Number(stdout.trim() || Number.NaN);
  if (Number.isNaN(there)) return undefined;
  // the node tells whole seconds
  const off = there + 1 < from ? there + 1 - from : there > to ? there - to : 0;
  return { there, off, likely: there + 0.5 - (from + to) / 2 };
}

const agrees = (clock: Clock): Look => ({
  shows: [{ text: now.text, as: 'login' }],
  look: async (hands, again) => {
    const seen = await offBy(hands, clock, again);
    if (!seen) return notSo('the node did not say what time it has');
    return Math.abs(seen.off) <= tolerance
      ? so(`the node says ${utc(seen.there * 1000)}, as the laptop does`)
      : notSo(`the node’s clock is ${ahead(seen.off)}`);
  },
});

/** How often it is set, each time a little earlier or later, on a line that is slow. */
const mostTries = 3;

async function setIt(hands: Hands, { clock }: RemedyParts, { notBefore }: ClockGround): Promise<string> {
  const at = clock.now().getTime();
  if (notBefore && at < notBefore.at)
    throw refused(
      hands.node.name,
      `The laptop’s clock went back to ${utc(at)}.`,
      'Set the laptop’s clock first.',
    );
  // a slow line or a slow machine takes its time to do it: what that costs is seen and added
  let delay = 0;
  let exit = await hands.exec(setTo(at), { as: 'root', timeoutMs: 60_000 });
  for (let i = 1; i < mostTries && exit.code !== 1; i++) {
    const seen = await offBy(hands, clock, true);
    // What is looked at later may be asked faster, and be surer of what is off: by then it has to be less.
    if (!seen || Math.abs(seen.likely) <= tolerance / 2) break;
    delay -= seen.likely * 1000;
    exit = await hands.exec(setTo(clock.now().getTime() + delay), { as: 'root', timeoutMs: 60_000 });
  }
  if (exit.code === 3)
    return 'The clock was set; the one on the board took no time: after the next power cut it will be wrong again.';
  if (exit.code !== 0)
    throw new FieldError({
      code: 'step-failed',
      says: `The clock could not be set: ${exit.stderr.trim().slice(0, 300) || 'no reason was given'}.`,
      about: hands.node.name,
      untouched: 'The clock is as it was.',
      next: 'A container cannot set its clock: set that of its host.',
    });
  return `The clock was set to ${utc(at)}.`;
}

const setStep = (parts: RemedyParts, ground: ClockGround): Step => ({
  id: 'clock',
  title: 'Set the clock',
  why: 'Time services are stopped, the clock is set to the laptop’s, and written to the one on the board.',
  weight: 2,
  changes: true,
  probe: agrees(parts.clock),
  apply: [
    {
      is: 'laptop',
      says: `set the node’s clock to the laptop’s at that moment, as root:\n${script(setScript, 'SECONDS').text}`,
      work: hands => setIt(hands, parts, ground),
    },
  ],
  verify: agrees(parts.clock),
});

/** Dates of certificates at the right time. Leaves that are not valid are told; K3s renews what has expired at its start. */
const certificatesStep = ({ clock }: RemedyParts): Step => ({
  id: 'certificates',
  title: 'Check the certificates at the right time',
  why: 'Certificates made while the clock was wrong may not be valid now.',
  weight: 1,
  changes: false,
  apply: [],
  verify: {
    shows: [{ text: readCertificates.text, as: 'root' }],
    look: async hands => {
      const { stdout } = await hands.exec(readCertificates, { as: 'root', hush: true, keepBytes: 2 ** 20 });
      const leaves = leavesIn(stdout);
      const at = clock.now().getTime();
      const authorities = wrongAt(
        leaves.filter(({ ca }) => ca),
        at,
      );
      if (authorities[0] !== undefined) return notSo(`the CA is not valid: ${authorities[0]}`);
      const wrong = wrongAt(leaves, at);
      const early = wrong.filter(one => one.includes('not valid before'));
      return so(
        early.length > 0
          ? `made in the future: ${early.slice(0, 2).join('; ')}. If K3s does not start, use rotate-certificates`
          : wrong.length > 0
            ? `${wrong.slice(0, 2).join('; ')}; K3s renews them at its start`
            : leaves.length === 0
              ? 'there are no certificates yet'
              : `${leaves.length} certificates are valid`,
      );
    },
  },
});

const ntpBack: Step = {
  id: 'ntp',
  title: 'Let the time service go on',
  why: 'It was on before; a time server on the site keeps the clock right from now on.',
  weight: 1,
  changes: true,
  apply: [
    {
      is: 'command',
      as: 'root',
      command: script(
        String.raw`# the time service as it was before
if command -v timedatectl >/dev/null 2>&1; then timedatectl set-ntp true 2>/dev/null; fi
for s in chrony chronyd ntp ntpd; do
  [ "$(systemctl is-enabled "$s" 2>/dev/null)" = enabled ] && systemctl start --no-block "$s"
done
exit 0`,
      ),
    },
  ],
  verify: asking(
    'root',
    script(String.raw`# does a time service run?
command -v timedatectl >/dev/null 2>&1 && timedatectl show -p NTP 2>/dev/null
for p in chronyd ntpd systemd-timesyncd; do command -v pidof >/dev/null 2>&1 && pidof "$p" >/dev/null 2>&1 && echo "daemon=$p"; done
exit 0`),
    ({ stdout }) =>
      /^(NTP=yes|daemon=)/m.test(stdout) ? so('the time service is on again') : notSo('no time service runs'),
  ),
};

export const setClock = remedyKind<ClockGround>({
  title: node => `Set the clock of ${node.name}`,
  says: 'Stops K3s, sets the node’s clock to the laptop’s, checks the certificates at that time, and starts K3s. In a cluster of several servers: one after the other.',
  look,
  fields: ({ clockAhead }) => [
    {
      name: 'laptop-right',
      label: 'The laptop’s clock is right',
      says: `Compare the laptop’s clock (UTC) with a watch or a GPS receiver. The node’s clock is ${ahead(clockAhead)} of it.`.replace(
        'behind of it',
        'behind it',
      ),
      kind: 'flag',
      value: 'no',
    },
  ],
  warnings: ({ ground }) => [
    ...(ground.rtc
      ? []
      : ['This node has no clock with a battery: after the next power cut its clock is wrong again.']),
    ...(ground.ntp
      ? [
          'A time service runs on the node. If it set the wrong time, it will do so again: look at its server.',
        ]
      : []),
  ],
  steps: (parts, { node, ground, answers, run }) => {
    if (!answers.yes('laptop-right'))
      throw new FieldError({
        code: 'consent-needed',
        says: `Nobody said that the laptop’s clock is right. It says ${utc(Math.floor(parts.clock.now().getTime() / 60_000) * 60_000)}.`,
        about: node.name,
        untouched: 'Nothing was changed on the node.',
        next: 'Compare it with a watch, then say yes (laptop-right=yes).',
      });
    const { base } = ground;
    return [
      ...(base
        ? [
            copyStep(parts, node, run),
            stopStep(base, run, 'A clock that jumps under a running etcd makes it lose its leader.'),
          ]
        : []),
      setStep(parts, ground),
      ...(base ? [certificatesStep(parts)] : []),
      ...(base ? [startStep(base, run, 'start', 'K3s starts at the right time.'), worksStep(base)] : []),
      ...(ground.ntp ? [ntpBack] : []),
    ];
  },
  afterFailure: 'Continue the run to finish it. K3s may still be stopped.',
});
