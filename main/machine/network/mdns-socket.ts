import { createSocket } from 'node:dgram';
import type { RemoteInfo } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import mdns from 'multicast-dns';
import type { Heard, MdnsQuestion } from '../../core/lan/mdns.ts';

const mdnsPort = 5353;
/** Whole packets above this are no mDNS (RFC 6762 §17). */
const mostPacketBytes = 9000;
/** What is read of one second's packets, of one sender and of all; a flood beyond it is dropped unread. */
const mostOfOne = 50;
const mostPackets = 300;
const mostReadingMs = 100;
const mostRecords = 256;

type Message = (message: Buffer, from: RemoteInfo) => void;

/** One ear on one wire, for IPv4 or IPv6. */
export interface MdnsSocket {
  /** Sends one packet with these questions. */
  ask(questions: readonly MdnsQuestion[]): void;
  close(): void;
}

export interface MdnsEar {
  heard(records: readonly Heard[], from: RemoteInfo): void;
  /** It cannot hear, or what it sent did not leave. */
  trouble(code: string): void;
}

/** Joins the group on the interface that has this address. Sends nothing by itself, but for what the system sends to join. */
export function mdnsSocket(wire: string, own: NetworkInterfaceInfo, ear: MdnsEar): MdnsSocket {
  const isV4 = isIPv4(own.address);
  const socket = createSocket({ type: isV4 ? 'udp4' : 'udp6', reuseAddr: true, ipv6Only: !isV4 });
  const zone = process.platform === 'win32' ? String(own.family === 'IPv6' ? own.scopeid : wire) : wire;
  const instance = mdns({
    socket,
    type: isV4 ? 'udp4' : 'udp6',
    port: mdnsPort,
    ip: isV4 ? '224.0.0.251' : 'ff02::fb',
    // Bound to its own address a socket would not hear what is sent to the group.
    bind: isV4 ? '0.0.0.0' : '::',
    interface: isV4 ? own.address : `::%${zone}`,
    loopback: false,
  });
  const told = (thrown: NodeJS.ErrnoException): void => {
    // What cannot be read is the sender's trouble; what has a code is the system's.
    if (thrown.code !== undefined && !thrown.code.startsWith('ERR_')) ear.trouble(thrown.code);
  };
  instance.on('error', told);
  instance.on('warning', told);
  instance.on('response', ({ answers, additionals }, from) => {
    // RFC 6762 §6: an answer from another port must be ignored.
    if (from.port !== mdnsPort) return;
    ear.heard([...(answers ?? []), ...(additionals ?? [])].slice(0, mostRecords).flatMap(record), from);
  });
  limit(socket);
  return {
    ask: questions =>
      instance.query([...questions], thrown => {
        if (thrown) told(thrown);
      }),
    close: () => instance.destroy(),
  };
}

/** The library reads whatever arrives: here only so much of it reaches the library. */
function limit(socket: ReturnType<typeof createSocket>): void {
  const readers = socket.listeners('message') as Message[];
  socket.removeAllListeners('message');
  const bySender = new Map<string, number>();
  let [second, packets, ms] = [0, 0, 0];
  socket.on('message', (message, from) => {
    const began = performance.now();
    if (began - second > 1000) {
      [second, packets, ms] = [began, 0, 0];
      bySender.clear();
    }
    const sent = bySender.get(from.address) ?? 0;
    const isTooMuch = sent >= mostOfOne || packets >= mostPackets || ms >= mostReadingMs;
    if (isTooMuch || message.length > mostPacketBytes) return;
    packets += 1;
    bySender.set(from.address, sent + 1);
    for (const read of readers) read(message, from);
    ms += performance.now() - began;
  });
}

interface Answer {
  readonly type: string;
  readonly name: string;
  readonly ttl?: number | undefined;
  readonly data?: unknown;
}

/** A record as far as it concerns us; one that says goodbye is left out. */
function record(answer: unknown): readonly Heard[] {
  const { type, name, ttl, data } = answer as Answer;
  if (ttl === 0) return [];
  switch (type) {
    case 'PTR':
    case 'A':
    case 'AAAA':
      return typeof data === 'string' ? [{ type, name, data }] : [];
    case 'TXT':
      return [{ type, name, data: [data].flat().map(text => (text as Buffer).toString('utf8')) }];
    case 'SRV': {
      const { target, port } = data as { readonly target: string; readonly port: number };
      return [{ type, name, data: { target, port } }];
    }
    default:
      return [];
  }
}
