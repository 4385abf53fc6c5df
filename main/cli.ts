import { main } from './cli/main.ts';

/** The front door in a terminal. */
// Whoever reads us may stop reading (`| head`): what was asked is still done, and its exit code still counts.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));
