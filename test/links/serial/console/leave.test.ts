import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { ConsoleStateName } from '../../../../preload/contract/serial.ts';
import type { Console } from '../../../../main/ports.ts';
import { gettyCable, loginOf, openConsole, stands } from '../../../support/cable.ts';
import { folder } from '../../../support/folder.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { temporaryUser } from '../../../support/users.ts';

const here = { ...needs('socat', 'agetty'), ...needsRoot() };
const { signal } = new AbortController();
const typed = (console: Console, text: string): Promise<void> => console.type(Buffer.from(text));

/** A shell of an ordinary user at a real getty, opened at the press of a button. */
async function atShell(t: TestContext) {
  const user = await temporaryUser(t);
  const cable = await gettyCable(t);
  const opened = await openConsole(t, cable);
  await opened.console.act('log-in', { signal, login: loginOf(user.name, user.password) });
  await stands(opened.console, 'shell');
  return { ...opened, cable, user };
}

async function leaves(console: Console, command: string, is: ConsoleStateName): Promise<void> {
  await typed(console, command);
  await stands(console, is);
  assert.ok(console.state.doable.includes('leave'), is);
  await console.act('leave', { signal });
  await stands(console, 'shell');
}

test('pager, open quote and running command are left for a clean prompt', here, async t => {
  const { console } = await atShell(t);
  await leaves(console, 'less /etc/services\r', 'pager');
  await leaves(console, 'more /etc/services\r', 'pager');
  await leaves(console, 'echo "abc\r', 'continuation');
  await leaves(console, 'sleep 600\r', 'running');
});

test('an editor is left, and what was typed in it is not in the file', here, async t => {
  const { console } = await atShell(t);
  const path = join(folder(t), 'kept.txt');
  writeFileSync(path, 'as it was\n', { mode: 0o666 });
  await leaves(console, `busybox vi ${path}\roops`, 'editor');
  assert.equal(readFileSync(path, 'utf8'), 'as it was\n');
});

test(
  'logging out by a button ends at the login prompt, also with a job stopped in the shell',
  here,
  async t => {
    const { console } = await atShell(t);
    await typed(console, 'sleep 600\r');
    await stands(console, 'running');
    await typed(console, '\u001a');
    await stands(console, 'shell');
    await console.act('log-out', { signal });
    await stands(console, 'login');
  },
);

test(
  'a shell opened by a button ends by itself when it is forgotten, and keeps no history',
  here,
  async t => {
    const { console, shown } = await atShell(t);
    await typed(console, 'echo "$TMOUT $HISTFILE" | tr a-z A-Z\r');
    const end = Date.now() + 5000;
    while (!shown().includes('600 /DEV/NULL') && Date.now() < end) await wait(25);
    assert.match(shown(), /600 \/DEV\/NULL/);
  },
);
