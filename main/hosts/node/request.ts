import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request was meant for this laptop's loopback: a name that another site had resolved to 127.0.0.1 (DNS
 * rebinding) is not ours. Any port will do, so that `ssh -L` works.
 */
export function isOurHost(host: string | undefined): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/i.test(host);
}

/** Whether what asks is a page of ours: its origin is the very host it asks. */
export function isOurOrigin(headers: IncomingHttpHeaders): boolean {
  return (
    headers.origin !== undefined &&
    headers.origin.toLowerCase() === `http://${(headers.host ?? '').toLowerCase()}`
  );
}

/** The value of one cookie; undefined when it was not sent. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
