import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { usualLine } from '../../preload/contract/serial.ts';
import type { LineSettings } from '../../preload/contract/serial.ts';
import { consoles } from '../../main/links/serial/console/consoles.ts';
import { noBlackBoxes } from '../../main/links/serial/none.ts';
import { serialLinks } from '../../main/links/serial/links.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Line, Link } from '../../main/ports.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { practicePort } from '../../main/practice/wires/serial.ts';

export interface Typist {
  readonly line: Line;
  /** All that came so far, as latin1. */
  text(): string;
  /** Forgets what came so far. */
  forget(): void;
  send(text: string): Promise<void>;
  /** Waits until what came since the last `forget` matches; gives it. */
  until(pattern: RegExp, ms?: number): Promise<string>;
  /** Sends a line and gives what came until the pattern; forgets before. */
  ask(text: string, pattern: RegExp, ms?: number): Promise<string>;
}

/** Somebody at the laptop's end of the practice node's console. */
export async function typist(
  t: TestContext,
  practice: PracticeStation,
  settings: Partial<LineSettings> = {},
): Promise<Typist> {
  const line = await practice.serial.ports.open(
    practicePort,
    { ...usualLine, ...settings },
    new AbortController().signal,
  );
  t.after(() => line.close());
  let came = '';
  line.hear(bytes => (came += Buffer.from(bytes).toString('latin1')));
  // The prompt of a node that has just begun may still be on its way.
  for (let before = -1; before !== came.length; await wait(80)) before = came.length;
  came = '';
  const until = async (pattern: RegExp, ms = 8000): Promise<string> => {
    for (const end = Date.now() + ms; Date.now() < end; await wait(5)) if (pattern.test(came)) return came;
    throw new Error(`waited for ${String(pattern)}, and this came:\n${came}`);
  };
  const send = (text: string): Promise<void> => line.send(Buffer.from(text, 'latin1'));
  return {
    line,
    text: () => came,
    forget: () => void (came = ''),
    send,
    until,
    ask: async (text, pattern, ms) => {
      came = '';
      await send(text);
      return until(pattern, ms);
    },
  };
}

/** Logs in at the prompt; gives the typist in a shell. */
export async function loggedIn(t: TestContext, practice: PracticeStation, user = 'root'): Promise<Typist> {
  const at = await typist(t, practice);
  await at.ask('\r', /login: $/);
  await at.ask(`${user}\r`, /Password: $/);
  await at.ask(`${practice.password.reveal()}\r`, /[#$] $/);
  at.forget();
  return at;
}

/** The real serial link, over the practice node's console. */
export async function serialLinkTo(t: TestContext, practice: PracticeStation, user = 'root'): Promise<Link> {
  const allConsoles = consoles({
    ports: practice.serial.ports,
    detect: () => Promise.reject(new Error('the speed is known')),
    blackBoxes: noBlackBoxes,
    clock: systemClock,
  });
  const links = serialLinks({ consoles: allConsoles, clock: systemClock, chance: systemChance });
  const { name, password } = practice;
  const target = {
    address: '',
    port: 0,
    user,
    name,
    login: { is: 'password' },
    cable: { port: practicePort, settings: usualLine },
    secret: (kind: string) => (kind === 'passphrase' ? undefined : password),
  } as const;
  const link = await links.open(target, new AbortController().signal);
  t.after(async () => {
    await link.close();
    await allConsoles.close();
  });
  return link;
}
