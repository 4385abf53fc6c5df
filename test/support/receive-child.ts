/**
 * Receives bags in a process of its own, and ends itself as a flat battery would just before a step of its way to the
 * outside: the number of that step is in the one argument, 0 for never. Says how many steps it made.
 */
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import { work } from '../../main/machine/work.ts';
import { hqService } from '../../main/services/hq/service.ts';

export interface ReceiveAsk {
  readonly bags: readonly string[];
  readonly identity: string;
  readonly signKey: string;
  readonly to: string;
  readonly killAt: number;
}

const { bags, killAt, ...ask } = JSON.parse(process.argv[2] ?? '{}') as ReceiveAsk;
let steps = 0;

function mortal<T extends object>(port: T): T {
  const wrapped = Object.entries(port).map(([name, act]: [string, unknown]) => [
    name,
    typeof act !== 'function'
      ? act
      : (...args: unknown[]): unknown => {
          steps += 1;
          if (steps === killAt) process.kill(process.pid, 'SIGKILL');
          return (act as (...all: unknown[]) => unknown)(...args);
        },
  ]);
  return Object.fromEntries(wrapped) as T;
}

const { calls } = hqService({
  files: mortal(localFiles()),
  work: mortal(work()),
  clock: systemClock,
  chance: systemChance,
  world: 'real',
});
const context = { signal: new AbortController().signal, progress: () => undefined };
const all = await calls['hq.receive']({ ...ask, bags: [...bags], atOnce: 2 }, context);
process.stdout.write(JSON.stringify({ steps, is: all.bags.map(each => each.is) }));
process.exit(0);
