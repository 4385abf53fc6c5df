import { join } from 'node:path';
import { encode } from 'uqr';
import type { BreakGlass, Site, World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import type { BreakGlassDrill, BreakGlassPaper } from '../../../preload/contract/supply/keys.ts';
import type { CallContext } from '../../bridge/handlers.ts';
import { identityTyped, newIdentity } from '../../core/age-identity.ts';
import { isProven } from '../../core/snapshot-proof/verdict.ts';
import { Secret } from '../../core/secret.ts';
import type { Chance, Clock, Files, Work } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { setBreakGlass } from '../../store/keys.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { openBag } from '../supply/open-bag.ts';
import type { Opened } from '../supply/open-bag.ts';
import type { TrustedKeys } from './trusted.ts';

export interface BreakGlassDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly work: Work;
  readonly world: World;
  readonly trusted: TrustedKeys;
  /** The app's folder; what a drill opens lies below it for as long as it takes. */
  readonly home: string;
  /** Throws `no-such-thing`. */
  readonly site: (id: SiteId) => Site;
  readonly prove: (
    file: { readonly path: string; readonly token: string; readonly sha256: string },
    context: CallContext,
  ) => Promise<SnapshotProof>;
}

/** Makes the site's key for the safe. Its secret half is in the answer and nowhere else. */
export async function makeBreakGlass(
  { store, clock, site }: BreakGlassDeps,
  id: SiteId,
  typed: string | undefined,
): Promise<BreakGlassPaper> {
  const about = site(id);
  if (about.breakGlass && typed?.trim() !== about.name)
    throw new FieldError({
      code: 'consent-needed',
      says: `${about.name} has a key for its safe already. A new paper opens only what is exported from now on; what went out before opens with the old paper.`,
      about: about.name,
      untouched: 'The key for the safe stays as it is.',
      next: `Keep the old paper. To make a new key all the same, type the name of the site: ${about.name}.`,
      facts: { typed: about.name },
    });
  const { identity, recipient } = await newIdentity();
  const at = clock.now();
  store.write(db => {
    setBreakGlass(db, id, { recipient, madeAt: at.toISOString() });
    audit(db, technician(db), 'made-break-glass', { site: id, recipient }, at);
  });
  const text = identity.reveal();
  return { recipient, identity: text, qr: encode(text, { ecc: 'M', border: 0 }).data };
}

/**
 * Opens a bag with nothing but what stands on the paper, as a second laptop would, and proves its newest snapshot. What it
 * opened is removed again, whatever happens. Throws `check-failed` when the paper is not this site's or nothing restores.
 */
export async function drillBreakGlass(
  deps: BreakGlassDeps,
  ask: { readonly site: SiteId; readonly bag: string; readonly identity: string },
  context: CallContext,
): Promise<BreakGlassDrill> {
  const { files, work, store, clock, trusted, world } = deps;
  const about = deps.site(ask.site);
  const { identity, recipient } = await identityTyped(new Secret(ask.identity));
  if (recipient !== trusted.breakGlass(about)) throw otherPaper(about);
  const to = join(deps.home, 'scratch', `drill-${deps.chance.uuid()}`);
  try {
    const opened = await openBag(ask.bag, identity, to, { files, work, world, signal: context.signal });
    const sheet = await sheetOf(files, to);
    if (sheet.site.id !== about.id) throw otherSite(about, ask.bag);
    const proven = await provenIn(deps, { to, opened, sheet }, context);
    const at = clock.now();
    const known = about.breakGlass ?? { recipient, madeAt: at.toISOString() };
    store.write(db => {
      setBreakGlass(db, about.id, { ...known, drilledAt: at.toISOString() } satisfies BreakGlass);
      audit(db, technician(db), 'drilled-break-glass', { site: about.id, bag: ask.bag }, at);
    });
    return {
      says: `The paper opens this bag, and ${proven.name} from it restores: ${proven.says}`,
      snapshot: proven.name,
    };
  } finally {
    await files.remove(to);
  }
}

interface Sheet {
  readonly site: { readonly id: string };
  readonly snapshots: readonly {
    readonly name: string;
    readonly file?: string;
    readonly sha256: string;
    readonly tokenHash: string;
  }[];
}
interface Tokens {
  readonly tokens: readonly { readonly token: string; readonly tokenHash: string }[];
}

const most = 64 * 1024 * 1024;
const json = async (files: Files, path: string): Promise<unknown> =>
  JSON.parse(Buffer.from(await files.read(path, most)).toString('utf8'));
const sheetOf = async (files: Files, to: string): Promise<Sheet> =>
  (await json(files, join(to, 'inventory', 'inventory.json'))) as Sheet;

/** Proves the newest snapshot of an opened bag. Throws `check-failed` when there is none, or it does not restore. */
async function provenIn(
  { files, prove }: BreakGlassDeps,
  { to, opened, sheet }: { readonly to: string; readonly opened: readonly Opened[]; readonly sheet: Sheet },
  context: CallContext,
): Promise<{ readonly name: string; readonly says: string }> {
  const [newest] = sheet.snapshots.filter(each => each.file !== undefined);
  const path = newest?.file?.replace(/^data\//, '').replace(/\.age$/, '');
  if (!newest || !opened.some(each => each.path === path))
    throw new FieldError({
      code: 'check-failed',
      says: 'The paper opens this bag, but there is no snapshot in it: nothing shows that the site could be restored.',
      untouched: 'The drill does not count. Nothing was kept of what was opened.',
      next: 'Pull a snapshot, export it, and do the drill with that bag.',
    });
  const { tokens } = (await json(files, join(to, 'config', 'server-tokens.json'))) as Tokens;
  const token = tokens.find(each => each.tokenHash === newest.tokenHash)?.token ?? '';
  const proof = await prove({ path: join(to, path ?? ''), token, sha256: newest.sha256 }, context);
  if (isProven(proof.verdict)) return { name: newest.name, says: proof.says };
  throw new FieldError({
    code: 'check-failed',
    says: `The paper opens this bag, but ${newest.name} from it does not restore: ${proof.says}`,
    about: newest.name,
    untouched: 'The drill does not count. Nothing was kept of what was opened.',
    next: 'Take and pull a new snapshot, export it, and do the drill with that bag.',
  });
}

const otherPaper = (site: Site): FieldError =>
  new FieldError({
    code: 'check-failed',
    says: site.breakGlass
      ? `What was typed is a key, but not the one that exports of ${site.name} are sealed to now.`
      : `${site.name} has no key for its safe yet.`,
    about: site.name,
    untouched: 'The drill does not count. Nothing was opened.',
    next: site.breakGlass
      ? `Look for the paper that names ${site.breakGlass.recipient}. If it is lost, make a new key for the safe.`
      : 'Make the key for the safe, print it, export once, and do the drill then.',
  });

const otherSite = (site: Site, about: string): FieldError =>
  new FieldError({
    code: 'check-failed',
    says: `This bag is of another site, not of ${site.name}.`,
    about,
    untouched: 'The drill does not count. Nothing was kept of what was opened.',
    next: 'Choose a bag that was written for this site.',
  });
