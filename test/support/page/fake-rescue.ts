import type { CallHandlers, FeedHandlers } from '../../../main/bridge/handlers.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import type { ConsoleDeed, ConsoleNews, ConsoleStateName } from '../../../preload/contract/serial.ts';
import { scheduleForm } from './fake-gap.ts';
import * as made from './made-up-rescue.ts';

type Calls =
  | 'node.cable'
  | 'node.over'
  | 'node.pinByCable'
  | 'serial.list'
  | 'serial.detect'
  | 'console.type'
  | 'console.act'
  | 'console.set'
  | 'console.close'
  | 'blackbox.list'
  | 'blackbox.read'
  | 'blackbox.search'
  | 'doctor.last'
  | 'doctor.evidence'
  | 'doctor.pack'
  | 'remedy.form';

interface Around {
  readonly scenario: string;
  /** Changes a node of the stand-in and gives it. */
  readonly changeNode: (node: NodeId, part: Partial<SiteNode>) => SiteNode;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));
const after: Partial<Record<ConsoleDeed, readonly [ConsoleStateName, string]>> = {
  'log-in': ['shell', 'root\r\nPassword: \r\nLast login: Sat Nov 21 on ttyS0\r\nroot@summit-1:~# '],
  'log-out': ['login', 'logout\r\n\r\nsummit-1 login: '],
  'enter-maintenance': ['shell', '\r\nroot@summit-1:~# '],
};

/**
 * Ports, a console and a doctor that live in the page. Scenarios: `no-ports`, `maintenance`, `driven`, `healthy`,
 * `unknown`.
 */
export function rescueStandIn({ scenario, changeNode }: Around): {
  readonly calls: Pick<CallHandlers, Calls>;
  readonly feeds: Pick<FeedHandlers, 'console.open' | 'doctor.examine'>;
} {
  let tell: (news: ConsoleNews) => void = () => undefined;
  let first: ConsoleStateName = scenario === 'maintenance' ? 'maintenance' : 'login';

  async function* console(signal: AbortSignal): ReturnType<FeedHandlers['console.open']> {
    const waiting: ConsoleNews[] = [];
    let wake = (): void => undefined;
    tell = news => {
      waiting.push(news);
      wake();
    };
    signal.addEventListener('abort', () => wake(), { once: true });
    yield {
      is: 'opened',
      console: made.consoleId,
      settings: usualLine,
      can: { speed: true, controlLines: true, sendBreak: true },
      state: made.consoleState(first, first === 'login' ? { hostname: 'summit-1' } : {}),
    };
    yield { is: 'bytes', bytes: encode(made.bootText) };
    if (scenario === 'driven') {
      yield { is: 'driven', by: 'The doctor' };
      yield { is: 'state', state: made.consoleState('running', { doable: [], saw: 'journalctl -u k3s -b' }) };
      yield {
        is: 'note',
        says: 'The kernel printed 3 lines in the middle of a command; its result was fetched again.',
      };
    }
    while (!signal.aborted) {
      const news = waiting.shift();
      if (news) yield news;
      else await new Promise<void>(done => (wake = done));
      if (news?.is === 'closed') return;
    }
  }

  async function* doctor(signal: AbortSignal): ReturnType<FeedHandlers['doctor.examine']> {
    const fresh = made.examination({ state: 'collecting', evidence: [], findings: [], says: '' });
    const { endedAt: _, ...began } = fresh;
    yield { is: 'began', examination: began };
    for (const evidence of made.evidence) {
      await wait(20);
      if (signal.aborted) return;
      yield { is: 'evidence', evidence };
    }
    if (scenario === 'collecting')
      return await new Promise<void>(done => signal.addEventListener('abort', () => done(), { once: true }));
    if (scenario === 'healthy')
      yield {
        is: 'ended',
        examination: made.examination({
          findings: [],
          verdict: 'healthy',
          says: 'All services run, the disk has room, the clock is right and no certificate expires soon.',
        }),
      };
    else if (scenario === 'unknown')
      yield {
        is: 'ended',
        examination: made.examination({
          findings: [],
          verdict: 'unknown',
          says: 'K3s does not run, and none of the known causes left its trace. Seal the evidence for headquarters.',
        }),
      };
    else {
      yield { is: 'findings', findings: made.findings };
      yield { is: 'ended', examination: made.examination() };
    }
  }

  return {
    calls: {
      'node.cable': ({ node, cable }) =>
        changeNode(node, cable ? { cable: { port: cable.port, settings: cable.settings ?? usualLine } } : {}),
      'node.over': ({ node, over }) => changeNode(node, { over }),
      'node.pinByCable': async () => {
        await wait(50);
        return {
          pinned: [
            'ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrrhkexZq4VtJc0OqU8mZb4M',
            'ecdsa-sha2-nistp256 SHA256:9pQ1Jv3mXb0sD7nYw2kLr5tGc8hVf4aZe6uIoTqWxYs',
          ],
        };
      },
      'serial.list': () => (scenario === 'no-ports' ? [] : made.ports),
      'serial.detect': async ({ port }, { progress, signal }) => {
        for (let i = 0; i < 9 && !signal.aborted; i++) {
          progress({
            what: `Listening at ${[9600, 19_200, 115_200][i % 3]}`,
            done: i,
            total: 9,
            unit: 'steps',
          });
          await wait(15);
        }
        if (scenario !== 'silent-line') return { ...made.detected, port };
        return {
          port,
          says: 'Nothing readable came at any speed. The machine may be off, or TX and RX are swapped.',
          saw: '',
          seconds: 41.2,
        };
      },
      'console.type': ({ bytes }) => {
        tell({ is: 'bytes', bytes: encode(new TextDecoder().decode(bytes).replaceAll('\r', '\r\n# ')) });
        return null;
      },
      'console.act': async ({ deed, typed }) => {
        await wait(30);
        if (deed === 'break' && typed !== 'BREAK')
          throw new FieldError({ code: 'consent-needed', says: 'BREAK was not typed.' });
        const [is, text] = after[deed] ?? [first, '\r\n'];
        first = is;
        tell({ is: 'bytes', bytes: encode(text) });
        tell({ is: 'state', state: made.consoleState(is, is === 'shell' ? { root: true } : {}) });
        return null;
      },
      'console.set': ({ settings }) => {
        tell({ is: 'settings', settings });
        return null;
      },
      'console.close': () => {
        tell({ is: 'closed', says: 'The console was closed.' });
        return null;
      },
      'blackbox.list': () => [],
      'blackbox.read': ({ offset, back = false, mostLines }) => {
        if (scenario === 'empty-box') return { lines: [], more: false };
        const all = made.boxLines;
        const at = offset ?? (back ? Infinity : 0);
        const fits = all.filter(line => (back ? line.offset < at : line.offset >= at));
        const lines = back ? fits.slice(-mostLines) : fits.slice(0, mostLines);
        return { lines, more: fits.length > lines.length };
      },
      'blackbox.search': ({ port = made.cable, text }) =>
        made.boxLines
          .filter(line => line.text.toLowerCase().includes(text.toLowerCase()))
          .toReversed()
          .map(line => ({ ...line, port })),
      'doctor.last': () => null,
      'doctor.evidence': async ({ evidence }) => {
        await wait(20);
        return {
          text:
            evidence === 'df'
              ? 'Filesystem     Type  1024-blocks     Used Available Capacity Mounted on\n/dev/mmcblk0p2 ext4     30298176 30298176         0     100% /\n'
              : 'Nov 22 18:53:07 summit-1 k3s[812]: level=info msg="Starting k3s v1.35.2+k3s1"\n'.repeat(40),
        };
      },
      'doctor.pack': ({ to }) => ({
        path: `${to}/coldstart-evidence-20261122T185300Z.tar.age`,
        bytes: 96_000,
        sha256: 'b1946ac92492d2347c6235b4d2611184ab0c4f4c1f0d2c4e7b6f8a9012345678',
      }),
      'remedy.form': async ({ remedy }) => {
        await wait(30);
        return remedy === scheduleForm.remedy ? scheduleForm : made.form;
      },
    },
    feeds: {
      'console.open': (_, signal) => console(signal),
      'doctor.examine': (_, signal) => doctor(signal),
    },
  };
}
