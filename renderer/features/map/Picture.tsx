import { Laptop, Network } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { RefObject } from 'react';
import type { Inventory, Machine, Topology } from '../../../preload/contract/scan.ts';
import type { Site } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { useSiteName } from './looks.tsx';
import { MachineBox } from './MachineBox.tsx';
import { drawn, pictured } from './machines.ts';
import type { Group } from './machines.ts';
import { vipLine, wireOf, ways } from './wiring.ts';
import type { Rect } from './wiring.ts';

/** More machines of one kind than this are no picture any more. */
const mostInRow = 60;

/** The site as a picture: its cluster, what stands beside it, and how this laptop reaches each machine. */
export function Picture({
  inventory,
  site,
}: {
  readonly inventory: Inventory;
  readonly site: Site | undefined;
}) {
  const words = useWords().map.picture;
  const ground = useRef<HTMLDivElement>(null);
  useLines(ground);
  const groups = pictured(inventory, site?.id);
  return (
    <div className="map-picture" ref={ground} role="group" aria-label={words.label}>
      <svg className="map-lines" aria-hidden>
        <path className="map-ssh" />
        <path className="map-serial" />
        <path className="map-vip-line" />
      </svg>
      <div className="map-top">
        <div className="map-laptop">
          <Laptop size={22} aria-hidden />
          <strong>{words.laptop}</strong>
        </div>
        <Legend />
      </div>
      {groups.map(group => (
        <Frame
          key={group.topology ? `${group.topology.site ?? ''} ${group.topology.caHash ?? ''}` : group.is}
          group={group}
          site={site}
        />
      ))}
    </div>
  );
}

function Legend() {
  const words = useWords().map.picture;
  return (
    <ul className="map-legend" aria-label={words.legend}>
      {ways.map(way => (
        <li key={way}>
          <svg width="32" height="8" aria-hidden>
            <path className={`map-${way}`} d="M0 4H32" />
          </svg>
          {words[way]}
        </li>
      ))}
    </ul>
  );
}

/** One cluster with its majority, or the machines that belong to none. */
function Frame({ group, site }: { readonly group: Group; readonly site: Site | undefined }) {
  const words = useWords().map.picture;
  const { topology, servers, agents, others } = group;
  const title = useTitle(group, site);
  return (
    <section className={topology ? 'map-frame cluster' : 'map-frame'} aria-label={title}>
      <header>
        <h3>{title}</h3>
        {topology && <Majority topology={topology} />}
      </header>
      {(servers.length > 0 || topology?.vip !== undefined) && (
        <Row title={words.servers} machines={servers} vip={topology?.vip} />
      )}
      {agents.length > 0 && <Row title={words.agents} machines={agents} />}
      {others.length > 0 && (
        <Row title={topology ? words.others : undefined} machines={others} isBeside={group.is === 'beside'} />
      )}
    </section>
  );
}

function useTitle({ is, topology }: Group, site: Site | undefined): string {
  const words = useWords().map.picture;
  const nameOf = useSiteName();
  if (is === 'beside') return words.beside;
  if (!topology) return words.nodesOf(site?.name ?? '');
  return topology.site === undefined ? words.unknownCluster : words.cluster(nameOf(topology.site));
}

/** Whether etcd has its majority, as far as it can be seen from outside. */
function Majority({ topology }: { readonly topology: Topology }) {
  const words = useWords().map.picture;
  const { quorum, site, caHash } = topology;
  return (
    <div className="map-says">
      {quorum && <Quorum quorum={quorum} />}
      {site === undefined && caHash !== undefined && (
        <p className="hint">{words.unknownMark(caHash.slice(0, 12))}</p>
      )}
    </div>
  );
}

function Quorum({ quorum }: { readonly quorum: NonNullable<Topology['quorum']> }) {
  const words = useWords().map.picture;
  const { members, here, needed } = quorum;
  if (here < needed) return <Badge tone="bad">{words.holdsNot(here, members, needed)}</Badge>;
  if (members === 1) return <Badge tone="good">{words.single}</Badge>;
  const bare = here === needed && here < members;
  return (
    <Badge tone={bare ? 'warn' : 'good'}>
      {words.holds(here, members)}
      {bare && ` ${words.lastOne}`}
    </Badge>
  );
}

function Row({
  title,
  machines,
  vip,
  isBeside = false,
}: {
  readonly title: string | undefined;
  readonly machines: readonly Machine[];
  readonly vip?: string | undefined;
  readonly isBeside?: boolean;
}) {
  const page = usePage();
  const words = useWords().map.picture;
  const shown = drawn(machines, mostInRow);
  return (
    <>
      {title !== undefined && (
        <div className="map-row-head">
          <h4>{title}</h4>
          {vip !== undefined && (
            <p className="map-vip" data-vip-of={vip}>
              <Network size={18} aria-hidden />
              <span className="break">
                {words.vip} <strong>{vip}</strong>
              </span>
            </p>
          )}
        </div>
      )}
      <ul className="map-row">
        {shown.map(machine => (
          <li key={machine.id}>
            <MachineBox machine={machine} isBeside={isBeside} />
          </li>
        ))}
      </ul>
      {machines.length > shown.length && (
        <Button look="quiet" onClick={() => page.map.setState({ view: 'table' })}>
          {words.more(machines.length - shown.length)}
        </Button>
      )}
    </>
  );
}

/** The lines follow where the boxes really stand, whatever the width, the zoom and the size of the text. */
function useLines(ground: RefObject<HTMLDivElement | null>): void {
  useLayoutEffect(() => {
    if (ground.current) draw(ground.current);
  });
  useEffect(() => {
    if (!ground.current) return undefined;
    const watch = new ResizeObserver(([entry]) => entry && draw(entry.target));
    watch.observe(ground.current);
    return () => watch.disconnect();
  }, [ground]);
}

function draw(ground: Element): void {
  const laptop = ground.querySelector('.map-laptop');
  if (!laptop) return;
  const from = ground.getBoundingClientRect();
  const rect = (of: Element): Rect => {
    const { left, top, width, height } = of.getBoundingClientRect();
    return { x: left - from.left, y: top - from.top, width, height };
  };
  const set = (line: string, path: string): void =>
    ground.querySelector(`.map-lines .${line}`)?.setAttribute('d', path);
  const boxes = [...ground.querySelectorAll<HTMLElement>('.map-box')].map(box => ({
    ...rect(box),
    ways: ways.filter(way => box.dataset['ways']?.split(' ').includes(way)),
    vip: box.dataset['vip'],
  }));
  for (const way of ways) set(`map-${way}`, wireOf(way, rect(laptop), boxes));
  const vips = [...ground.querySelectorAll<HTMLElement>('.map-vip')].flatMap(vip =>
    boxes
      .filter(box => box.vip !== undefined && box.vip === vip.dataset['vipOf'])
      .map(holder => vipLine(rect(vip), holder)),
  );
  set('map-vip-line', vips.join(''));
}
