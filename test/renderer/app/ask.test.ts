import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { FailureCode } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { ask, face, stopTask, task } from '../../../renderer/features/app/ask.ts';
import type { Host } from '../../../renderer/features/app/host.ts';
import { makePage } from '../../../renderer/features/app/page.ts';
import type { Page } from '../../../renderer/features/app/page.ts';

const node = '00000000-0000-4000-8000-000000000001' as NodeId;

/** A page whose host answers calls with this function. */
function pageOver(answer: (name: string, signal?: AbortSignal) => unknown): Page {
  const host = {
    world: 'real',
    call: async (name: string, _: unknown, options?: { readonly signal?: AbortSignal }) =>
      await answer(name, options?.signal),
    standing: () => ({ is: 'open' }),
    watch: () => () => undefined,
  };
  return makePage(host as unknown as Host, '');
}
const failing = (code: FailureCode): never => {
  throw new FieldError({ code, says: 'No.' });
};
const turn = (): Promise<void> => new Promise(setImmediate);

test('a missing password is asked for, and the call is made once more', async () => {
  let calls = 0;
  const page = pageOver(() => (++calls === 1 ? failing('password-needed') : { hostname: 'summit' }));
  const looked = ask(page, 'node.look', { node });
  await turn();
  assert.equal(page.app.getState().facing?.obstacle.is, 'secret');
  page.app.getState().facing?.done(true);
  assert.deepEqual(await looked, { hostname: 'summit' });
  assert.equal(calls, 2);
  assert.equal(page.app.getState().facing, undefined);
});

test('leaving the dialog makes no further call and says what stood in the way', async () => {
  let calls = 0;
  const page = pageOver(() => {
    calls += 1;
    return failing('password-needed');
  });
  const looked = ask(page, 'node.look', { node });
  await turn();
  page.app.getState().facing?.done(false);
  await assert.rejects(looked, (error: FieldError) => error.failure.code === 'password-needed');
  assert.equal(calls, 1);
});

test('two calls that need the vault open one dialog; the second is tried again when it closes', async () => {
  let open = false;
  const page = pageOver(name => (open ? name : failing('vault-locked')));
  const both = [ask(page, 'node.look', { node }), ask(page, 'snapshot.onNode', { node })];
  await turn();
  open = true;
  page.app.getState().facing?.done(true);
  assert.deepEqual(await Promise.all(both), ['node.look', 'snapshot.onNode']);
  assert.equal(page.app.getState().facing, undefined);
});

test('what no answer can clear is thrown at once, without a dialog', async () => {
  const page = pageOver(() => failing('host-key-changed'));
  await assert.rejects(ask(page, 'node.look', { node }));
  assert.equal(page.app.getState().facing, undefined);
});

test('a piece of work under way is not begun a second time', async () => {
  let begun = 0;
  const page = pageOver(() => undefined);
  const work = (): Promise<string> => {
    begun += 1;
    return turn().then(() => 'done');
  };
  const [first, second] = await Promise.all([task(page, 'k', work), task(page, 'k', work)]);
  assert.deepEqual([first, second, begun], ['done', undefined, 1]);
});

test('stopping a piece of work aborts it and shows that it was the technician', async () => {
  const page = pageOver(
    (_, signal) =>
      new Promise((_done, failed) => signal?.addEventListener('abort', () => failed(signal.reason))),
  );
  const looked = task(page, 'k', options => ask(page, 'node.look', { node }, options));
  await turn();
  stopTask(page, 'k');
  assert.equal(await looked, undefined);
  const at = page.app.getState().tasks['k'];
  assert.equal(at?.is === 'failed' && at.failure.code, 'cancelled');
});

test('a second obstacle waits for the first instead of covering it', async () => {
  const page = pageOver(() => undefined);
  const failure = { code: 'vault-locked', says: 'Locked.' } as const;
  const first = face(page, { is: 'vault', failure });
  const shown = page.app.getState().facing;
  const second = face(page, { is: 'vault', failure });
  assert.equal(page.app.getState().facing, shown);
  shown?.done(false);
  assert.deepEqual(await Promise.all([first, second]), [false, true]);
});
