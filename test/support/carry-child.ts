/** Brings one file to a place and says on standard output how far it is; killed from outside like a pulled laptop. */
import { work } from '../../main/machine/work.ts';

const [from = '', to = ''] = process.argv.slice(2);
await work().carry(from, to, {
  signal: new AbortController().signal,
  onProgress: done => process.stdout.write(`${done}\n`),
});
