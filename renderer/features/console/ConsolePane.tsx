import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { Terminal } from '../../ui/terminal/Terminal.tsx';
import { useWords } from '../../words/context.ts';
import { saveFontSize } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { usualFontSize } from '../app/store.ts';
import { consoleSource } from './actions.ts';

/** The bytes of a console in a terminal: what came a moment ago, then what comes, and the technician's typing. */
export function ConsolePane({
  port,
  takesFocus = false,
  children,
}: {
  readonly port: string;
  readonly takesFocus?: boolean;
  readonly children?: ReactNode;
}) {
  const page = usePage();
  const words = useWords().consoles;
  const fontSize = useStore(page.app, state => state.settings.value?.terminalFontSize ?? usualFontSize);
  const source = useMemo(() => consoleSource(page, port), [page, port]);
  return (
    <Terminal
      title={words.terminal}
      source={source}
      takesFocus={takesFocus}
      fontSize={fontSize}
      onFontSize={size => saveFontSize(page, size)}
    >
      {children}
    </Terminal>
  );
}
