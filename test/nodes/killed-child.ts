import { startNspawn } from '../support/nodes/nspawn.ts';

// Starts a node, says so, and waits to be killed.
const node = await startNspawn();
process.stdout.write(`${node.console.split('/').at(-2)}\n`);
setInterval(() => undefined, 1000);
