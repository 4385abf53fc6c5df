import { KeyRound, ListChecks } from 'lucide-react';
import { useStore } from 'zustand';
import type { ExportPlan, Site } from '../../../preload/contract/domain.ts';
import { exportChoices } from '../../../preload/contract/supply/exports.ts';
import { Button } from '../../ui/Button.tsx';
import { CheckBox } from '../../ui/Field.tsx';
import { size, span } from '../../ui/format.ts';
import { Code, Facts } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import {
  choicesKey,
  choose,
  chooseKey,
  enterSite,
  planExport,
  planKey,
  writeKey,
  writeNew,
} from './actions.ts';
import { Recipients } from './Recipients.tsx';
import { grouped } from './store.ts';

/** What goes out, who can open it, and what should be known before. */
export function WhatPart({ site }: { readonly site: Site }) {
  const page = usePage();
  const words = useWords().supply;
  const { plan, again } = useStore(page.supply);
  const planning = useBusy(planKey);
  const writing = useBusy(writeKey);
  return (
    <>
      {again !== undefined && (
        <Banner tone="quiet" title={words.onceMore}>
          <p>{words.onceMoreSays}</p>
          <Button disabled={writing} onClick={() => writeNew(page)}>
            {words.writeNew}
          </Button>
        </Banner>
      )}
      <Recipients key={`${site.id}${site.recipients.join()}`} site={site} />
      {again === undefined && <Choices site={site} />}
      <div className="row">
        <Button
          icon={ListChecks}
          look={plan ? 'plain' : 'primary'}
          busy={planning}
          disabled={writing}
          onClick={() => void planExport(page, site.id)}
        >
          {plan ? words.lookAgain : words.look}
        </Button>
      </div>
      <TaskLine task={planKey} label={words.looking} again={() => void planExport(page, site.id)} />
      {plan && <PlanBody plan={plan} />}
    </>
  );
}

function Choices({ site }: { readonly site: Site }) {
  const page = usePage();
  const words = useWords().supply;
  const chosen = useStore(page.supply, state => state.choices);
  const writing = useBusy(writeKey);
  return (
    <section className="stack">
      <h3>{words.choicesTitle}</h3>
      <p className="hint">{words.choicesSays}</p>
      {chosen && (
        <div className="checks">
          {exportChoices.map(each => (
            <CheckBox
              key={each}
              label={words.choices[each].label}
              hint={words.choices[each].says}
              checked={chosen.includes(each)}
              disabled={writing}
              onValue={on =>
                void choose(
                  page,
                  site.id,
                  exportChoices.filter(one => (one === each ? on : chosen.includes(one))),
                )
              }
            />
          ))}
        </div>
      )}
      <TaskLine task={choicesKey} label={words.choosing} again={() => void enterSite(page, site.id)} />
      <TaskLine task={chooseKey} label={words.choosing} />
    </section>
  );
}

function PlanBody({ plan }: { readonly plan: ExportPlan }) {
  const words = useWords().supply;
  const groups = grouped(plan.items);
  const bytes = plan.items.reduce((sum, item) => sum + item.bytes, 0);
  return (
    <div className="stack">
      {plan.warnings.map(warning => (
        // The only one that means the site may be lost for good with the laptop.
        <Banner key={warning} tone={isDrill(warning) ? 'bad' : 'warn'} title={warning}>
          {isDrill(warning) && (
            <Button icon={KeyRound} onClick={() => go({ is: 'keys' })}>
              {words.toKeys}
            </Button>
          )}
        </Banner>
      ))}
      {plan.breakGlass === undefined && (
        <Banner tone="bad" title={words.noSafe}>
          <p>{words.noSafeSays}</p>
          <Button icon={KeyRound} onClick={() => go({ is: 'keys' })}>
            {words.toKeys}
          </Button>
        </Banner>
      )}
      <Table
        caption={words.plan}
        rows={groups}
        rowKey={group => group.what}
        columns={[
          { head: words.columns.what, render: group => words.what[group.what] },
          { head: words.columns.files, kind: 'number', render: group => group.items.length },
          { head: words.columns.size, kind: 'number', render: group => size(group.bytes) },
        ]}
      />
      <p>
        <strong>{words.total(plan.items.length, size(bytes))}</strong>{' '}
        {plan.seconds === undefined ? words.takesUnknown : words.takes(span(plan.seconds))}
      </p>
      <details className="proof-fold">
        <summary>{words.everyFile(plan.items.length)}</summary>
        <ul className="proof-names">
          {plan.items.map(item => (
            <li key={item.path} className="break">
              {item.path} · {size(item.bytes)}
            </li>
          ))}
        </ul>
      </details>
      <Facts
        facts={[
          [
            words.sealedTo,
            <span key="keys" className="stack">
              {plan.recipients.map(key => (
                <Code key={key}>{key}</Code>
              ))}
            </span>,
          ],
          ...(plan.breakGlass === undefined
            ? []
            : [[words.safe, <Code key="safe">{plan.breakGlass}</Code>] as const]),
          [words.bag, <Code key="bag">{plan.bag}</Code>],
        ]}
      />
    </div>
  );
}

/** The warning about the paper nobody has tried; it names the page where the drill is. */
const isDrill = (warning: string): boolean => /\bdrill\b/.test(warning);
