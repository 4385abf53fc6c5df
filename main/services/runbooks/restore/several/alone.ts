import { refused } from '../../remedies/frame.ts';
import type { SeveralGround } from './book.ts';

/** Throws `refused` when another server of the site answers; `next` says what to do then. */
export function requireAlone(name: string, { others }: SeveralGround, next: string): void {
  const servers = others.filter(one => one.is === 'there' && one.standing.base.role === 'server');
  if (servers.length === 0) return;
  throw refused(
    name,
    `${servers.map(one => one.name).join(', ')} ${servers.length === 1 ? 'is a server' : 'are servers'} of this site as well.`,
    next,
  );
}
