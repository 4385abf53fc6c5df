import type { NetworkSenses } from '../../ports.ts';
import { arpTries, callAllNodes } from './all-nodes.ts';
import { ask } from './ask.ts';
import type { SshGreet } from './ask.ts';
import { neighbours } from './neighbours.ts';
import { wires } from './wires.ts';

/** What this laptop can hear and ask on its networks. `greet` is how SSH is spoken: `greet` of links/ssh. */
export function networkSenses(parts: { readonly greet: SshGreet }): NetworkSenses {
  const table = shared(neighbours);
  return {
    wires,
    neighbours,
    ask: (at, question, options) => ask({ greet: parts.greet, table }, at, question, options),
    announcements: async () => undefined,
    callAllNodes,
    arpTries,
  };
}

/** Many connections fail in the same moment when a network is scanned: those who ask while a reading is to come share it. */
function shared<T>(read: (signal: AbortSignal) => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  return () =>
    (next ??= new Promise(resolve => setTimeout(resolve, 20)).then(() => {
      // Whoever asks from now on needs a reading that begins from now on.
      next = undefined;
      return read(new AbortController().signal);
    }));
}
