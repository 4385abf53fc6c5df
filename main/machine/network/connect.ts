import { connect, isIP, isIPv6 } from 'node:net';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { cancelled } from '../../../preload/contract/failure.ts';
import { numberOf } from './all-nodes.ts';
import type { Knocked } from '../../core/lan/sighting.ts';

export interface Door {
  readonly address: string;
  readonly port: number;
}

/** A connection that stands, or why there is none. */
export type Connected =
  | { readonly is: 'open'; readonly ms: number; readonly socket: Socket }
  | Exclude<Knocked, { readonly is: 'open' }>
  /** Somebody between here and there said no, or nobody is there: the neighbour table has to tell which. */
  | { readonly is: 'unclear'; readonly ms: number; readonly code: string };

/** Windows wants the number of an interface where others want its name. */
function forSystem(address: string): string {
  const [plain = '', zone] = address.split('%');
  return process.platform === 'win32' && zone !== undefined ? `${plain}%${numberOf(zone)}` : address;
}

/** An interface that went takes its zone with it; the system would then ask the same address on another one. */
function hasItsWire(address: string): boolean {
  const [, zone] = address.split('%');
  return zone === undefined || networkInterfaces()[zone] !== undefined;
}

/** Connects once. Throws `cancelled`; the socket never outlives a refusal, the time or a stop. */
export function connected(door: Door, connectMs: number, signal: AbortSignal): Promise<Connected> {
  // A name would be looked up, which asks somebody else.
  if (isIP(door.address) === 0) return Promise.resolve({ is: 'could-not', code: 'EINVAL' });
  if (!hasItsWire(door.address)) return Promise.resolve({ is: 'could-not', code: 'ENODEV' });
  return new Promise((done, stopped) => {
    if (signal.aborted) return stopped(cancelled('Asking'));
    const began = performance.now();
    const ms = (): number => performance.now() - began;
    const socket = connect({ host: forSystem(door.address), port: door.port, noDelay: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    const end = (came: Connected): void => {
      settle();
      socket.destroy();
      done(came);
    };
    const stop = (): void => {
      settle();
      socket.destroy();
      stopped(cancelled('Asking'));
    };
    // Of IPv6 link-local addresses Linux does not tell that it found nobody.
    const timeIsUp = (): Connected =>
      isIPv6(door.address) ? { is: 'unclear', ms: ms(), code: 'ETIMEDOUT' } : { is: 'silent' };
    const timer = setTimeout(() => end(timeIsUp()), connectMs);
    signal.addEventListener('abort', stop, { once: true });
    // Heard for the socket's whole life: an unheard error would end the app.
    socket.on('error', (thrown: NodeJS.ErrnoException) => end(refusal(thrown.code ?? 'EUNKNOWN', ms())));
    socket.once('connect', () => {
      settle();
      done({ is: 'open', ms: ms(), socket });
    });
  });
}

function refusal(code: string, ms: number): Connected {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return { is: 'closed', ms };
    case 'ETIMEDOUT':
      return { is: 'silent' };
    case 'EHOSTDOWN':
      return { is: 'nobody' };
    // What ICMP says of administrators' prohibitions comes as these (Linux: icmp_err_convert, tab_unreach).
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EACCES':
    case 'ENOPROTOOPT':
    case 'EPROTO':
      return { is: 'unclear', ms, code };
    default:
      return { is: 'could-not', code };
  }
}
