import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Terminal } from '../../ui/terminal/Terminal.tsx';
import { useWords } from '../../words/context.ts';
import { saveFontSize } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { usualFontSize } from '../app/store.ts';
import { shellSource } from './actions.ts';

/** An interactive shell on a node. It closes with the pane. */
export function ShellPane({ node, title }: { readonly node: NodeId; readonly title: string }) {
  const page = usePage();
  const words = useWords().sites;
  const [opened, setOpened] = useState(1);
  const [closed, setClosed] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const fontSize = useStore(page.app, state => state.settings.value?.terminalFontSize ?? usualFontSize);
  const source = useMemo(
    () => ({ ...shellSource(page, node, says => setClosed(says || words.shellClosed)), opened }),
    [page, node, opened, words],
  );
  const again = (): void => {
    setClosed(undefined);
    setFailure(undefined);
    setOpened(opened + 1);
  };
  return (
    <div className="shell">
      <Terminal
        title={title}
        source={source}
        takesFocus
        fontSize={fontSize}
        onFontSize={size => saveFontSize(page, size)}
        onFailed={thrown => setFailure(failureOf(thrown))}
        onEnded={() => setClosed(before => before ?? words.shellClosed)}
      />
      {failure && (
        <FailurePanel failure={failure}>
          <Button look="primary" onClick={again}>
            {words.shellAgain}
          </Button>
        </FailurePanel>
      )}
      {closed !== undefined && !failure && (
        <div className="row between" role="status">
          <span>{closed}</span>
          <Button onClick={again}>{words.shellAgain}</Button>
        </div>
      )}
    </div>
  );
}
