import { X509Certificate } from 'node:crypto';

/** One certificate file of a node. */
export interface Leaf {
  readonly path: string;
  readonly from: number;
  readonly until: number;
  readonly ca: boolean;
}

/**
 * Certificates from what a node said: `== path` lines, each followed by the PEM text of that file. The first certificate of a
 * file counts; what cannot be read is left out.
 */
export function leavesIn(stdout: string): readonly Leaf[] {
  return stdout
    .split(/^== /m)
    .slice(1)
    .flatMap(part => {
      const path = part.slice(0, part.indexOf('\n')).trim();
      const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(part)?.[0];
      if (pem === undefined) return [];
      try {
        const { validFromDate, validToDate, ca } = new X509Certificate(pem);
        return [{ path, from: validFromDate.getTime(), until: validToDate.getTime(), ca }];
      } catch {
        return [];
      }
    });
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const short = (path: string): string => path.split('/').slice(-2).join('/');

/** What is wrong with certificates at a time in milliseconds, one sentence each; empty when all are good. */
export const wrongAt = (leaves: readonly Leaf[], now: number): readonly string[] =>
  leaves.flatMap(({ path, from, until }) =>
    until <= now
      ? [`${short(path)} expired on ${day(until)}`]
      : from > now
        ? [`${short(path)} is not valid before ${day(from)}`]
        : [],
  );

/** The first leaf (not a CA) to expire, as a day; undefined when there is none. */
export function firstEnd(leaves: readonly Leaf[]): string | undefined {
  const ends = leaves.filter(({ ca }) => !ca).map(({ until }) => until);
  return ends.length === 0 ? undefined : day(Math.min(...ends));
}

/** Leaves that end within so many days. */
export const endingWithin = (leaves: readonly Leaf[], now: number, days: number): number =>
  leaves.filter(({ ca, until }) => !ca && until <= now + days * 86_400_000).length;
