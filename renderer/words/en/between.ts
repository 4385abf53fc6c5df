/** Words of "Between two visits" and "The way out", parts of Metrics. */
export const between = {
  title: 'Between two visits',
  says: 'A node can log what matters by itself while nobody is here. It is pulled when the laptop logs, or at once.',
  node: 'Node',
  install: 'Let it log by itself',
  remove: 'Log no more',
  pull: 'Pull its log now',
  pulling: 'Pulling what the node logged',
  nothingThere: 'This node logs nothing by itself.',
  pulled: (samples: string): string => `${samples} samples were pulled.`,
  unplaced: (n: string): string =>
    `${n} samples were left out: the node’s clock was wrong all along, and nobody knows when they were taken.`,
  jumped: (n: number): string =>
    n === 1
      ? 'The node’s clock jumped once; the samples are at their true times.'
      : `The node’s clock jumped ${n} times; the samples are at their true times.`,
  way: 'The way out',
  waySays:
    'Whether something beyond the site answers, from each node and from this laptop. It is asked while the laptop logs, and by nodes that log by themselves and were told what to ask.',
  targets: 'What is asked',
  targetsHint:
    'Up to 8 addresses to ping, or with a port to connect to: 192.0.2.1 hq.example.org:443. Empty: nothing.',
  save: 'Save',
  saving: 'Saving',
  seen: 'How the way out was in the time shown',
  from: 'From',
  target: 'Target',
  any: 'any of them',
  laptop: 'this laptop',
  now: 'Last',
  answers: 'answers',
  silent: 'no answer',
  available: 'Available',
  outages: 'Outages',
  flaps: 'Flaps',
  rtt: 'Round trip',
  nothingSeen: 'Nothing was asked in this time.',
  guard: 'Guard the way out',
  guardSays:
    'Off by default: a server can cordon the nodes of a site of several nodes while there is no way out, and uncordon them when it is back. Its plan says what that does.',
  unguard: 'Guard no more',
};
