import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/**
 * A path with a delay, in a process of its own: `node delay-proxy.ts PORT MS` relays to PORT on loopback and holds
 * every byte back for MS milliseconds in each direction. Prints the port it listens on. Ends when stdin ends.
 */
const [to, oneWay] = process.argv.slice(2).map(Number);

function relay(from: Socket, into: Socket): void {
  const line: { readonly due: number; readonly bytes: Buffer | undefined }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    timer = undefined;
    for (let next = line[0]; next !== undefined; next = line[0]) {
      const wait = next.due - performance.now();
      if (wait > 0.5) {
        timer = setTimeout(release, wait);
        return;
      }
      line.shift();
      if (next.bytes) into.write(next.bytes);
      else into.end();
    }
  };
  const put = (bytes: Buffer | undefined): void => {
    line.push({ due: performance.now() + (oneWay ?? 0), bytes });
    timer ??= setTimeout(release, oneWay);
  };
  from.on('data', put);
  from.on('end', () => put(undefined));
  from.on('error', () => into.destroy());
  from.on('close', () => put(undefined));
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
  const upstream = connect({ port: to ?? 0, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  relay(client, upstream);
  relay(upstream, client);
}).listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on('end', () => process.exit()).resume();
