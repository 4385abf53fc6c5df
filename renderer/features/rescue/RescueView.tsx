import { ArchiveRestore, LifeBuoy, Server } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Ago, Card, Empty, Head } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { WizardPart } from '../../ui/WizardPart.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { StateStrip } from '../console/StateBanner.tsx';
import { examinationOf } from '../doctor/store.ts';
import { SitePicker } from '../sites/SitePicker.tsx';
import { nodesOf, siteOf } from '../sites/store.ts';
import { beginRescue, openPart } from './actions.ts';
import { BackPart } from './BackPart.tsx';
import { CablePart } from './CablePart.tsx';
import { ConsolePart } from './ConsolePart.tsx';
import { DoctorPart } from './DoctorPart.tsx';
import { LinePart } from './LinePart.tsx';
import { PortList } from './PortList.tsx';
import { RemedyPart } from './RemedyPart.tsx';
import { canOpen, lineOfWay, partsOf, unsettled } from './store.ts';
import type { Part, RescueState } from './store.ts';

/** "This node does not answer": first which one, then the way back to it. */
export function RescueView({ node: id }: { readonly node?: NodeId | undefined }) {
  const page = usePage();
  const words = useWords().rescue;
  const nodes = useStore(page.sites, state => state.nodes.value);
  const node = nodes?.find(each => each.id === id);
  if (id === undefined) return <WhichNode />;
  if (!node) return <Head title={nodes ? words.unknownNode : words.title} />;
  return <Rescue key={node.id} node={node} />;
}

function WhichNode() {
  const page = usePage();
  const {
    rescue: words,
    install: { seen },
  } = useWords();
  const site = useStore(page.sites, siteOf);
  const known = useStore(page.sites, state => state.nodes.value);
  const nodes = nodesOf(known, site?.id);
  return (
    <>
      <Head title={words.title} says={words.says} />
      <Card title={words.which}>
        <SitePicker />
        {known && nodes.length === 0 && (
          <Empty icon={Server} title={words.noNodes} says={words.noNodesSays} />
        )}
        <ul className="choices" aria-label={words.which}>
          {nodes.map(node => (
            <li key={node.id} className="choice">
              <div>
                <strong className="break">{node.name}</strong>
                <p className="hint break">
                  {node.user}@{node.address}
                </p>
              </div>
              <div className="row">
                <span className="hint">
                  {seen} <Ago at={node.lastSeen} />
                </span>
                {node.over === 'serial' && <Badge tone="quiet">{words.overCable}</Badge>}
              </div>
              <Button
                look="primary"
                icon={LifeBuoy}
                aria-label={words.chooseNamed(node.name)}
                onClick={() => go({ is: 'rescue', node: node.id })}
              >
                {words.choose}
              </Button>
            </li>
          ))}
        </ul>
      </Card>
      <Card title={words.stranger} says={words.strangerSays}>
        <PortList onUse={port => go({ is: 'console', port })} />
      </Card>
    </>
  );
}

const bodies: Record<Part, (props: { readonly node: SiteNode }) => ReactNode> = {
  cable: CablePart,
  line: LinePart,
  console: ConsolePart,
  doctor: DoctorPart,
  remedy: RemedyPart,
  back: BackPart,
};

function Rescue({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().rescue;
  const state = useStore(page.rescue);
  const mine = state.node === node.id;
  useEffect(() => void beginRescue(page, node), [page, node]);
  if (!mine) return <Head title={words.titleOf(node.name)} says={words.says} />;
  const shown = partsOf(state);
  return (
    <>
      <Head title={words.titleOf(node.name)} says={words.says}>
        <Button icon={ArchiveRestore} onClick={() => go({ is: 'restore', node: node.id })}>
          {words.restore}
        </Button>
        <Button onClick={() => go({ is: 'rescue' })}>{words.another}</Button>
      </Head>
      {/* What stands on the console is seen in every part, except where it is the part itself. */}
      {state.way?.is === 'port' && state.joined && state.open !== 'console' && (
        <StateStrip port={state.way.port} onShow={() => openPart(page, 'console')} />
      )}
      <ol className="wizard">
        {shown.map((part, i) => (
          <OnePart key={part} part={part} number={i + 1} state={state} node={node} />
        ))}
      </ol>
    </>
  );
}

function OnePart({
  part,
  number,
  state,
  node,
}: {
  readonly part: Part;
  readonly number: number;
  readonly state: RescueState;
  readonly node: SiteNode;
}) {
  const page = usePage();
  const words = useWords().rescue;
  const Body = bodies[part];
  const shown = partsOf(state);
  return (
    <WizardPart
      number={number}
      title={words.parts[part]}
      summary={useSummary(part, node)}
      open={state.open === part}
      done={part !== 'back' && shown.indexOf(part) < shown.indexOf(unsettled(state))}
      reachable={canOpen(state, part)}
      onOpen={() => openPart(page, part)}
    >
      <Body node={node} />
    </WizardPart>
  );
}

/** A settled part in one line. */
function useSummary(part: Part, node: SiteNode): string | undefined {
  const page = usePage();
  const all = useWords();
  const { way, ports, joined } = useStore(page.rescue);
  const line = useStore(page.rescue, lineOfWay);
  const console = useStore(page.consoles, ({ sessions }) =>
    way?.is === 'port' ? sessions[way.port]?.state?.is : undefined,
  );
  const examination = useStore(page.doctor, state => examinationOf(state, node.id));
  const remedy = useStore(page.remedies, state => (state.node === node.id ? state.chosen?.title : undefined));
  switch (part) {
    case 'cable':
      if (way === undefined) return undefined;
      return way.is === 'ssh'
        ? all.rescue.cable.overSsh
        : (ports.value?.find(each => each.port === way.port)?.title ?? way.port);
    case 'line':
      return line && all.consoles.line.short(line);
    case 'console':
      return console && all.consoles.states[console];
    case 'doctor':
      return examination && all.doctor.verdicts[examination.verdict];
    case 'remedy':
      return remedy;
    case 'back':
      return joined && node.over === 'ssh' ? all.rescue.back.nowSsh : undefined;
    default:
      return part satisfies never;
  }
}
