import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../preload/contract/domain.ts';
import { exitCodes, failureOf, kindOf } from '../preload/contract/failure.ts';
import { openBrowserDoor } from './hosts/node/browser-door.ts';
import type { DoorWorld } from './hosts/home-doors.ts';
import { doorFlags, doorHelp } from './hosts/node/flags.ts';
import type { DoorFlags } from './hosts/node/flags.ts';

/** The front door on loopback: the app in a browser, without Electron. */

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

// A terminal that goes away takes our words with it, not the door.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** The built page: beside the built door, or in `out/` when run from source. */
function pageFolder(): string {
  const built = join(import.meta.dirname, '..', 'page');
  return existsSync(built) ? built : join(import.meta.dirname, '..', 'out', 'page');
}

// Services, drivers and the database load only once the door listens.
const openWorld = async (world: World): Promise<DoorWorld> =>
  await (await import('./world.ts')).openWorld(world, 'browser');

function onBug(thrown: unknown, name: string): void {
  complain(
    `! ${name}: ${thrown instanceof Error ? (process.env['COLDSTART_DEBUG'] === '1' && thrown.stack) || thrown.message : String(thrown)}`,
  );
}

/** Settles when the technician or the system asks Coldstart to end. A second Ctrl-C does not wait for the closing. */
function asked(): Promise<void> {
  return new Promise(done => {
    const end = (): void => {
      process.once('SIGINT', () => process.exit(exitCodes.cancelled));
      done();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  });
}

async function run(flags: DoorFlags): Promise<void> {
  const end = asked();
  const door = await openBrowserDoor({
    pageFolder: pageFolder(),
    openWorld,
    world: flags.world,
    port: flags.port,
    open: !flags.noOpen,
    say,
    serve: { onBug },
  });
  const { stdin } = process;
  say(
    `The link opens one page, once, within a minute.${stdin.isTTY ? ' Press Enter for another;' : ' `coldstart link` gives another;'} Ctrl-C ends Coldstart.`,
  );
  if (stdin.isTTY) stdin.on('data', () => door.showLink()).unref();
  await end;
  stdin.pause();
  say('\nEnding …');
  await door.close();
  say('Coldstart has ended.');
}

function tell(thrown: unknown): number {
  const failure = failureOf(thrown);
  for (const line of [failure.says, failure.about, failure.untouched, failure.next]) if (line) complain(line);
  if (failure.code === 'bug') onBug(thrown, 'start');
  return exitCodes[kindOf(failure)];
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const flags = doorFlags(argv);
    if (flags.help) say(doorHelp);
    else await run(flags);
    return 0;
  } catch (thrown) {
    return tell(thrown);
  }
}

// The database driver does not fail on an older Node-API, it crashes; so this is asked before it is loaded.
if (Number(process.versions.napi) >= 10) process.exitCode = await main(process.argv.slice(2));
else {
  complain(`Coldstart needs Node 24; this is Node ${process.versions.node}. Start it with \`npm start\`.`);
  process.exitCode = exitCodes['could-not'];
}
