import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { Head } from '../../ui/parts.tsx';
import { WizardPart } from '../../ui/WizardPart.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { importKey } from '../bundles/actions.ts';
import { openSection, prepareInstall } from './actions.ts';
import { BundleChoice } from './BundleChoice.tsx';
import { CheckPart } from './CheckPart.tsx';
import { NodeChoice } from './NodeChoice.tsx';
import { OptionsPart } from './OptionsPart.tsx';
import { PlanPart } from './PlanPart.tsx';
import { canOpen, sections, unsettled } from './store.ts';
import type { InstallState, Section } from './store.ts';

const parts: Record<Section, () => ReactNode> = {
  bundle: BundleChoice,
  node: NodeChoice,
  options: OptionsPart,
  check: CheckPart,
  plan: PlanPart,
};

/** The install wizard: five parts, one open at a time, each settled one summed up in a line. */
export function InstallView() {
  const page = usePage();
  const words = useWords();
  const state = useStore(page.install);
  const loaded = useStore(page.bundles, ({ bundles }) => bundles.value !== undefined);
  const sited = useStore(page.sites, ({ nodes }) => nodes.value !== undefined);
  const stationed = useStore(page.app, ({ station }) => station !== undefined);
  const ready = loaded && sited && (page.host.world === 'real' || stationed);
  useEffect(() => {
    if (ready) void prepareInstall(page);
  }, [page, ready]);
  return (
    <>
      <Head title={words.install.title} says={words.install.says} />
      {page.host.world === 'practice' && <TaskLine task={importKey} label={words.install.preparing} />}
      <ol className="wizard">
        {sections.map(section => (
          <Part key={section} section={section} state={state} />
        ))}
      </ol>
    </>
  );
}

function Part({ section, state }: { readonly section: Section; readonly state: InstallState }) {
  const page = usePage();
  const words = useWords();
  const open = state.open === section;
  const reachable = canOpen(state, section);
  const done = sections.indexOf(section) < sections.indexOf(unsettled(state));
  const Body = parts[section];
  const summary = useSummary(section);
  return (
    <WizardPart
      number={sections.indexOf(section) + 1}
      title={words.install.sections[section]}
      summary={summary}
      open={open}
      done={done}
      reachable={reachable}
      onOpen={() => openSection(page, section)}
    >
      <Body />
    </WizardPart>
  );
}

/** A settled part in one line. */
function useSummary(section: Section): string | undefined {
  const page = usePage();
  const words = useWords().install;
  const { bundle, node, options, preflight, plan } = useStore(page.install);
  const bundles = useStore(page.bundles, state => state.bundles.value);
  const nodes = useStore(page.sites, state => state.nodes.value);
  switch (section) {
    case 'bundle':
      return bundles?.find(each => each.id === bundle)?.k3sVersion;
    case 'node': {
      const found = nodes?.find(each => each.id === node);
      return found && `${found.name} · ${found.user}@${found.address}`;
    }
    case 'options':
      return options && words.summary(options);
    case 'check':
      return preflight && words.checkTitles[preflight.verdict];
    case 'plan':
      return plan?.title;
    default:
      return section satisfies never;
  }
}
