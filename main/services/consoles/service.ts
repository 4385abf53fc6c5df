import type { LineSettings, ConsoleNews, SerialPort } from '../../../preload/contract/serial.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ConsoleId } from '../../../preload/contract/ids.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import type { BlackBoxes, Chance, Clock, Console, ConsoleLogin, Consoles } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { nodes as allNodes } from '../../store/nodes.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { SiteService } from '../sites/service.ts';
import { Queue } from './queue.ts';

export interface ConsoleDeps {
  readonly store: Store;
  readonly consoles: Consoles;
  readonly blackBoxes: BlackBoxes;
  readonly sites: Pick<SiteService, 'targetOf'>;
  readonly clock: Clock;
  readonly chance: Chance;
}

type ConsoleCalls =
  | 'serial.list'
  | 'serial.detect'
  | 'console.type'
  | 'console.act'
  | 'console.set'
  | 'console.close'
  | 'blackbox.list'
  | 'blackbox.read'
  | 'blackbox.search';

export interface ConsoleService {
  readonly calls: Pick<CallHandlers, ConsoleCalls>;
  readonly feeds: Pick<FeedHandlers, 'console.open'>;
}

/** A view that does not keep up misses bytes; the black box has them all. */
const mostWaiting = 2 ** 20;
/** Deeds that reach past whatever stands on the console, and the word that has to be typed for them. */
const dangerous = { break: 'BREAK', sysrq: 'SYSRQ' } as const;

/** Serial consoles for the page and the command line: ports, speeds, what stands there, typing and deeds. */
export function consoleService(deps: ConsoleDeps): ConsoleService {
  const { store, consoles, blackBoxes, chance } = deps;
  const open = new Map<ConsoleId, Console>();

  const get = (id: ConsoleId): Console => {
    const found = open.get(id);
    if (!found) throw gone();
    return found;
  };

  function idOf(console: Console): ConsoleId {
    for (const [id, one] of open) if (one === console) return id;
    const id = chance.uuid() as ConsoleId;
    open.set(id, console);
    void console.closed.then(() => open.delete(id));
    return id;
  }

  /** The settings that were last found right on a port, for whoever does not name any. */
  const knownSettings = (port: string): LineSettings | undefined =>
    store.read(db => allNodes(db)).find(node => node.cable?.port === port)?.cable?.settings;

  async function* watch(
    { port, settings }: { readonly port: string; readonly settings?: LineSettings },
    signal: AbortSignal,
  ): AsyncGenerator<ConsoleNews, void> {
    const console = await consoles.open(port, settings ?? knownSettings(port) ?? 'detect', signal);
    const news = new Queue<ConsoleNews>(item => (item.is === 'bytes' ? item.bytes.length : 0), mostWaiting);
    const unwatch = console.watch(event => news.push(event));
    void console.closed.then(() => news.end());
    try {
      const { state, can } = console;
      yield { is: 'opened', console: idOf(console), settings: console.settings, can, state };
      if (console.driver !== undefined) yield { is: 'driven', by: console.driver };
      for await (const item of news.pull(signal)) {
        const missed = news.missed();
        if (missed > 0) yield { is: 'note', says: tooFast(missed) };
        yield item;
      }
      if (!signal.aborted) yield { is: 'closed', says: 'The console was closed.' };
    } finally {
      unwatch();
    }
  }

  return {
    calls: {
      'serial.list': async () => (await consoles.ports()).map(port => withNode(store, port)),
      'serial.detect': ({ port }, { signal, progress }) =>
        consoles.detect(port, { signal, onProgress: progress }),
      'console.type': async ({ console: id, bytes }) => {
        await get(id).type(bytes);
        return null;
      },
      'console.act': async ({ console: id, deed, node, sysrq, typed }, { signal }) => {
        const console = get(id);
        if ((deed === 'break' || deed === 'sysrq') && typed !== dangerous[deed])
          throw wantsWord(console.port, dangerous[deed]);
        const login = node === undefined ? undefined : loginOf(deps, node);
        await console.act(deed, { signal, ...(login && { login }), ...(sysrq !== undefined && { sysrq }) });
        if (deed === 'break' || deed === 'sysrq')
          store.write(db => {
            audit(
              db,
              technician(db),
              `sent-${deed}`,
              { port: console.port, sysrq: sysrq ?? '' },
              deps.clock.now(),
            );
          });
        return null;
      },
      'console.set': async ({ console: id, settings }) => {
        await get(id).set(settings);
        return null;
      },
      'console.close': async ({ console: id }) => {
        const console = get(id);
        if (console.driver !== undefined) throw driven(console);
        await console.close();
        return null;
      },
      'blackbox.list': () => blackBoxes.list(),
      'blackbox.read': ({ port, ...wanted }) => blackBoxes.read(port, wanted),
      'blackbox.search': (wanted, { signal }) => blackBoxes.search(wanted, signal),
    },
    feeds: { 'console.open': watch },
  };
}

function loginOf({ sites }: ConsoleDeps, node: Parameters<SiteService['targetOf']>[0]): ConsoleLogin {
  const target = sites.targetOf(node);
  return { user: target.user, name: target.name, secret: kind => target.secret(kind) };
}

/** A port with the node whose console it was last. */
function withNode(store: Store, port: SerialPort): SerialPort {
  const node = store.read(db => allNodes(db)).find(one => one.cable?.port === port.port);
  return node ? { ...port, node: node.id } : port;
}

const tooFast = (bytes: number): string =>
  `${bytes} bytes came faster than they could be shown; the black box has them.`;

const gone = (): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'That console is closed.',
    untouched: 'Nothing was sent.',
    next: 'Open the port again.',
  });

const wantsWord = (about: string, word: string): FieldError =>
  new FieldError({
    code: 'consent-needed',
    says: `This reaches the machine past everything that runs on it. It is done only after ${word} was typed.`,
    about,
    untouched: 'Nothing was sent.',
    next: `Type ${word} if you mean it.`,
  });

const driven = (console: Console): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: `${console.driver ?? 'A run'} is working over this console.`,
    about: console.port,
    untouched: 'The console stays open.',
    next: 'Wait until it is done, or stop it first.',
  });
