import { dirname, join } from 'node:path';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId, SiteId } from '../../../../preload/contract/ids.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { tokenInConfig, withToken } from '../../../core/runbook/remedies/token-line.ts';
import { Secret } from '../../../core/secret.ts';
import { passwordOf, tokenHash } from '../../../core/server-token.ts';
import { configPath } from '../install-single/ground.ts';
import { secretEditStep } from '../remedies/backup.ts';
import type { Looker, RemedyParts } from '../remedies/frame.ts';
import type { Hands, Step } from '../book.ts';
import { secretFile } from '../secret-file.ts';
import { asFirstServer } from './several/reset.ts';
import type { Standing } from './several/look.ts';

/** A token that may open the database, and where it is from. */
export interface Candidate {
  readonly secret: Secret;
  readonly from: 'node' | 'vault' | 'file';
  /** Of a file on the laptop. */
  readonly path?: string;
}

/** The token that opens the database, by its public hash. No secret. */
export interface OpeningToken extends Pick<Candidate, 'path'> {
  readonly hash: string;
  /** The node's settings or its token file give it already. */
  readonly there: boolean;
}

const mostBytes = 4096;
const tokenPath = `${dataFolder}/server/token`;

/** Beside the database, and where the token lies when a whole disk was copied or is mounted. */
const tokenFiles = (db: string): readonly string[] => {
  const folder = dirname(db);
  const server = /^(.*)[/\\]db(?:[/\\]etcd[/\\]member[/\\]snap)?$/.exec(folder)?.[1];
  return [join(folder, 'token'), ...(server === undefined ? [] : [join(server, 'token')])];
};

async function inFile({ files }: Pick<RemedyParts, 'files'>, path: string): Promise<Secret | undefined> {
  if ((await files.stat(path))?.kind !== 'file') return undefined;
  const text = Buffer.from(await files.read(path, mostBytes))
    .toString()
    .trim();
  return text === '' ? undefined : new Secret(text);
}

/** The token K3s would take on this node: its settings win over its own file. */
async function onNode(looker: Looker): Promise<{ readonly hash?: string; readonly own?: Secret }> {
  const own = (await looker.read(tokenPath))?.trim() ?? '';
  const secret = own === '' ? undefined : new Secret(own);
  const hash = tokenInConfig((await looker.read(configPath)) ?? '') ?? (secret && tokenHash(secret));
  return { ...(hash !== undefined && { hash }), ...(secret && { own: secret }) };
}

/** Every token at hand, the vault's first, and the hash of the one the node would take. */
export async function tokensAtHand(
  looker: Looker,
  parts: RemedyParts,
  db: string,
): Promise<{ readonly candidates: readonly Candidate[]; readonly onNode?: string }> {
  const { hash, own } = await onNode(looker);
  const files: Candidate[] = [];
  for (const path of tokenFiles(db)) {
    const secret = await inFile(parts, path);
    if (secret) files.push({ secret, from: 'file', path });
  }
  return {
    candidates: [
      ...parts.nodes
        .history(looker.node.site, 'server-token')
        .map(({ secret }): Candidate => ({ secret, from: 'vault' })),
      ...(own ? [{ secret: own, from: 'node' } as const] : []),
      ...files,
    ],
    ...(hash !== undefined && { onNode: hash }),
  };
}

const gone = (site: SiteId, { hash, path }: OpeningToken): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: `The token ${hash}, which opened the database when the plan was made, is not at hand any more.`,
    about: path ?? site,
    untouched: 'The settings of the node were left as they are.',
    next: 'Put it beside the database again, under the name token, and continue the run.',
  });

/** The token itself, from where it was found. Throws `no-such-thing`. */
async function found(parts: RemedyParts, hands: Hands, token: OpeningToken): Promise<Secret> {
  const { site } = hands.node;
  const kept = parts.nodes.history(site, 'server-token').map(({ secret }) => secret);
  const beside = token.path === undefined ? undefined : await inFile(parts, token.path);
  const own = await secretFile(hands, tokenPath);
  const secret = [...kept, beside, own].find(one => one && tokenHash(one) === token.hash);
  if (secret) return secret;
  throw gone(site, token);
}

/**
 * K3s opens the database with the token of its settings: the cluster's own has to stand there. It also becomes the newest
 * one in the vault, for it is the site's from now on.
 */
export function tokenStep(
  parts: RemedyParts,
  of: { readonly node: SiteNode; readonly run: RunId; readonly standing: Standing },
  token: OpeningToken,
): Step {
  const { node, run, standing } = of;
  let opening: Secret | undefined;
  const edit = secretEditStep(
    parts,
    { node, run },
    {
      path: configPath,
      mode: 0o600,
      beforeHash: standing.configHash,
      shown: `+ token: ‹secret›   (${token.hash})`,
      done: text => tokenInConfig(text) === token.hash,
      change: text => {
        if (!opening) throw gone(node.site, token);
        return withToken(asFirstServer(text), passwordOf(opening));
      },
    },
    {
      id: 'token',
      title: 'Put the token of the database in',
      why: 'The settings of this server give another token, or none, and K3s opens the data only with the right one.',
    },
  );
  return {
    ...edit,
    apply: [
      {
        is: 'laptop',
        says: `take the token ${token.hash}${token.path === undefined ? '' : ` from ${token.path}`}, and keep it in the vault`,
        work: async hands => {
          opening = await found(parts, hands, token);
          hands.hide(opening);
          const newest = parts.nodes.latest(node.site, 'server-token');
          if (newest && tokenHash(newest.secret) === token.hash) return 'It is the newest in the vault.';
          parts.nodes.keep(node.site, 'server-token', opening, 'opens what was restored');
          return 'It is kept in the vault.';
        },
      },
      ...edit.apply,
    ],
  };
}
