import { createStore } from 'zustand/vanilla';
import type { Instant } from '../../../preload/contract/domain.ts';
import type { ConsoleId } from '../../../preload/contract/ids.ts';
import type { ConsoleNews, ConsoleState, LineCan, LineSettings } from '../../../preload/contract/serial.ts';
import { without } from '../../ui/without.ts';

/** Something the host noticed on a console, with when this page heard it. */
export interface Note {
  readonly at: Instant;
  readonly says: string;
}

/** One console as this page knows it. */
export interface Session {
  readonly port: string;
  /** Only while it is open. */
  readonly console?: ConsoleId;
  readonly settings?: LineSettings;
  readonly can?: LineCan;
  readonly state?: ConsoleState;
  /** Who drives it; absent: the technician may type. */
  readonly drivenBy?: string;
  /** The newest few, oldest first. */
  readonly notes: readonly Note[];
  /** Why it is closed, in the host's words. */
  readonly closed?: string;
}

export interface ConsolesState {
  readonly sessions: Readonly<Record<string, Session>>;
}

export const consolesStore = () => createStore<ConsolesState>(() => ({ sessions: {} }));

export const sessionOf = ({ sessions }: ConsolesState, port: string | undefined): Session | undefined =>
  port === undefined ? undefined : sessions[port];

const notesKept = 5;

export const freshSession = (port: string): Session => ({ port, notes: [] });

/** The console after one piece of news. Bytes change nothing here: they go to the panes. */
export function foldConsole(at: Session, news: ConsoleNews, now: Instant): Session {
  switch (news.is) {
    case 'opened':
      return {
        port: at.port,
        notes: at.notes,
        console: news.console,
        settings: news.settings,
        can: news.can,
        state: news.state,
      };
    case 'bytes':
      return at;
    case 'state':
      return { ...at, state: news.state };
    case 'settings':
      return { ...at, settings: news.settings };
    case 'driven':
      return news.by === undefined ? without(at, 'drivenBy') : { ...at, drivenBy: news.by };
    case 'note':
      return { ...at, notes: [...at.notes, { at: now, says: news.says }].slice(-notesKept) };
    case 'closed':
      return { ...without(at, 'console', 'drivenBy'), closed: news.says };
    default:
      return news satisfies never;
  }
}
