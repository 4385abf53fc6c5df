import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { wanTargets } from '../../main/core/wan/targets.ts';
import { reachFromLaptop } from '../../main/machine/reach.ts';
import { wanFromLaptop, wanFromNode } from '../../main/services/recorder/wan.ts';
import { localLink } from '../support/local-link.ts';
import { needs } from '../support/needs.ts';
import { shells } from '../support/shells.ts';

const signal = new AbortController().signal;

async function listening(): Promise<{ readonly port: number; readonly close: () => void }> {
  const server = createServer(socket => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

test('the laptop tells which targets answer, and how fast', async t => {
  const server = await listening();
  t.after(server.close);
  const text = await wanFromLaptop(
    wanTargets(`127.0.0.1:${server.port} 127.0.0.1:1`),
    reachFromLaptop,
    signal,
  );
  const label = `{from="laptop",target="127.0.0.1:${server.port}"}`;
  assert.match(text, /^coldstart_wan_up\{from="laptop",target="127\.0\.0\.1:1"\} 0$/m);
  assert.ok(text.startsWith(`coldstart_wan_up${label} 1\ncoldstart_wan_rtt_seconds${label} 0.0`), text);
});

test('a laptop without ping says nothing of a target it cannot ask', async () => {
  const text = await wanFromLaptop(wanTargets('127.0.0.1'), async () => undefined, signal);
  assert.equal(text, '');
});

test('asking is stopped at once', async () => {
  const stop = new AbortController();
  const asked = wanFromLaptop(wanTargets('192.0.2.1:81'), reachFromLaptop, stop.signal);
  stop.abort();
  await assert.rejects(asked, { name: 'AbortError' });
});

for (const { name, start, tool } of shells)
  test(`a node with ${name} tells which targets answer`, tool ? needs(tool) : {}, async t => {
    const server = await listening();
    t.after(server.close);
    const link = localLink({ shell: start.slice(0, -1) });
    const text = await wanFromNode(link, wanTargets(`127.0.0.1:${server.port} 127.0.0.1:1`), signal);
    assert.match(text, /^coldstart_wan_up\{target="127\.0\.0\.1:1"\} 0$/m);
    assert.match(text, new RegExp(`^coldstart_wan_up\\{target="127\\.0\\.0\\.1:${server.port}"\\} 1$`, 'm'));
    assert.equal(await wanFromNode(link, [], signal), '');
  });
