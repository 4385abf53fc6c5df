import { FieldError } from '../../../preload/contract/failure.ts';
import { address } from '../runbook/addresses.ts';

/** What is asked whether it answers: a host by ping, or a port by opening a connection. */
export type WanTarget =
  | { readonly is: 'ping'; readonly host: string }
  | { readonly is: 'tcp'; readonly host: string; readonly port: number };

// Neither a space nor anything a shell or a label would take for its own.
const plainName = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const isHost = (text: string): boolean =>
  plainName.test(text) || (/^[0-9A-Fa-f:.]+$/.test(text) && address(text)?.family === 6);
/** Asked each time, on both ends: few. */
export const mostTargets = 8;

function target(text: string): WanTarget | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const name = bracketed ?? plain;
  if (name !== undefined && port !== undefined)
    return isHost(name) && Number(port) > 0 && Number(port) < 65_536
      ? { is: 'tcp', host: name, port: Number(port) }
      : undefined;
  return isHost(text) ? { is: 'ping', host: text } : undefined;
}

/** Reads targets as a technician types them: `192.0.2.1`, `hq.example.org:443`, `[2001:db8::1]:443`. Throws `bad-ask`. */
export function wanTargets(text: string): readonly WanTarget[] {
  const words = [...new Set(text.split(/[\s,]+/).filter(word => word !== ''))];
  if (words.length > mostTargets)
    throw bad(`${words.length} targets are more than the ${mostTargets} there may be.`, 'Name fewer.');
  return words.map(word => {
    const found = target(word);
    if (!found)
      throw bad(
        `“${word.slice(0, 100)}” is no target.`,
        'Give an address or a name to ping it, or add :PORT to open a connection, such as 192.0.2.1 or hq.example.org:443.',
      );
    return found;
  });
}

const bad = (says: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, untouched: 'Nothing was changed.', next });

/** As a technician types it, and as it is named in the metrics. */
export const targetName = (one: WanTarget): string =>
  one.is === 'ping' ? one.host : `${one.host.includes(':') ? `[${one.host}]` : one.host}:${one.port}`;

/** As the shell function `probe` takes it. */
export const targetWord = (one: WanTarget): string =>
  `${one.is === 'ping' ? 'icmp' : 'tcp'}:${targetName(one)}`;
