import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { usualLine } from '../../../preload/contract/serial.ts';
import { Secret } from '../../../main/core/secret.ts';
import { sh } from '../../../main/core/sh.ts';
import { serialLinks } from '../../../main/links/serial/links.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import type { Console, Consoles, Link, Target } from '../../../main/ports.ts';
import { testLine } from '../../support/hostile-line.ts';
import { failureOf, patience } from '../../support/ssh.ts';

/** Consoles with one real shell on every port, whose login asks for the password as a getty does. */
function oneConsole(t: TestContext): {
  readonly consoles: Consoles;
  readonly isHeld: () => boolean;
  asked: string[];
} {
  const asked: string[] = [];
  const line = testLine(['bash', '--norc', '-i']);
  t.after(() => line.close());
  const unused = (): never => {
    throw new Error('not needed here');
  };
  const held = {
    ...line,
    send: line.send.bind(line),
    lost: line.lost,
    logIn: async (login: Parameters<typeof line.logIn>[0], signal: AbortSignal) => {
      asked.push(login.secret('password')?.reveal() ?? '');
      return line.logIn(login, signal);
    },
  };
  const console = { settings: usualLine, hold: () => Promise.resolve(held) } as unknown as Console;
  const consoles = { ports: unused, detect: unused, close: unused, open: () => Promise.resolve(console) };
  return { consoles, isHeld: () => !line.released(), asked };
}

const target = (cable: Target['cable']): Target => ({
  name: 'hut-7',
  address: '',
  port: 22,
  user: 'root',
  login: { is: 'password' },
  ...(cable ? { cable } : {}),
  secret: () => new Secret('hut and snow'),
});

const open = (consoles: Consoles, cable: Target['cable']): Promise<Link> =>
  serialLinks({ consoles, clock: systemClock, chance: systemChance }).open(target(cable), patience());

test('a password goes over a network port only after the technician said so', async t => {
  for (const port of ['tcp://192.0.2.7:4001', 'rfc2217://192.0.2.7:4001']) {
    const { consoles, isHeld, asked } = oneConsole(t);
    const failure = await failureOf(open(consoles, { port }));
    assert.equal(failure?.code, 'consent-needed');
    assert.match(failure.says, /192\.0\.2\.7/);
    assert.deepEqual(asked, []);
    assert.equal(isHeld(), false, 'the console is free again');
  }
  const { consoles, asked } = oneConsole(t);
  const link = await open(consoles, { port: 'tcp://192.0.2.7:4001', passwordsInTheClear: true });
  t.after(() => link.close());
  assert.deepEqual(asked, ['hut and snow']);
  assert.equal((await link.exec(sh`echo here`, { signal: patience() })).stdout, 'here\n');
});

test('a local cable needs no such word, and a node without a cable is refused', async t => {
  const { consoles, asked } = oneConsole(t);
  const link = await open(consoles, { port: '/dev/ttyUSB0', settings: usualLine });
  await link.close();
  assert.deepEqual(asked, ['hut and snow']);
  assert.equal((await failureOf(open(consoles, undefined)))?.code, 'bad-ask');
});
