import { client } from '../../preload/contract/client.ts';
import type { Client } from '../../preload/contract/client.ts';
import type { World } from '../../preload/contract/domain.ts';
import type { Carrier } from '../../preload/contract/frames.ts';
import { sayHello } from '../../preload/contract/hello.ts';
import { connection } from './connection.ts';
import { gateCarriers } from './gate-carrier.ts';
import type { Gate } from './gate-carrier.ts';
import { openedSocket } from './socket-carrier.ts';

declare global {
  interface Window {
    /** There in the window of the app only. */
    readonly coldstart?: Gate;
  }
}

/** The world this page belongs to; it never changes while the page lives. */
export const world: World =
  new URLSearchParams(location.search).get('world') === 'practice' ? 'practice' : 'real';

/** Leaves this page for the same page in the other world. */
export function enterWorld(next: World): void {
  location.assign(next === 'practice' ? '/?world=practice' : '/');
}

const keyName = 'coldstart-key';

/** The page's key: from this load's page if the host just gave one, else the one this tab keeps. */
function takeKey(): string | undefined {
  const given = document.querySelector<HTMLMetaElement>('meta[name="coldstart-key"]');
  if (given) {
    sessionStorage.setItem(keyName, given.content);
    given.remove();
  }
  return sessionStorage.getItem(keyName) ?? undefined;
}

const gate = window.coldstart;
const key = gate ? undefined : takeKey();
const throughGate = gate ? gateCarriers(gate) : undefined;

const carrier = async (): Promise<Carrier<unknown, unknown>> =>
  throughGate?.() ?? (await openedSocket(new WebSocket(`ws://${location.host}/socket`)));

const connect = async (): Promise<Client> =>
  client(await sayHello(await carrier(), { t: 'hello', world, ...(key === undefined ? {} : { key }) }));

const host = connection({ connect, wait: ms => new Promise(done => setTimeout(done, ms)) });

/** Asks the host; see `Connection`. */
export const call = host.call;
/** Listens to a feed of the host; see `Connection`. */
export const listen = host.listen;
/** Where the page stands with its host, for `useSyncExternalStore(watchStanding, standing)`. */
export const standing = host.standing;
export const watchStanding = host.watch;
export const tryAgain = host.again;
