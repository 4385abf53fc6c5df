import { spawn } from 'node:child_process';
import { build, buildHere } from './build.ts';
import { cacheFolder, finished } from './cache.ts';
import type { Part } from './cache.ts';
import type { RealNode } from './node.ts';
import { startNspawn } from './nspawn.ts';
import { startQemu } from './qemu.ts';
import { clearOrphans, end, found } from './state.ts';

/** `npm run nodes`: builds the real nodes of the tests, and starts them by hand. */
const usage = `npm run nodes                      what is built, and what runs
npm run nodes build [root|vm]      builds what is missing (root: for nspawn nodes; vm: for QEMU nodes too; default both)
npm run nodes start [nspawn|qemu]  starts one node and keeps it until Ctrl-C
npm run nodes stop [ID]            ends that node, or all of them
npm run nodes list                 the nodes that run
npm run nodes shell ID             its console; Ctrl-] leaves it
`;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const [verb = 'status', ...args] = process.argv.slice(2);

function list(): void {
  for (const node of found().filter(node => node.kind !== 'lan'))
    say(
      `${node.id}  ${node.kind}  ${node.name}  ssh 127.0.0.1:${node.port}${node.alive ? '' : '  (its owner is gone)'}`,
    );
}

function status(): void {
  say(`Builds are kept in ${cacheFolder()}`);
  for (const [part, name] of [
    ['root', 'nspawn nodes'],
    ['vm', 'QEMU nodes'],
  ] as const)
    say(`${name}: ${finished(part) ?? 'not built; npm run nodes build'}`);
  list();
}

async function start(kind = 'nspawn'): Promise<void> {
  const node: RealNode = kind === 'qemu' ? await startQemu() : await startNspawn();
  const id = node.console.split('/').at(-2);
  say(`${id} runs. Ctrl-C ends it.
  ssh -p ${node.port} ${node.user}@127.0.0.1     password ${node.password}, or -i ${node.key}
  root's password ${node.rootPassword}
  console: npm run nodes shell ${id}`);
  const forever = setInterval(() => undefined, 1 << 30);
  await new Promise<void>(done => process.once('SIGINT', () => done()).once('SIGTERM', () => done()));
  clearInterval(forever);
  await node.stop();
}

function shell(id: string | undefined): void {
  const node = found().find(one => one.id === id);
  if (!node) {
    say('No node of that name runs. npm run nodes list');
    process.exitCode = 2;
    return;
  }
  spawn('socat', [`-,raw,echo=0,escape=0x1d`, `UNIX-CONNECT:${node.folder}/console`], { stdio: 'inherit' });
}

if (verb === 'status') status();
else if (verb === 'build') await build(args.includes('root') ? ['root'] : ['root', 'vm']);
else if (verb === 'build-here') await buildHere(args as Part[]);
else if (verb === 'start') await start(args[0]);
else if (verb === 'list') list();
else if (verb === 'stop') {
  for (const node of found())
    if (node.kind !== 'lan' && (args.length === 0 || args[0] === node.id)) await end(node);
  clearOrphans();
} else if (verb === 'shell') shell(args[0]);
else {
  process.stdout.write(usage);
  process.exitCode = verb === 'help' || verb === '--help' ? 0 : 2;
}
