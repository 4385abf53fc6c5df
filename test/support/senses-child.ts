import { senses } from './asking.ts';

/** Run in a laptop's network namespace: uses the senses there, and prints what they gave as JSON. */
interface Orders {
  readonly asks: readonly (readonly [address: string, port: number, afterMs: number])[];
  readonly connectMs: number;
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const signal = AbortSignal.timeout(30_000);

const came = await Promise.all(
  orders.asks.map(async ([address, port, afterMs]) => {
    await new Promise(resolve => setTimeout(resolve, afterMs));
    const options = { connectMs: orders.connectMs, talkMs: 1000, signal };
    const knocked = await senses.ask({ address, port }, { is: 'knock' }, options);
    return [`${address} ${port}`, 'code' in knocked ? `${knocked.is} ${knocked.code}` : knocked.is];
  }),
);
const callAllNodes = await senses.callAllNodes('eth0', signal);
const [neighbours, wires, tries] = [
  await senses.neighbours(signal),
  await senses.wires(),
  await senses.arpTries('eth0'),
];
process.stdout.write(
  JSON.stringify({ came: Object.fromEntries(came) as object, callAllNodes, neighbours, wires, tries }),
);
