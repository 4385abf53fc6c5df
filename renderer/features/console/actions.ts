import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { ConsoleDeed, LineSettings } from '../../../preload/contract/serial.ts';
import type { TerminalSource } from '../../ui/terminal/Terminal.tsx';
import { ask, clearTask, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { Replay } from './replay.ts';
import { foldConsole, freshSession, sessionOf } from './store.ts';
import type { Session } from './store.ts';

export const joinKey = (port: string): string => `console:${port}`;
export const actKey = (port: string): string => `console.act:${port}`;

const change = (page: Page, port: string, fold: (at: Session) => Session): void =>
  page.consoles.setState(state => ({
    sessions: { ...state.sessions, [port]: fold(sessionOf(state, port) ?? freshSession(port)) },
  }));

/** The last bytes of a port, for every pane of it. */
export function replayOf(page: Page, port: string): Replay {
  const known = page.replays.get(port);
  if (known) return known;
  const fresh = new Replay();
  page.replays.set(port, fresh);
  return fresh;
}

/**
 * Opens a console, or joins the one that is open, and follows it until it closes; it goes on when the screen is left.
 * Without settings the host takes those it knows, or finds them.
 */
export async function joinConsole(page: Page, port: string, settings?: LineSettings): Promise<void> {
  const replay = replayOf(page, port);
  await task(page, joinKey(port), async ({ signal }) => {
    const wanted = { port, ...(settings && { settings }) };
    try {
      for await (const news of page.host.listen('console.open', wanted, { signal })) {
        if (news.is === 'bytes') replay.add(news.bytes);
        else change(page, port, at => foldConsole(at, news, new Date().toISOString()));
      }
    } finally {
      // However the feed ended: nothing can be typed into it any more.
      change(page, port, at =>
        at.console === undefined ? at : foldConsole(at, { is: 'closed', says: '' }, ''),
      );
    }
  });
}

/** Joins again what this page had open before the connection to its host was lost. */
export async function rejoinConsoles(page: Page): Promise<void> {
  const lost = Object.values(page.consoles.getState().sessions).filter(
    ({ port, closed }) => closed === '' && page.app.getState().tasks[joinKey(port)]?.is === 'failed',
  );
  for (const { port } of lost) clearTask(page, joinKey(port));
  await Promise.all(lost.map(({ port }) => joinConsole(page, port)));
}

const encoder = new TextEncoder();

/** What a pane shows of a console, and where its typing goes: in order, and only while nobody else drives it. */
export function consoleSource(page: Page, port: string): TerminalSource {
  let sent: Promise<unknown> = Promise.resolve();
  const replay = replayOf(page, port);
  return {
    feed: (_, signal) => replay.follow(signal),
    onData: data => {
      const { console, drivenBy } = sessionOf(page.consoles.getState(), port) ?? {};
      if (console === undefined || drivenBy !== undefined) return;
      // What is typed into a console that is gone is dropped; its feed says why it closed.
      sent = sent
        .then(() => page.host.call('console.type', { console, bytes: encoder.encode(data) }))
        .catch(() => undefined);
    },
  };
}

interface Deed {
  readonly deed: ConsoleDeed;
  readonly node?: NodeId | undefined;
  readonly sysrq?: string;
  readonly typed?: string;
}

/** Does one thing on a console; a password that is missing is asked for. Whether it was done. */
export async function act(page: Page, port: string, { node, ...deed }: Deed): Promise<boolean> {
  const session = sessionOf(page.consoles.getState(), port);
  if (session?.console === undefined) return false;
  const args: CallArgs<'console.act'> = {
    console: session.console,
    ...deed,
    ...(node !== undefined && { node }),
  };
  return (await task(page, actKey(port), how => ask(page, 'console.act', args, how))) === null;
}

/** The same after it was agreed that the password crosses a network; the doctor and remedies may then use it there too. */
export async function actExposed(page: Page, port: string, deed: Deed): Promise<boolean> {
  const { node } = deed;
  const settings = sessionOf(page.consoles.getState(), port)?.settings;
  if (node !== undefined) {
    const cable = { port, ...(settings && { settings }), passwordsInTheClear: true };
    if (!(await task(page, actKey(port), how => ask(page, 'node.cable', { node, cable }, how)))) return false;
  }
  return act(page, port, deed);
}

export const setKey = (port: string): string => `console.set:${port}`;

/** Sets the line of an open console. Whether it was done. */
export async function setLine(page: Page, port: string, settings: LineSettings): Promise<boolean> {
  const console = sessionOf(page.consoles.getState(), port)?.console;
  if (console === undefined) return false;
  const done = await task(page, setKey(port), how => ask(page, 'console.set', { console, settings }, how));
  if (done === null) change(page, port, at => ({ ...at, settings }));
  return done === null;
}

/** Closes a console for everybody. */
export async function closeConsole(page: Page, port: string): Promise<void> {
  const console = sessionOf(page.consoles.getState(), port)?.console;
  if (console === undefined) return;
  await task(page, actKey(port), how => ask(page, 'console.close', { console }, how));
}
