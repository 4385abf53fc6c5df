import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Handlers } from '../../main/bridge/handlers.ts';
import type { ServeOptions } from '../../main/bridge/serve.ts';
import { client } from '../../preload/contract/client.ts';
import type { Progress, ShellNews } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import type { PageCarrier, ToPage } from '../../preload/contract/frames.ts';
import type { NodeId, RunId, ShellId, SiteId } from '../../preload/contract/ids.ts';
import { failing } from '../support/failing.ts';
import { answering } from '../support/handlers.ts';

/** Connects a page to a host with these handlers over one kind of carrier; everything is closed after the test. */
export type Connect = (t: TestContext, handlers: Handlers, serve?: ServeOptions) => Promise<PageCarrier>;

const node = '11111111-1111-4111-8111-111111111111' as NodeId;
const run = '22222222-2222-4222-8222-222222222222' as RunId;
const shell = '33333333-3333-4333-8333-333333333333' as ShellId;
const size = { cols: 80, rows: 24 };

const site = (name: string) => ({
  id: '44444444-4444-4444-8444-444444444444' as SiteId,
  name,
  practice: true,
  createdAt: '2026-01-01T00:00:00Z',
  recipients: [],
});

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

/** A feed without any news, until it is stopped. */
async function* silent(signal: AbortSignal, atEnd: () => void = () => {}): AsyncGenerator<never> {
  await aborted(signal);
  atEnd();
  yield* [];
}

function signalled(): { readonly promise: Promise<void>; resolve(): void } {
  return Promise.withResolvers<void>();
}

/** Everything the bridge promises, whatever carries it. */
export function bridgeSuite(carrier: string, connect: Connect): void {
  describe(`over ${carrier}`, () => {
    test('a question gets its answer', async t => {
      const page = client(
        await connect(t, answering({ calls: { 'site.create': ({ name }) => site(name) } })),
      );
      assert.deepEqual(
        await page.call('site.create', { name: 'Hütte “Süd”\n$(x)' }),
        site('Hütte “Süd”\n$(x)'),
      );
    });

    test('many questions at once get each their own answer', async t => {
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'site.create': async ({ name }) => {
                await new Promise(done => setTimeout(done, (Number(name) * 7) % 20));
                return site(name);
              },
            },
          }),
        ),
      );
      const names = Array.from({ length: 100 }, (_, i) => String(i));
      const sites = await Promise.all(names.map(name => page.call('site.create', { name })));
      assert.deepEqual(
        sites.map(({ name }) => name),
        names,
      );
    });

    test('a failure crosses whole: what happened, to what, what is untouched, what next, and its facts', async t => {
      const failure = {
        code: 'host-key-unknown',
        says: 'Never seen.',
        about: 'hut-1',
        untouched: 'Nothing was sent.',
        next: 'Compare it with the label.',
        facts: { fingerprint: 'SHA256:abc', port: 22 },
      } as const;
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'node.look': () => {
                throw new FieldError(failure);
              },
            },
          }),
        ),
      );
      assert.deepEqual(await failing('host-key-unknown', () => page.call('node.look', { node })), failure);
    });

    test('a surprise arrives as a bug of ours, and the host can log it', async t => {
      const bugs: string[] = [];
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'site.list': () => {
                throw new TypeError('x is undefined');
              },
            },
          }),
          { onBug: (thrown, name) => bugs.push(`${name}: ${(thrown as Error).message}`) },
        ),
      );
      const failure = await failing('bug', () => page.call('site.list', {}));
      assert.match(failure.says, /x is undefined/);
      assert.ok(failure.next);
      assert.deepEqual(bugs, ['site.list: x is undefined']);
    });

    test('arguments are checked by the host, and the place that is wrong is named', async t => {
      const page = client(
        await connect(t, answering({ calls: { 'site.create': ({ name }) => site(name) } })),
      );
      assert.match((await failing('bad-ask', () => page.call('site.create', { name: '  ' }))).says, /name/);
      const stranger = { name: 'x', root: true } as { name: string };
      assert.match((await failing('bad-ask', () => page.call('site.create', stranger))).says, /root/);
      const anyCall = (name: string) => page.call(name as 'site.list', {});
      for (const name of ['site.burn', '__proto__', 'constructor', 'hasOwnProperty'])
        assert.match((await failing('bad-ask', () => anyCall(name))).says, /no answer/);
    });

    test('stopping a call aborts the work on the host, and the host says how it ended', async t => {
      const begun = signalled();
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'node.look': async (_, { signal }) => {
                begun.resolve();
                await aborted(signal);
                signal.throwIfAborted();
                return assert.fail();
              },
            },
          }),
        ),
      );
      const stop = new AbortController();
      const asked = page.call('node.look', { node }, { signal: stop.signal });
      await begun.promise;
      stop.abort();
      await failing('cancelled', () => asked);
    });

    test('work that was done before the stop reached it is told as done', async t => {
      const begun = signalled();
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'site.create': async ({ name }, { signal }) => {
                begun.resolve();
                await aborted(signal);
                return site(name);
              },
            },
          }),
        ),
      );
      const stop = new AbortController();
      const asked = page.call('site.create', { name: 'a' }, { signal: stop.signal });
      await begun.promise;
      stop.abort();
      assert.equal((await asked).name, 'a');
    });

    test('a call stopped before it is made is not made', async t => {
      let asked = 0;
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'site.list': () => {
                asked += 1;
                return [];
              },
            },
          }),
        ),
      );
      await failing('cancelled', () => page.call('site.list', {}, { signal: AbortSignal.abort() }));
      assert.deepEqual(await page.call('site.list', {}), []);
      assert.equal(asked, 1);
    });

    test('progress comes before the answer, the last of it always', async t => {
      const at = (done: number): Progress => ({ what: 'hashing', done, total: 1000, unit: 'bytes' });
      const page = client(
        await connect(
          t,
          answering({
            calls: {
              'site.list': (_, { progress }) => {
                for (let done = 0; done <= 1000; done += 1) progress(at(done));
                return [];
              },
            },
          }),
        ),
      );
      const seen: Progress[] = [];
      await page.call('site.list', {}, { onProgress: progress => seen.push(progress) });
      assert.deepEqual(seen[0], at(0));
      assert.deepEqual(seen.at(-1), at(1000));
      assert.ok(seen.length < 10, `a thousand reports in a moment became ${seen.length} frames`);
    });

    test('closing the connection aborts every call and feed of it', async t => {
      const ended: string[] = [];
      const both = signalled();
      const handlers = answering({
        calls: {
          'node.look': async (_, { signal }) => {
            both.resolve();
            await aborted(signal);
            ended.push('call');
            throw signal.reason;
          },
        },
        feeds: {
          'run.news': (_, signal) =>
            silent(signal, () => {
              ended.push('feed');
            }),
        },
      });
      const carrier = await connect(t, handlers);
      const page = client(carrier);
      const call = failing('gone-away', () => page.call('node.look', { node }));
      const feed = failing('gone-away', () => page.listen('run.news', { run }).next());
      await both.promise;
      page.close();
      await Promise.all([call, feed, page.closed]);
      while (ended.length < 2) await new Promise(done => setTimeout(done, 5));
      assert.deepEqual(ended.toSorted(), ['call', 'feed']);
      await failing('gone-away', () => page.call('node.look', { node }));
    });

    test('a feed gives its items in order and ends', async t => {
      const handlers = answering({
        feeds: {
          'shell.open': async function* () {
            yield { is: 'opened', shell };
            yield { is: 'closed', says: 'logout' };
          },
        },
      });
      const page = client(await connect(t, handlers));
      const seen: ShellNews[] = [];
      for await (const news of page.listen('shell.open', { node, ...size })) seen.push(news);
      assert.deepEqual(seen, [
        { is: 'opened', shell },
        { is: 'closed', says: 'logout' },
      ]);
    });

    test('a feed that fails ends with its failure, after the items before it', async t => {
      const handlers = answering({
        feeds: {
          'shell.open': async function* () {
            yield { is: 'opened', shell };
            throw new FieldError({ code: 'link-lost', says: 'The cable is out.' });
          },
        },
      });
      const feed = client(await connect(t, handlers)).listen('shell.open', { node, ...size });
      assert.equal((await feed.next()).done, false);
      await failing('link-lost', () => feed.next());
    });

    test('a reader that stops taking holds the source back', async t => {
      let pulled = 0;
      const handlers = answering({
        feeds: {
          'run.news': async function* () {
            for (;;) {
              pulled += 1;
              yield { is: 'progress', progress: { what: 'x', done: pulled, unit: 'steps' } };
            }
          },
        },
      });
      const feed = client(await connect(t, handlers)).listen('run.news', { run });
      await feed.next();
      await new Promise(done => setTimeout(done, 100));
      assert.ok(pulled <= 17, `${pulled} items were pulled for a reader that took one`);
      for (let i = 2; i <= 200; i += 1) {
        const next = await feed.next();
        assert.equal(!next.done && next.value.is === 'progress' && next.value.progress.done, i);
      }
      await feed.return();
    });

    test('leaving a feed lets its source close what it opened', async t => {
      const closed = signalled();
      const handlers = answering({
        feeds: {
          'shell.open': async function* (_, signal) {
            try {
              yield { is: 'opened', shell };
              await aborted(signal);
            } finally {
              closed.resolve();
            }
          },
        },
      });
      const page = client(await connect(t, handlers));
      for await (const news of page.listen('shell.open', { node, ...size })) {
        assert.equal(news.is, 'opened');
        break;
      }
      await closed.promise;
    });

    test('a listener who is told to stop ends quietly, also while it waits', async t => {
      const handlers = answering({
        feeds: {
          'run.news': (_, signal) => silent(signal),
        },
      });
      const page = client(await connect(t, handlers));
      const stop = new AbortController();
      const waiting = page.listen('run.news', { run }, { signal: stop.signal }).next();
      setTimeout(() => stop.abort(), 10);
      assert.equal((await waiting).done, true);
    });

    test('bytes cross as they are, in both directions', async t => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const sent: Uint8Array[] = [];
      const handlers = answering({
        calls: {
          'shell.send': ({ bytes }) => {
            sent.push(bytes);
            return null;
          },
        },
        feeds: {
          'shell.open': async function* () {
            yield { is: 'bytes', bytes: all };
          },
        },
      });
      const page = client(await connect(t, handlers));
      // A view into a larger buffer: only what it shows may cross.
      const view = new Uint8Array(1024).fill(7).subarray(100, 103);
      assert.equal(await page.call('shell.send', { shell, bytes: view }), null);
      assert.deepEqual([...(sent[0] ?? [])], [7, 7, 7]);
      const first = await page.listen('shell.open', { node, ...size }).next();
      assert.ok(!first.done && first.value.is === 'bytes');
      assert.deepEqual([...first.value.bytes], [...all]);
    });

    test('eight megabytes for the terminal arrive complete and in frames of at most 64 KiB', async t => {
      const chunk = 1000;
      const total = 8 * 1024 * 1024;
      let largest = 0;
      const handlers = answering({
        feeds: {
          'run.terminal': async function* () {
            for (let at = 0; at < total; at += chunk) {
              const bytes = new Uint8Array(Math.min(chunk, total - at));
              for (let i = 0; i < bytes.length; i += 1) bytes[i] = (at + i) % 251;
              yield { bytes };
            }
          },
        },
      });
      const carrier = await connect(t, handlers);
      const page = client({
        ...carrier,
        hear: listener =>
          carrier.hear((frame: ToPage) => {
            if (frame.t === 'item')
              largest = Math.max(largest, (frame.item as { bytes: Uint8Array }).bytes.length);
            listener(frame);
          }),
      });
      let at = 0;
      for await (const { bytes } of page.listen('run.terminal', { run })) {
        for (const byte of bytes) {
          if (byte !== at % 251) assert.fail(`byte ${at} is ${byte}`);
          at += 1;
        }
      }
      assert.equal(at, total);
      assert.ok(largest <= 64 * 1024 && largest > 32 * 1024, `the largest frame had ${largest} bytes`);
    });

    test('a frame that is none ends the connection', async t => {
      const handlers = answering({ calls: { 'site.list': () => [] } });
      for (const nonsense of [
        null,
        'call',
        { t: 'call', id: 0, name: 'site.list', args: {} },
        { t: 'call', id: '1', name: 'site.list', args: {} },
        { t: 'call', id: 1, name: 7, args: {} },
        { t: 'listen', id: 1, name: 'run.news', args: {}, credit: -1 },
        { t: 'listen', id: 1, name: 'run.news', args: {}, credit: 1e9 },
        { t: 'reply', id: 1, outcome: { ok: true, value: 1 } },
      ]) {
        const carrier = await connect(t, handlers);
        const page = client(carrier);
        carrier.post(nonsense as never);
        await page.closed;
      }
    });

    test('an id in use cannot be used again', async t => {
      const handlers = answering({
        calls: {
          'site.list': async (_, { signal }) => {
            await aborted(signal);
            return [];
          },
        },
      });
      const carrier = await connect(t, handlers);
      const page = client(carrier);
      carrier.post({ t: 'call', id: 9, name: 'site.list', args: {} });
      carrier.post({ t: 'call', id: 9, name: 'site.list', args: {} });
      await page.closed;
    });

    test('cancelling what is over, or never was, does nothing', async t => {
      const carrier = await connect(t, answering({ calls: { 'site.list': () => [] } }));
      const page = client(carrier);
      for (const frame of [
        { t: 'cancel', id: 5 },
        { t: 'unlisten', id: 6 },
        { t: 'credit', id: 7, n: 3 },
      ] as const)
        carrier.post(frame);
      assert.deepEqual(await page.call('site.list', {}), []);
    });
  });
}
