import type { ProofPart } from '../../../preload/contract/snapshots/proof.ts';
import type { KnownSite, ProofContext } from './context.ts';
import type { SnapshotRead } from './measured.ts';
import { countOf } from './names.ts';
import { part, plural } from './part.ts';

/** Without the token K3s cannot read its own certificates and keys out of a snapshot. */
export function tokenPart({ token }: SnapshotRead, { tokenGiven }: ProofContext): ProofPart {
  switch (token.is) {
    case 'opened':
      return part(
        'token',
        'passed',
        `The ${tokenGiven ? 'token that was given' : 'server token kept in the vault'} opens it: certificates and keys of the cluster came out.`,
      );
    case 'failed':
      return part('token', 'failed', token.says, { next: token.next });
    case 'none':
      return part('token', 'not-checked', token.says, { next: token.next });
    default:
      return token satisfies never;
  }
}

/** The site whose servers are known by the CA inside. */
export function siteOf({ token }: SnapshotRead, { sites, claimed }: ProofContext): KnownSite | undefined {
  const hash = token.is === 'opened' ? token.opened.caHash : undefined;
  if (hash === undefined) return undefined;
  const has = (site: KnownSite): boolean => site.caHashes.includes(hash);
  return claimed && has(claimed) ? claimed : sites.find(has);
}

const wrongSite = 'Do not restore it there. Look for a snapshot of the right site.';

/** The CA a token opened tells the cluster, whatever the file is called and wherever it lay. */
export function sitePart(read: SnapshotRead, context: ProofContext): ProofPart {
  const { token } = read;
  if (token.is !== 'opened')
    return part(
      'site',
      'not-checked',
      'The site is unknown: only an opened snapshot tells which CA it carries.',
    );
  const { caHash, named, caNotBefore } = token.opened;
  if (caHash === undefined)
    return part(
      'site',
      'not-checked',
      'The site is unknown: the snapshot opens, but it carries no server CA that can be read.',
      {
        next: 'Restore it only if you know by other means which site it is of.',
      },
    );
  const made = caNotBefore === undefined ? '' : `, made ${caNotBefore.slice(0, 10)}`;
  const ca = `the CA ${caHash.slice(0, 12)}…${made}`;
  if (context.tokenGiven && named !== undefined && named !== caHash)
    return part(
      'site',
      'failed',
      `The token is of another site: it names the CA ${named.slice(0, 12)}…, and the snapshot carries ${ca}.`,
      { next: wrongSite },
    );
  const { claimed } = context;
  const site = siteOf(read, context);
  if (claimed && site && site.id !== claimed.id)
    return part(
      'site',
      'failed',
      `It is of the site “${site.name}”, not of “${claimed.name}”: it carries ${ca}.`,
      { next: wrongSite },
    );
  if (site) return part('site', 'passed', `It is of the site “${site.name}”: it carries ${ca}.`);
  if (claimed)
    return part(
      'site',
      'warning',
      `A token of “${claimed.name}” opens it, but no server of that site was seen with ${ca}.`,
      {
        next: 'Look at a server of the site once more; if its certificates were replaced, that is the reason.',
      },
    );
  return part('site', 'warning', `It carries ${ca}. No site on this laptop is known by it.`, {
    next: 'Before a restore compare this with the CA hash in the token of the site (the digits behind K10).',
  });
}

const reencrypt =
  'On a server run `k3s secrets-encrypt rotate-keys` (older K3s: reencrypt), then take a new snapshot.';

/** Secrets that nobody could open after a restore fail; those in the clear are a leak, told by key and never by value. */
export function secretsPart({ contents, token }: SnapshotRead): ProofPart {
  const { plain, withoutKey, damaged, opened, untried, on, rows } = contents.secrets;
  if (countOf(damaged) > 0)
    return part(
      'secrets',
      'failed',
      `${plural(countOf(damaged), 'Secret')} cannot be opened with the key they are sealed with.`,
      {
        next: 'Take another copy of this snapshot, or an older one.',
        names: damaged,
      },
    );
  if (countOf(withoutKey) > 0)
    return part(
      'secrets',
      'failed',
      `The key of ${plural(countOf(withoutKey), 'Secret')} is not in the snapshot: after a restore nobody could read them.`,
      {
        next: 'Take a new snapshot once the rotation of the keys is finished.',
        names: withoutKey,
      },
    );
  const sealed = opened + untried;
  if (countOf(plain) === 0 && sealed === 0) return part('secrets', 'passed', 'There are no Secrets in it.');
  if (countOf(plain) > 0) return plainPart(countOf(plain), { plain, sealed, on });
  // An encryption that the bootstrap data does not speak of leaves the restored cluster without its keys.
  if (token.is === 'opened' && on === undefined)
    return part(
      'secrets',
      'failed',
      `${plural(sealed, 'Secret')} are sealed, and the snapshot carries no key for them.`,
      {
        next: 'Find the encryption configuration of the servers before you restore.',
      },
    );
  const tried =
    untried === 0
      ? 'and each was opened with the key inside'
      : `${plural(opened, 'was', 'were')} opened with the key inside`;
  const spaces = plural(rows.length, 'namespace');
  return token.is === 'opened' && untried === 0
    ? part('secrets', 'passed', `All ${plural(sealed, 'Secret')} in ${spaces} are sealed, ${tried}.`)
    : part('secrets', 'passed', `All ${plural(sealed, 'Secret')} in ${spaces} are sealed; ${tried}.`);
}

function plainPart(
  count: number,
  {
    plain,
    sealed,
    on,
  }: { plain: SnapshotRead['contents']['secrets']['plain']; sealed: number; on: boolean | undefined },
): ProofPart {
  if (on === true)
    return part(
      'secrets',
      'warning',
      `Encryption is on, and ${plural(count, 'Secret')} still lie in the clear.`,
      { next: reencrypt, names: plain },
    );
  const says =
    sealed > 0
      ? `${plural(count, 'Secret')} lie in the clear and ${sealed.toLocaleString('en-US')} are sealed.`
      : `${plural(count, 'Secret')} lie in the clear: whoever has the file can read them.`;
  return part('secrets', 'warning', says, {
    next: 'Carry it only sealed, as the supply run does. To have Secrets sealed in etcd, turn on secrets-encryption.',
    names: plain,
  });
}
