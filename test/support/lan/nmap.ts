import type { Inventory } from '../../../preload/contract/scan.ts';
import type { Lan } from './lan.ts';

/** `10.66.0.11 22`: an address and a port of it that is open. */
export type OpenPort = string;

/** What Debian's nmap finds open on ports 22 and 6443, and how long it took in milliseconds. */
export async function nmap(
  lan: Lan,
  network: string,
): Promise<{ readonly ms: number; readonly open: readonly OpenPort[] }> {
  lan.laptop.forget();
  const began = performance.now();
  const said = await lan.laptop.does(['nmap', '-n', '-sT', '-p22,6443', network]);
  const ms = performance.now() - began;
  const open = said.split('Nmap scan report for ').flatMap(block => {
    const [address = ''] = block.split('\n');
    return [...block.matchAll(/^(\d+)\/tcp +open/gm)].map(([, port]) => `${address} ${port}`);
  });
  return { ms, open };
}

/** Those of them that an inventory does not show as open. */
export function missedOf(open: readonly OpenPort[], { machines }: Inventory): readonly OpenPort[] {
  const shown = new Set(
    machines.flatMap(({ addresses, services }) =>
      services.flatMap(({ port, state }) =>
        state === 'open' ? addresses.map(({ address }) => `${address} ${port}`) : [],
      ),
    ),
  );
  return open.filter(one => !shown.has(one));
}
