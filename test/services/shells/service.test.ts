import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId, ShellId } from '../../../preload/contract/ids.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import type { Shell } from '../../../main/ports.ts';
import { shellService } from '../../../main/services/shells/service.ts';
import { failing } from '../../support/failing.ts';
import { localLink } from '../../support/local-link.ts';
import { context } from '../../support/sites.ts';

const args = { node: 'n' as NodeId, cols: 80, rows: 24 };

/** A shell that echoes; it notes its size, how much was pulled, and whether it was closed. */
function echoing(t: TestContext) {
  const noted = { sizes: [] as object[], closed: 0, inUse: 0 };
  const line = new PassThrough();
  t.after(() => line.destroy());
  const shell: Shell = {
    [Symbol.asyncIterator]: () => line.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>,
    send: bytes => void line.write(bytes),
    resize: size => void noted.sizes.push(size),
    close: async () => {
      noted.closed++;
      line.end();
    },
  };
  const link = {
    ...localLink(),
    shell: async (size: object, signal: AbortSignal) => {
      noted.sizes.push(size);
      signal.addEventListener('abort', () => void shell.close());
      return shell;
    },
  };
  const service = shellService({
    chance: systemChance,
    nodes: {
      withLink: async (_id, _signal, work) => {
        noted.inUse++;
        try {
          return await work(link);
        } finally {
          noted.inUse--;
        }
      },
    },
  });
  return { service, noted, line };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

test('bytes go to the node and come back as they are, until the shell ends', async t => {
  const { service, noted, line } = echoing(t);
  const feed = service.feeds['shell.open'](args, context().signal)[Symbol.asyncIterator]();
  const opened = (await feed.next()).value as { is: 'opened'; shell: ShellId };
  assert.equal(opened.is, 'opened');
  assert.equal(noted.inUse, 1);
  const raw = Uint8Array.of(0, 3, 27, 255, 10, 13);
  await service.calls['shell.send']({ shell: opened.shell, bytes: raw }, context());
  assert.deepEqual((await feed.next()).value, { is: 'bytes', bytes: Buffer.from(raw) });
  await service.calls['shell.resize']({ shell: opened.shell, cols: 120, rows: 40 }, context());
  assert.deepEqual(noted.sizes, [
    { cols: 80, rows: 24 },
    { cols: 120, rows: 40 },
  ]);
  line.end();
  assert.deepEqual((await feed.next()).value, { is: 'closed', says: 'The shell on the node has ended.' });
  assert.equal((await feed.next()).done, true);
  assert.deepEqual({ closed: noted.closed, inUse: noted.inUse }, { closed: 1, inUse: 0 });
  await failing('gone-away', () =>
    service.calls['shell.send']({ shell: opened.shell, bytes: raw }, context()),
  );
});

test('a listener that stops pulling holds the node back', async t => {
  const { service, line } = echoing(t);
  const feed = service.feeds['shell.open'](args, context().signal)[Symbol.asyncIterator]();
  await feed.next();
  while (line.write(Buffer.alloc(16_384)));
  const held = line.writableLength + line.readableLength;
  assert.ok(held < 200_000, 'the line is full and nobody read ahead');
  await feed.next();
  await once(line, 'drain');
  await feed.return?.();
});

test('a listener that leaves logs the shell out', async t => {
  const { service, noted } = echoing(t);
  const stop = new AbortController();
  const feed = service.feeds['shell.open'](args, stop.signal)[Symbol.asyncIterator]();
  const opened = (await feed.next()).value as { shell: ShellId };
  const waiting = feed.next();
  stop.abort();
  await waiting;
  await feed.return?.();
  assert.ok(noted.closed > 0);
  assert.equal(noted.inUse, 0);
  await failing('gone-away', () =>
    service.calls['shell.send']({ shell: opened.shell, bytes: bytesOf('reboot\n') }, context()),
  );
});

test('a lost link ends the shell with the reason on the screen', async t => {
  const { service, line } = echoing(t);
  const feed = service.feeds['shell.open'](args, context().signal)[Symbol.asyncIterator]();
  await feed.next();
  line.destroy(new FieldError({ code: 'link-lost', says: 'The link to cp1 was lost.' }));
  assert.deepEqual((await feed.next()).value, { is: 'closed', says: 'The link to cp1 was lost.' });
});

test('a node that lets nobody in says so to the listener', async () => {
  const service = shellService({
    chance: systemChance,
    nodes: {
      withLink: () => Promise.reject(new FieldError({ code: 'unreachable', says: 'No answer.' })),
    },
  });
  const feed = service.feeds['shell.open'](args, context().signal)[Symbol.asyncIterator]();
  await failing('unreachable', () => feed.next());
});
