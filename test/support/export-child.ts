import { supplyBench } from './supply.ts';

/** Writes the export of a bench made before, telling each step on a line, until it is done or killed. */
const [, , folder = '', recipient = ''] = process.argv;
const b = supplyBench({ folder, recipients: [recipient] });
b.keepToken();
process.stdout.write('begun\n');
await b.calls['export.write'](
  { site: b.site.id, to: b.stick },
  { signal: new AbortController().signal, progress: p => void process.stdout.write(`${p.what} ${p.done}\n`) },
);
b.store.close();
