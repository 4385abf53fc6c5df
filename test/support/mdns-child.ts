import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Announced } from '../../main/core/lan/sighting.ts';
import { senses } from './asking.ts';

/**
 * Run in a laptop's network namespace: listens quietly while the machine begins to announce, then asks, then asks in the
 * midst of a flood. Prints what was heard and what was sent as JSON. `folder` is where the machine waits for its cue.
 */
const folder = process.argv[2] ?? '';

/** What this laptop sent to anybody, but for what joins a group (IGMP, MLD), since the last count. */
function sentPackets(): number {
  const shown = execFileSync('nft', ['-j', 'reset', 'counters'], { encoding: 'utf8' });
  return Number(/"packets":\s*(\d+)/.exec(shown)?.[1]);
}

async function listened(quiet: boolean, enough: (heard: readonly Announced[]) => boolean, mostMs: number) {
  const heard: Announced[] = [];
  const trouble: string[] = [];
  const done = new AbortController();
  const stop = AbortSignal.any([done.signal, AbortSignal.timeout(mostMs)]);
  await senses.announcements(['eth0', 'enp9s0'], {
    quiet,
    signal: stop,
    onHeard: each => {
      heard.push(each);
      if (enough(heard)) done.abort();
    },
    onTrouble: (wire, why) => trouble.push(`${wire}: ${why}`),
  });
  return { heard, trouble };
}

const cue = (name: string): void => void execFileSync('touch', [`${folder}/${name}`]);
const isSsh = ({ service, addresses, host }: Announced): boolean =>
  host === 'node-7' && service === '_ssh._tcp' && addresses.includes('10.9.0.5');

sentPackets();
setTimeout(() => cue('announce'), 300);
const quiet = await listened(true, heard => heard.some(isSsh), 8000);
const sentQuietly = sentPackets();
const asking = await listened(
  false,
  heard => heard.some(isSsh) && heard.some(({ service }) => service === '_iostream._tcp'),
  6000,
);
const sentAsking = sentPackets();

cue('flood');
while (!existsSync(`${folder}/flooding`)) await new Promise(resolve => setTimeout(resolve, 20));
const before = { cpu: process.cpuUsage(), heap: process.memoryUsage().rss };
const flooded = await listened(false, heard => heard.some(isSsh) && heard.length > 60, 4500);
const cpu = process.cpuUsage(before.cpu);
const news = flooded.heard.length;

setTimeout(() => execFileSync('ip', ['link', 'del', 'eth0']), 300);
const gone = await listened(false, () => false, 1500);
process.stdout.write(
  JSON.stringify({
    quiet,
    sentQuietly,
    asking,
    sentAsking,
    gone: gone.trouble,
    flood: {
      hasSsh: flooded.heard.some(isSsh),
      news,
      plain: flooded.heard.every(each => !/[\p{Cc}\u202e]/u.test([each.host, ...each.texts].join(' '))),
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      grownBytes: process.memoryUsage().rss - before.heap,
    },
  }),
);
