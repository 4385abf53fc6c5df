import type { Reachability, WanSeen } from '../../../preload/contract/wan.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, size, table } from '../words.ts';
import { timeIn } from './metrics.ts';

async function pulled(at: At): Promise<Answer> {
  const node = await at.node(at.arg(0));
  const done = await at.call('recorder.pull', { node: node.id });
  const lines = done.there
    ? [
        `✓ ${done.samples} samples were pulled from ${node.name}, ${size(done.bytes)}.`,
        ...(done.clockJumps > 0
          ? [`The clock of the node jumped ${done.clockJumps} times; the samples are at their true times.`]
          : []),
        ...(done.unplaced > 0
          ? [
              `! ${done.unplaced} samples were left out: the node’s clock was wrong all along, and nobody knows when they were taken.`,
            ]
          : []),
        ...done.left.map(each => `! ${plain(each)}`),
      ]
    : [`✗ ${node.name} logs nothing by itself. Next: coldstart remedy ${node.name} recorder-install`];
  return { json: done, text: lines.join('\n'), exit: done.there ? 0 : 1 };
}

const when = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
const row = ({ from }: WanSeen, seen: Reachability): readonly string[] => [
  plain(from),
  plain(seen.target),
  seen.isUp === undefined ? '' : seen.isUp ? 'answers' : 'does not',
  seen.availability === undefined ? '' : `${(seen.availability * 100).toFixed(2)} %`,
  String(seen.outages.length),
  String(seen.flaps),
  seen.rtt === undefined ? '' : `${(seen.rtt.median * 1000).toFixed(0)} ms`,
];

async function wan(at: At): Promise<Answer> {
  const site = await at.site(at.option('site'));
  const given = at.option('targets');
  const { targets } = await at.call('wan.targets', {
    site: site.id,
    ...(given === undefined ? {} : { targets: given }),
  });
  const now = Date.now();
  const from = timeIn(at.option('from') ?? '7d', now);
  const all = await at.call('wan.seen', { site: site.id, from, to: now });
  const outages = all.flatMap(({ from: place, any }) =>
    any.outages.map(
      one => `  ${when(one.from)} – ${one.to === undefined ? '…' : when(one.to)}  from ${plain(place)}`,
    ),
  );
  return {
    json: { targets, seen: all },
    text: [
      targets === ''
        ? `Nothing is asked at ${site.name}. Choose with: coldstart metrics wan --targets "192.0.2.1 hq.example.org:443"`
        : `Asked while metrics are recorded: ${plain(targets)}`,
      ...(all.length === 0
        ? ['Nothing was seen of the way out in that time.']
        : [
            table(
              ['FROM', 'TARGET', 'NOW', 'AVAILABLE', 'OUTAGES', 'FLAPS', 'ROUND TRIP'],
              all.flatMap(seen => [...seen.targets, seen.any].map(each => row(seen, each))),
            ),
          ]),
      ...(outages.length > 0 ? ['Without any way out (UTC):', ...outages] : []),
    ].join('\n'),
  };
}

export const recordedVerbs: readonly Verb[] = [
  {
    name: 'metrics pull',
    takes: ['NODE'],
    says: 'Bring what a node logged by itself since the last pull among the site’s metrics.',
    more: 'A node logs by itself once it has the recorder: coldstart remedy NODE recorder-install',
    run: pulled,
  },
  {
    name: 'metrics wan',
    takes: [],
    says: 'Choose what is asked beyond the site, and show outages, flaps and availability of the way out.',
    more: 'Examples:\n  coldstart metrics wan --targets "192.0.2.1 hq.example.org:443"\n  coldstart metrics wan --from 35d',
    options: {
      site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
      targets: {
        value: 'LIST',
        says: 'Up to 8 addresses to ping, or with :PORT to connect to. Empty: none.',
      },
      from: { value: 'TIME', says: 'From here on; default 7d.' },
    },
    run: wan,
  },
];
