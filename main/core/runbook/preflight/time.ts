import { clockAhead } from './facts.ts';
import { judge } from './sight.ts';
import type { Judge } from './sight.ts';

const hour = 3_600_000;

function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

const clock = judge('clock', 'Clock against the laptop', ({ facts, laptop }) => {
  const ahead = clockAhead(facts, laptop);
  if (ahead === undefined) return ['unknown', 'The node did not say its time.'];
  const seen =
    ahead === 0
      ? 'the same as the laptop’s'
      : `${span(ahead)} ${ahead > 0 ? 'ahead of' : 'behind'} the laptop’s`;
  if (Math.abs(ahead) > hour)
    return [
      'blocked',
      `It is ${seen}. The cluster’s certificates are dated by it and would not hold.`,
      'Find out which clock is right, then set the other: on the node timedatectl set-time, then hwclock -w.',
    ];
  return Math.abs(ahead) > 30_000
    ? ['warned', `It is ${seen}.`, 'Set it before the install.']
    : ['passed', seen];
});

const source = judge('time-source', 'What keeps the clock right', ({ facts }) => {
  const battery = facts.one('rtc') === 'yes';
  const said = facts.all('time');
  const daemon = facts.one('time.daemon');
  const synced = said.includes('NTPSynchronized=yes');
  if (!battery && facts.one('rtc.read') === 'yes')
    return [
      'warned',
      `No real-time clock: after a power cut the node wakes in the past${synced ? ', until its time server answers' : ''}.`,
      'Fit a clock with a battery, or run a time server on the site.',
    ];
  if (synced) return ['passed', `synchronised${daemon === undefined ? '' : ` by ${daemon}`}`];
  if (daemon !== undefined || said.includes('NTP=yes'))
    return [
      'warned',
      `${daemon ?? 'A time service'} runs, but nothing answers it.`,
      'Point it to a server of the site; offline clocks drift by seconds a day.',
    ];
  return [
    'warned',
    'Nothing synchronises it.',
    'Run a time server on the site (chrony), or compare clocks on every visit.',
  ];
});

/** What the clock must bring. */
export const timeJudges: readonly Judge[] = [clock, source];
