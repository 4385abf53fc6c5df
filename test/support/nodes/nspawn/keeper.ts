import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from 'node:net';
import { own } from '../state.ts';
import type { KeeperOrders } from './orders.ts';

/**
 * Keeps one nspawn node: its terminal, the console socket, the way to its SSH. A process of its own, because a guest
 * outlives a killed nspawn: when the test's process is gone, standard input ends, and the keeper clears all away.
 */
const orders = JSON.parse(process.argv[2] ?? '') as KeeperOrders;
const { state, id, lan, address, name } = orders;
const scripts = import.meta.dirname;
const yesNo = orders.ownLan ? 'yes' : 'no';

let terminal: ChildProcess | undefined;
const people = new Set<Socket>();

/** Powers the node on. Its console is a PTY, as the getty inside wants it; nobody needs to look for it to run. */
function powerOn(): void {
  const loop = [join(scripts, 'loop.sh'), state, id, name].join(' ');
  const child = spawn('socat', ['STDIO', `EXEC:"${loop}",pty,setsid,ctty,rawer`], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  terminal = child;
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (bytes: Buffer) => {
    appendFileSync(join(state, 'said'), bytes);
    for (const person of people) person.write(bytes);
  });
  child.once('exit', () => {
    if (terminal === child) terminal = undefined;
    tell('off');
  });
}

/** Pulls the plug. */
function powerOff(): void {
  execFileSync(join(scripts, 'down.sh'), ['off', state, id, lan, yesNo], { stdio: 'ignore' });
}

function away(): void {
  relay.kill('SIGKILL');
  execFileSync(join(scripts, 'down.sh'), ['away', state, id, lan, yesNo], { stdio: 'ignore' });
  terminal?.kill('SIGKILL');
  tell('away');
  process.exit(0);
}

const tell = (word: string): void => {
  // Whoever listened may be gone already.
  if (process.stdout.writable) process.stdout.write(`${word}\n`);
};
process.stdout.on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, away);

own(state);
execFileSync(join(scripts, 'up.sh'), [
  state,
  id,
  lan,
  address,
  orders.root,
  orders.size,
  name,
  orders.machine,
  yesNo,
]);

const consoles = createServer(person => {
  people.add(person);
  person.on('data', bytes => terminal?.stdin?.write(bytes));
  person.on('error', () => undefined);
  person.once('close', () => people.delete(person));
}).listen(join(state, 'console'));
await new Promise(done => consoles.once('listening', done));

// The node's network is not the test's: a helper inside it carries each connection through a Unix socket.
const relay = spawn(
  'nsenter',
  [
    `--net=/run/netns/csn-${lan}`,
    'socat',
    `UNIX-LISTEN:${join(state, 'ssh')},fork,unlink-early`,
    `TCP:${address}:22,connect-timeout=5`,
  ],
  { stdio: 'ignore' },
);
const door = createServer({ allowHalfOpen: true }, outside => {
  const inside = connect({ path: join(state, 'ssh'), allowHalfOpen: true });
  outside.pipe(inside).pipe(outside);
  outside.on('error', () => inside.destroy());
  inside.on('error', () => outside.destroy());
}).listen(orders.port, '127.0.0.1');
await new Promise((done, failed) => door.once('listening', done).once('error', failed));

powerOn();
tell('on');
const lines = createInterface({ input: process.stdin });
lines.on('line', line => {
  if (line === 'on') powerOn();
  if (line === 'off') powerOff();
});
lines.once('close', away);
