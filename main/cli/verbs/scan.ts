import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { Inventory, LanNow, Machine, ScanPace, ScanSummary } from '../../../preload/contract/scan.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { duration, plain, table } from '../words.ts';

const kinds: Record<Machine['kind'], string> = {
  'k3s-server': 'K3s server',
  'k3s-agent': 'K3s agent',
  k3s: 'K3s',
  rke2: 'RKE2',
  kubernetes: 'Kubernetes',
  talos: 'Talos',
  registry: 'registry',
  ssh: 'SSH only',
  serial: 'serial console',
  other: 'another device',
  closed: 'answers on no port',
};

const nameIn = (names: ReadonlyMap<SiteId, string>, site: SiteId): string => names.get(site) ?? 'a site';

/** Whose it is, in few words. */
function whose({ cluster }: Machine, names: ReadonlyMap<SiteId, string>): string {
  switch (cluster.is) {
    case 'yours':
      return `✓ ${nameIn(names, cluster.site)}`;
    case 'known':
      return nameIn(names, cluster.site);
    case 'unknown':
      return '? unknown cluster';
    case 'claims':
      return `✗ claims ${nameIn(names, cluster.site)}, no proof`;
    case 'none':
      return '';
    default:
      return cluster satisfies never;
  }
}

const waysTo = ({ ssh, serial }: Machine): string =>
  [ssh && (ssh.port === 22 ? 'ssh' : `ssh:${ssh.port}`), serial !== undefined && 'serial']
    .filter(Boolean)
    .join(', ');

/** Machines as a table, what should be known of each below it, then the conflicts. */
export function inventoryText(inventory: Inventory, names: ReadonlyMap<SiteId, string>): string {
  const { machines, conflicts, topologies } = inventory;
  if (machines.length === 0) return 'No machine is known yet.';
  const seen = ({ here, lastSeen }: Machine): string =>
    here ? 'now' : lastSeen.slice(0, 16).replace('T', ' ');
  const notes = machines.flatMap(machine =>
    machine.notes
      .filter(note => note.tone === 'warn' || note.tone === 'bad')
      .map(
        note =>
          `! ${plain(machine.name)}: ${plain(note.says)}${note.next ? `\n    → ${plain(note.next)}` : ''}`,
      ),
  );
  return [
    table(
      ['NAME', 'WHAT', 'WHOSE', 'ADDRESS', 'LINKS', 'SEEN (UTC)'],
      machines.map(each => [
        each.name,
        kinds[each.kind],
        whose(each, names),
        each.addresses[0]?.address ?? each.serial ?? '',
        waysTo(each),
        seen(each),
      ]),
    ),
    ...topologies.flatMap(({ site, quorum }) =>
      site === undefined || quorum === undefined
        ? []
        : [
            `${quorum.here >= quorum.needed ? '✓' : '✗'} ${nameIn(names, site)}: ${quorum.here} of ${quorum.members} servers with etcd are here; ${quorum.needed} are needed.`,
          ],
    ),
    ...notes,
    ...conflicts.map(each => `! ${plain(each.says)}\n    → ${plain(each.next)}`),
  ].join('\n');
}

/** Networks as they were typed; else those that are proposed. */
function networksOf(at: At, lan: LanNow): readonly string[] {
  if (at.args.length > 0) return at.args;
  const proposed = lan.networks.filter(each => each.proposed).map(each => each.cidr);
  if (proposed.length > 0) return proposed;
  const why = lan.networks.map(each => `${each.cidr}: ${each.why ?? ''}`).join(' ');
  throw new FieldError({
    code: 'bad-ask',
    says: 'This laptop is in no network that could be a site’s.',
    ...(why !== '' && { about: why }),
    untouched: 'Nothing was sent.',
    next:
      adviceText(lan) ||
      'Plug in the cable or switch the adapter on, or name the network: coldstart scan 10.0.1.0/24',
  });
}

const adviceText = ({ advice }: LanNow): string =>
  advice
    .flatMap(each => [
      each.says,
      ...each.steps.map(step =>
        step.command === undefined ? step.says : `${step.says}\n    ${step.command}`,
      ),
      ...(each.undo === undefined ? [] : [`To put the laptop back as it was: ${each.undo}`]),
    ])
    .join('\n  ');

function paceOf(at: At, networks: readonly string[], lan: LanNow): ScanPace {
  if (at.has('listen')) return 'listen';
  const isFast = (cidr: string): boolean => lan.networks.some(each => each.cidr === cidr && each.fast);
  return at.has('fast') || networks.every(isFast) ? 'fast' : 'polite';
}

function portsOf(text: string | undefined): { ports?: number[] } {
  if (text === undefined) return {};
  const ports = text.split(',').map(Number);
  if (ports.every(port => Number.isInteger(port) && port > 0 && port <= 65_535)) return { ports };
  throw new FieldError({
    code: 'bad-ask',
    says: 'Ports are numbers from 1 to 65535, with commas between them.',
    about: text,
    untouched: 'Nothing was sent.',
    next: 'Write --ports 22,6443.',
  });
}

const summaryText = ({ found, fresh, missing, seconds, stopped, left }: ScanSummary): string =>
  [
    `${found} machine(s) found in ${duration(seconds)}, ${fresh} of them new.${stopped ? ' The scan was stopped before its end.' : ''}`,
    ...(missing.length > 0 ? [`! Not seen this time: ${missing.map(plain).join(', ')}`] : []),
    ...left.map(each => `! ${plain(each)}`),
  ].join('\n');

async function scanned(at: At): Promise<Answer> {
  const lan = await at.call('scan.networks', {});
  const networks = networksOf(at, lan);
  const names = new Map((await at.call('site.list', {})).map(site => [site.id, site.name]));
  let inventory: Inventory | undefined;
  let summary: ScanSummary | undefined;
  const troubles: string[] = [];
  const ask = {
    networks: [...networks],
    pace: paceOf(at, networks, lan),
    wide: at.many('wide'),
    exclude: at.many('exclude'),
    ...portsOf(at.option('ports')),
  };
  for await (const news of at.listen('scan.run', ask)) {
    if (news.is === 'progress') at.output.progress(news.progress);
    if (news.is === 'map') ({ inventory } = news);
    if (news.is === 'ended') ({ inventory, summary } = news);
    if (news.is === 'trouble') {
      const { says, next } = news.failure;
      troubles.push(says);
      at.output.say(`! ${plain(says)}${next === undefined ? '' : `\n    → ${plain(next)}`}\n`);
    }
  }
  const kept = inventory ?? (await at.call('inventory.show', {}));
  const stopped = at.signal.aborted;
  return {
    json: { networks, pace: ask.pace, ...(summary && { summary }), troubles, inventory: kept },
    text: [
      inventoryText(kept, names),
      summary ? summaryText(summary) : 'The scan was stopped; what was found until then is kept.',
    ].join('\n'),
    exit: stopped ? 4 : troubles.length > 0 ? 5 : 0,
  };
}

async function networks(at: At): Promise<Answer> {
  const lan = await at.call('scan.networks', {});
  return {
    json: lan,
    text: [
      lan.networks.length === 0
        ? 'This laptop is in no network.'
        : table(
            ['NETWORK', 'INTERFACE', 'THIS LAPTOP', 'ADDRESSES', 'PROPOSED'],
            lan.networks.map(each => [
              each.cidr,
              each.wire,
              each.address,
              String(each.hosts),
              each.proposed ? (each.fast ? 'yes, fast' : 'yes') : `no: ${each.why ?? ''}`,
            ]),
          ),
      adviceText(lan),
    ]
      .filter(Boolean)
      .join('\n'),
  };
}

async function joined(at: At): Promise<Answer> {
  const site = await at.site(at.args[1]);
  const { machines } = await at.call('inventory.show', {});
  const wanted = at.arg(0);
  const found = machines.filter(
    each => each.id === wanted || each.name === wanted || each.addresses.some(one => one.address === wanted),
  );
  const [machine] = found;
  if (!machine || found.length > 1)
    throw new FieldError({
      code: 'no-such-thing',
      says: machine ? 'More than one machine is called so.' : 'There is no such machine in the inventory.',
      about: wanted,
      untouched: 'Nothing was joined.',
      next: 'Show them with `coldstart site show`, and name one by its address.',
    });
  const inventory = await at.call('inventory.join', { machine: machine.id, site: site.id });
  return {
    json: { inventory },
    text: `✓ The cluster of ${plain(machine.name)} is ${site.name} from now on.`,
  };
}

export const scanVerbs: readonly Verb[] = [
  {
    name: 'scan',
    takes: ['[CIDR…]'],
    says: 'Find machines on a network and say what each is.',
    more: [
      'Without a network: those this laptop is plugged into. Nobody logs in, and nothing is changed anywhere.',
      'Fewer than 15 ARP questions a second leave the laptop: at 15, industrial switches shut a port.',
      'Examples:',
      '  coldstart scan',
      '  coldstart scan 10.0.1.0/24 --exclude 10.0.1.40',
      '  coldstart scan fe80::/64%eth0',
      '  coldstart scan --listen',
    ].join('\n'),
    options: {
      fast: { says: 'Ask 256 addresses at once. Not where a switch inspects ARP.' },
      listen: { says: 'Send nothing; only listen, until Ctrl-C.' },
      exclude: { value: 'CIDR', many: true, says: 'Never ask these, such as controllers (PLC). May repeat.' },
      wide: { value: 'CIDR', many: true, says: 'Repeat a network wider than /20, to say that you mean it.' },
      ports: { value: 'PORTS', says: 'Ask only these ports, such as 22,6443.' },
    },
    run: scanned,
  },
  {
    name: 'scan networks',
    takes: [],
    says: 'Show the networks of this laptop, and what to do on a cable that leads straight to a node.',
    run: networks,
  },
  {
    name: 'site join',
    takes: ['MACHINE', '[SITE]'],
    says: 'Say that the unknown cluster a machine proved to belong to is this site’s.',
    more: 'MACHINE is its name or address in the inventory. Do it only when you know that the cluster is the site’s:\nfrom then on its servers count as yours.',
    run: joined,
  },
];
