import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import mdns from 'multicast-dns';

/** Run in a machine's network namespace: announces thousands of machines that are not there, and garbage in between. */
const [address = '', flag = ''] = process.argv.slice(2);
const socket = createSocket({ type: 'udp4', reuseAddr: true });
const instance = mdns({ socket, interface: address, bind: '0.0.0.0', loopback: false });
const garbage = [Buffer.alloc(9000, 0xc0), Buffer.alloc(8000, 0xff), Buffer.from([0]), Buffer.alloc(0)];
let number = 0;

function invented(): void {
  const host = `ghost-${number}.local`;
  const name = `\u001b[31m<script>\u202e${number}._ssh._tcp.local`;
  number += 1;
  instance.respond([
    { type: 'SRV', name, ttl: 120, data: { port: 22, target: host } },
    { type: 'TXT', name, ttl: 120, data: ['\u001b[2J\u202e'.repeat(20)] },
    { type: 'A', name: host, ttl: 120, data: `10.9.0.${1 + (number % 250)}` },
  ]);
}

function round(): void {
  for (let i = 0; i < 20; i++) {
    invented();
    socket.send(garbage[number % garbage.length] ?? Buffer.alloc(0), 5353, '224.0.0.251');
  }
}

instance.on('ready', () => {
  setInterval(round, 10);
  writeFileSync(flag, '');
});
