import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const fresh = (): string => randomBytes(32).toString('base64url');

/** Equal without telling by time how much of it was right: both sides are digests of one length. */
const same = (a: Buffer, b: Buffer): boolean => timingSafeEqual(a, b);

interface Session {
  readonly cookie: Buffer;
  /** Page keys given out in this session. */
  readonly keys: Buffer[];
  keyDue: boolean;
}

/**
 * Who may come in by the loopback door. A link is good once and for a minute; it buys a cookie, and the first page
 * loaded with that cookie gets a key. A socket needs both: every program on 127.0.0.1 can see the cookie, whatever
 * its port. Only digests are kept.
 */
export class Guests {
  readonly #links = new Map<string, { readonly digest: Buffer; readonly until: number }>();
  readonly #sessions: Session[] = [];
  readonly #now: () => number;
  readonly #lifeMs: number;

  constructor(options: { readonly now?: () => number; readonly lifeMs?: number } = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#lifeMs = options.lifeMs ?? 60_000;
  }

  /** A new one-time token for a link. */
  newLink(): string {
    for (const [id, link] of this.#links) if (link.until <= this.#now()) this.#links.delete(id);
    const token = fresh();
    this.#links.set(fresh(), { digest: digest(token), until: this.#now() + this.#lifeMs });
    return token;
  }

  /** The cookie this token buys, once; undefined for a used, expired or unknown one. */
  spend(token: string): string | undefined {
    const wanted = digest(token);
    for (const [id, link] of this.#links) {
      if (!same(link.digest, wanted)) continue;
      this.#links.delete(id);
      if (link.until <= this.#now()) return undefined;
      const cookie = fresh();
      this.#sessions.push({ cookie: digest(cookie), keys: [], keyDue: true });
      return cookie;
    }
    return undefined;
  }

  isGuest(cookie: string | undefined): boolean {
    return this.#session(cookie) !== undefined;
  }

  /** The key for the page being loaded now; undefined when this session's link has given one already. */
  keyFor(cookie: string | undefined): string | undefined {
    const session = this.#session(cookie);
    if (!session?.keyDue) return undefined;
    session.keyDue = false;
    const key = fresh();
    session.keys.push(digest(key));
    return key;
  }

  /** Whether this key was given to a page of this cookie's session. */
  holdsKey(cookie: string | undefined, key: string | undefined): boolean {
    const session = this.#session(cookie);
    if (!session || key === undefined) return false;
    const wanted = digest(key);
    return session.keys.some(known => same(known, wanted));
  }

  #session(cookie: string | undefined): Session | undefined {
    if (cookie === undefined) return undefined;
    const wanted = digest(cookie);
    return this.#sessions.find(session => same(session.cookie, wanted));
  }
}
