import { isIPv6 } from 'node:net';
import type { NetworkSenses } from '../../ports.ts';
import { arpTries, callAllNodes } from './all-nodes.ts';
import { announcements } from './announcements.ts';
import { ask } from './ask.ts';
import type { SshGreet } from './ask.ts';
import { neighbours, tableWith } from './neighbours.ts';
import { wires } from './wires.ts';

/** What this laptop can hear and ask on its networks. `greet` is how SSH is spoken: `greet` of links/ssh. */
export function networkSenses(parts: { readonly greet: SshGreet }): NetworkSenses {
  const [v4, v6] = [shared(() => tableWith(false)), shared(() => tableWith(true))];
  const table = (address: string) => (isIPv6(address) ? v6() : v4());
  return {
    wires,
    neighbours,
    ask: (at, question, options) => ask({ greet: parts.greet, table }, at, question, options),
    announcements,
    callAllNodes,
    arpTries,
  };
}

const gatherMs = 20;

/** Many questions fail in the same moment when a network is scanned: those who wait for a reading to begin share it. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  return () =>
    (next ??= new Promise(resolve => setTimeout(resolve, gatherMs)).then(() => {
      // Whoever asks from now on needs a reading that begins from now on.
      next = undefined;
      return read();
    }));
}
