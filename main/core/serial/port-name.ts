import { FieldError } from '../../../preload/contract/failure.ts';

/** What a port's name opens. */
export type PortName =
  | { readonly is: 'device'; readonly path: string }
  | { readonly is: 'tcp'; readonly host: string; readonly port: number }
  | { readonly is: 'rfc2217'; readonly host: string; readonly port: number }
  | { readonly is: 'unix'; readonly path: string };

/** `tcp://host:port`, with brackets around an IPv6 address; `socket://` and `telnet://` are what others call the same. */
const network = /^(tcp|socket|rfc2217|telnet):\/\/(?:\[([^\]]+)\]|([^:/[\]]+)):(\d{1,5})\/?$/;
const scheme = /^([a-z][a-z0-9+.-]*):/;

/**
 * Reads what a technician typed or a list gave: a device's path (`ttyUSB0` alone is taken as one in /dev), `COM3`,
 * `tcp://host:port`, `rfc2217://host:port` or `unix:/path`. Throws `bad-ask` for anything else.
 */
export function portName(text: string): PortName {
  const name = text.trim();
  if (name === '' || name.includes('\0')) throw unknown(text);
  const net = network.exec(name);
  if (net) {
    const port = Number(net[4]);
    if (port < 1 || port > 65_535) throw unknown(text);
    const is = net[1] === 'rfc2217' || net[1] === 'telnet' ? 'rfc2217' : 'tcp';
    return { is, host: net[2] ?? net[3] ?? '', port };
  }
  if (name.startsWith('unix:')) {
    const path = name.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw unknown(text);
    return { is: 'unix', path };
  }
  // `C:` would be a drive; a scheme of Windows' paths has one letter.
  const other = scheme.exec(name)?.[1];
  if (other !== undefined && other.length > 1) throw unknown(text);
  if (/^(\\\\\.\\)?COM\d+$/i.test(name)) return { is: 'device', path: name.toUpperCase() };
  return { is: 'device', path: /^[\w.-]+$/.test(name) ? `/dev/${name}` : name };
}

const unknown = (about: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'This does not name a serial port.',
    about,
    untouched: 'Nothing was opened.',
    next: 'Give a device such as /dev/ttyUSB0 or COM3, or tcp://host:port, rfc2217://host:port or unix:/path.',
  });
