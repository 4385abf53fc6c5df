import type { Knocked } from '../../core/lan/sighting.ts';
import type { Hearing } from './hearing.ts';
import type { Losses } from './losses.ts';
import { mannerOf } from './plan.ts';
import type { PortQuestion, Scanning } from './plan.ts';

/**
 * Linux asks for an address at 0, 1 and 2 s and has given up after 3.1 s. A connection that is still open then makes it ask
 * all over again, so none waits that long for somebody to be there. *(measured on 6.18)*
 */
export const unresolvedMs = 3200;
const patienceMostMs = 2900;
/** Ports worth a second question when a machine was silent on them. */
const worthAgain: readonly number[] = [22, 6443, 10_250];
/** A machine that takes connections and says nothing is asked no further after so many of them. */
const mostStuck = 2;
const otherKeys: readonly string[] = ['ecdsa-sha2-nistp256', 'rsa-sha2-512'];

/** Asks one host, one port after another, so that no host ever has two connections of ours. */
export interface Asking {
  /** Asks the first port of an address that may be nobody's; gives whether somebody is there. */
  first(address: string, onAnswer: () => void): Promise<boolean>;
  /** Asks all ports that were not asked yet. */
  rest(address: string): Promise<void>;
  /** Asks once more, with more patience, the ports that matter among these, on which it was silent. */
  again(address: string, ports: readonly number[]): Promise<void>;
}

export function asking(
  { senses, clock, plan, heard, tell, signal }: Scanning,
  hearing: Hearing,
  lost: Pick<Losses, 'couldNot' | 'isLost'>,
): Asking {
  const manner = mannerOf(plan);

  /** One question. While the system still looks for the address, a late answer can come, so a gentle scan waits for it. */
  async function ask(
    address: string,
    { port, question }: PortQuestion,
    patienceMs: number,
    onOpen: () => void = () => undefined,
  ): Promise<Knocked> {
    const giveUp = new AbortController();
    const stop = AbortSignal.any([signal, giveUp.signal]);
    const ends = clock.monotonic() + patienceMostMs;
    let isOpen = false;
    const patience = (async () => {
      await clock.sleep(patienceMs, stop);
      while (manner.waitsForSystem && clock.monotonic() < ends && hearing.standing(address) === 'asking')
        await clock.sleep(100, stop);
      if (!isOpen) giveUp.abort();
    })().catch(() => undefined);
    try {
      return await senses.ask({ address, port }, question, {
        connectMs: patienceMostMs,
        talkMs: manner.talkMs,
        signal: stop,
        onOpen: () => {
          isOpen = true;
          onOpen();
        },
      });
    } catch (thrown) {
      if (giveUp.signal.aborted && !signal.aborted) return { is: 'silent' };
      throw thrown;
    } finally {
      giveUp.abort();
      await patience;
    }
  }

  /** The other host keys of a machine whose first one nobody knows: nodes may have been pinned by another type. */
  async function withAllKeys(
    address: string,
    { port, question }: PortQuestion,
    what: Knocked,
  ): Promise<Knocked> {
    const keys = what.is === 'open' ? (what.talk.hostKeys ?? []) : [];
    if (what.is !== 'open' || question.is !== 'ssh' || keys.length === 0 || plan.knownKeys.size === 0)
      return what;
    if (keys.some(({ fingerprint }) => plan.knownKeys.has(fingerprint))) return what;
    const more = await ask(address, { port, question: { is: 'ssh', keyTypes: otherKeys } }, manner.againMs);
    if (more.is !== 'open') return what;
    return { ...what, talk: { ...what.talk, hostKeys: [...keys, ...(more.talk.hostKeys ?? [])] } };
  }

  async function keep(address: string, each: PortQuestion, what: Knocked): Promise<void> {
    // A firewall's “prohibited” arrives as if the laptop had no way there; but then the address has a card behind it.
    if (what.is === 'could-not' && hearing.standing(address) !== 'resolved')
      await lost.couldNot(address, what.code);
    else if (what.is === 'could-not') note(address, each.port, { is: 'closed', ms: 0 });
    else note(address, each.port, await withAllKeys(address, each, what));
  }

  function note(address: string, port: number, what: Knocked): void {
    if (heard.knocked(address, port, what)) tell.heard();
  }

  const questionsFor = (address: string): readonly PortQuestion[] => {
    const ssh = plan.ports.find(({ question }) => question.is === 'ssh');
    const more = ssh ? (plan.sshPorts.get(address) ?? []) : [];
    return [
      ...plan.ports,
      ...more.map(port => ({ port, question: ssh?.question ?? { is: 'knock' as const } })),
    ];
  };

  return {
    async first(address, onAnswer) {
      const [first] = plan.ports;
      if (!first) return false;
      const what = await ask(address, first, manner.silentMs, onAnswer);
      if (what.is === 'closed') onAnswer();
      // A firewall that drops looks like nobody, but the system's table knows that somebody has the address.
      if (what.is === 'silent' || what.is === 'could-not') await hearing.glance();
      await keep(address, first, what);
      return heard.isAlive(address);
    },
    async rest(address) {
      let stuck = heard.isStuck(address) ? 1 : 0;
      for (const each of questionsFor(address)) {
        if (lost.isLost(address) || stuck >= mostStuck) return;
        if (heard.isAsked(address, each.port)) continue;
        const what = await ask(address, each, manner.silentMs);
        if (what.is === 'open' && what.talk.stuck === true) stuck += 1;
        await keep(address, each, what);
      }
    },
    async again(address, ports) {
      for (const each of questionsFor(address)) {
        if (!ports.includes(each.port) || !worthAgain.includes(each.port) || lost.isLost(address)) continue;
        const what = await ask(address, each, manner.againMs);
        if (what.is !== 'silent') await keep(address, each, what);
      }
    },
  };
}
