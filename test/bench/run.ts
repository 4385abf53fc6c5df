import { printed } from './table.ts';
import type { Row } from './table.ts';

/** `npm run bench [NAME…]`: measures what is named (all by default) and prints one table against the bars. */
const benches: Readonly<Record<string, () => Promise<{ bench(): Promise<readonly Row[]> }>>> = {
  start: () => import('./start.ts'),
  bundles: () => import('./bundles.ts'),
  terminal: () => import('./terminal.ts'),
  ssh: () => import('./ssh.ts'),
  serial: () => import('./serial.ts'),
  'black-box': () => import('./black-box.ts'),
  snapshot: () => import('./snapshot.ts'),
  receive: () => import('./receive.ts'),
  supply: () => import('./supply.ts'),
  metrics: () => import('./metrics.ts'),
  scan: () => import('./scan.ts'),
};

const wanted = process.argv.slice(2);
const rows: Row[] = [];
let broken = 0;
for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  try {
    rows.push(...(await (await load()).bench()));
  } catch (error) {
    broken += 1;
    process.stderr.write(
      `${name} could not be measured: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
  }
}
process.stdout.write(`${printed(rows)}\n`);
const missed = rows.filter(row => row.met === false).length;
process.stdout.write(`${rows.length} rows, ${missed} below the bar, ${broken} not measured\n`);
process.exitCode = missed + broken > 0 ? 1 : 0;
