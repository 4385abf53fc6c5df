import { useState } from 'react';
import { useStore } from 'zustand';
import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { agreeOptions, suggest } from './actions.ts';
import { draftOf, optionsOf, wrongsOf } from './draft.ts';
import {
  NamesGroup,
  NetworksGroup,
  PartsGroup,
  RescueGroup,
  SchedulingGroup,
  SnapshotsGroup,
} from './groups.tsx';
import type { GroupProps } from './groups.tsx';

/** The options of the install; they begin with what the host suggests for this node. */
export function OptionsPart() {
  const page = usePage();
  const words = useWords();
  const options = useStore(page.install, state => state.options ?? state.suggested);
  const failure = useStore(page.install, state => state.suggestFailure);
  if (options) return <OptionsForm options={options} />;
  if (failure)
    return (
      <FailurePanel failure={failure}>
        <Button look="primary" onClick={() => void suggest(page)}>
          {words.ui.tryAgain}
        </Button>
      </FailurePanel>
    );
  return (
    <p className="hint" role="status">
      {words.install.suggesting}
    </p>
  );
}

function OptionsForm({ options }: { readonly options: InstallOptions }) {
  const page = usePage();
  const words = useWords().install;
  const [draft, setDraft] = useState(() => draftOf(options));
  const wrongs = wrongsOf(draft);
  const fits = Object.keys(wrongs).length === 0;
  const group: GroupProps = { draft, wrongs, change: part => setDraft(before => ({ ...before, ...part })) };
  return (
    <form
      className="options"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        if (fits) agreeOptions(page, optionsOf(draft));
      }}
    >
      <NamesGroup {...group} />
      <NetworksGroup {...group} />
      <SnapshotsGroup {...group} />
      <PartsGroup {...group} />
      <SchedulingGroup {...group} />
      <RescueGroup {...group} />
      <div className="row end-of-form">
        <Button look="primary" type="submit" disabled={!fits}>
          {words.agree}
        </Button>
      </div>
    </form>
  );
}
