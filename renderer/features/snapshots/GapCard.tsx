import { CalendarClock, Wrench } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { GapWatch } from '../../../preload/contract/snapshots/gap.ts';
import { Button } from '../../ui/Button.tsx';
import { moment, size } from '../../ui/format.ts';
import { Ago, Card, Facts } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { chooseRemedy } from '../remedies/actions.ts';
import { RemedyAsked } from '../remedies/RemedyAsked.tsx';
import { gapKey, lookAtGap } from './actions.ts';

const tones: Record<GapWatch['verdict'], Tone> = { covered: 'good', gap: 'warn', none: 'bad' };

/** How many of the days between two supply runs the snapshots of a server cover, and the way to cover more. */
export function GapCard({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().snapshots.gap;
  const gap = useStore(page.snapshots, state => state.gaps[node.id]);
  const looking = useBusy(gapKey(node.id));
  return (
    <Card
      title={words.title(node.name)}
      says={words.says}
      actions={
        <Button icon={CalendarClock} busy={looking} onClick={() => void lookAtGap(page, node.id)}>
          {gap ? words.lookAgain : words.look}
        </Button>
      }
    >
      <TaskLine
        task={gapKey(node.id)}
        label={words.looking}
        node={node.id}
        again={() => void lookAtGap(page, node.id)}
      />
      {!gap && !looking && <p className="hint">{words.notLooked}</p>}
      {gap && <Seen gap={gap} node={node} />}
    </Card>
  );
}

function Seen({ gap, node }: { readonly gap: GapWatch; readonly node: SiteNode }) {
  const words = useWords().snapshots.gap;
  return (
    <>
      <Banner tone={tones[gap.verdict]} title={words.verdicts[gap.verdict]}>
        <p>{gap.says}</p>
      </Banner>
      <Days gap={gap} />
      {gap.warnings.map(warning => (
        <Banner key={warning} tone="warn" title={warning} />
      ))}
      <GapFacts gap={gap} />
      {gap.missed.length > 0 && (
        <details className="proof-fold">
          <summary>{words.missing(gap.missed.length)}</summary>
          <p className="hint">{words.missingSays}</p>
          <ul>
            {gap.missed.map(at => (
              <li key={at}>{moment(at)}</li>
            ))}
          </ul>
        </details>
      )}
      {gap.proposal && <Change node={node} says={gap.proposal.says} />}
    </>
  );
}

/** The days between two supply runs side by side, those first that are covered; the numbers are read out. */
function Days({ gap }: { readonly gap: GapWatch }) {
  const words = useWords().snapshots.gap;
  const says = words.days(gap.daysCovered, gap.daysWanted);
  return (
    <figure className="days">
      <div className="days-strip" aria-hidden>
        {Array.from({ length: gap.daysWanted }, (_, day) => (
          <span key={day} className="day">
            <span style={{ inlineSize: `${Math.max(0, Math.min(1, gap.daysCovered - day)) * 100}%` }} />
          </span>
        ))}
      </div>
      <figcaption>{says}</figcaption>
    </figure>
  );
}

const hours = (value: number): string => String(Math.round(value * 10) / 10);

function GapFacts({ gap }: { readonly gap: GapWatch }) {
  const words = useWords().snapshots.gap;
  const { schedule, reaches, newestCopy } = gap;
  const each = gap.bytesEach === undefined ? undefined : size(gap.bytesEach);
  const facts: (readonly [string, ReactNode])[] = [
    ...(schedule ? [[words.facts.schedule, words.keeps(schedule.cron, schedule.retention)] as const] : []),
    ...(reaches
      ? [[words.facts.reaches, words.hours(hours(reaches.leastHours), hours(reaches.mostHours))] as const]
      : []),
    [words.facts.onNode, words.snapshots(gap.onNode, each)],
    ...(gap.oldestOnNode === undefined
      ? []
      : [[words.facts.oldest, <Ago key="oldest" at={gap.oldestOnNode} />] as const]),
    ...(gap.freeBytes === undefined ? [] : [[words.facts.room, size(gap.freeBytes)] as const]),
    [words.facts.copy, newestCopy ? <Ago key="copy" at={newestCopy.savedAt} /> : words.noCopy],
    [words.facts.nextRun, gap.nextSupplyRun === undefined ? words.notKnown : moment(gap.nextSupplyRun)],
  ];
  return <Facts facts={facts} />;
}

function Change({ node, says }: { readonly node: SiteNode; readonly says: string }) {
  const page = usePage();
  const words = useWords().snapshots.gap;
  const { chosen, node: of } = useStore(page.remedies);
  const open = of === node.id && chosen?.remedy === 'snapshot-schedule';
  return (
    <>
      <p>{says}</p>
      <p className="hint">{words.eachServer}</p>
      {open ? (
        <RemedyAsked node={node} />
      ) : (
        <div className="row">
          <Button
            look="primary"
            icon={Wrench}
            onClick={() =>
              void chooseRemedy(page, node.id, { remedy: 'snapshot-schedule', title: words.change })
            }
          >
            {words.change}
          </Button>
        </div>
      )}
    </>
  );
}
