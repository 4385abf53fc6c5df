import { main } from './cli/main.ts';

/** The front door in a terminal. */
process.exitCode = await main(process.argv.slice(2));
