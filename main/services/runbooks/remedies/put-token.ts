import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { joinsAnother, tokenInConfig, withToken } from '../../../core/runbook/remedies/token-line.ts';
import { Secret } from '../../../core/secret.ts';
import { caHashOf, passwordOf, tokenHash } from '../../../core/server-token.ts';
import { script } from '../../../core/sh.ts';
import { configPath } from '../install-single/ground.ts';
import { hashOf, secretEditStep } from './backup.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { startStep, worksStep } from './service.ts';

const tokenPath = `${dataFolder}/server/token`;

/** A token the laptop keeps, by its public hash. */
interface Kept {
  readonly hash: string;
  readonly madeAt: string;
  readonly note: string;
  /** How many snapshots on the laptop it opens. */
  readonly opens: number;
}

interface TokenGround {
  readonly base: Base;
  readonly configHash: string;
  /** The hash the settings give now, and the one of the node's own file. */
  readonly now: string | null;
  readonly own: string | null;
  readonly kept: readonly Kept[];
}

const argumentScript = String.raw`# does the service itself carry a token?
grep -l -E -e '--(agent-)?token[= ]' /etc/systemd/system/"$1".service /etc/init.d/"$1" 2>/dev/null
exit 0`;

function keptTokens({ nodes, snapshots }: RemedyParts, node: SiteNode): readonly Kept[] {
  const of = snapshots.ofSite(node.site);
  const found = new Map<string, Kept>();
  for (const { secret, madeAt, note } of nodes.history(node.site, 'server-token')) {
    const hash = tokenHash(secret);
    if (!found.has(hash))
      found.set(hash, { hash, madeAt, note, opens: of.filter(one => one.tokenHash === hash).length });
  }
  return [...found.values()];
}

async function look(looker: Looker, parts: RemedyParts): Promise<TokenGround> {
  const base = await lookAtBase(looker, parts.clock);
  const { node } = looker;
  const carried = (await looker.ask(script(argumentScript, base.unit))).stdout.trim();
  if (carried !== '')
    throw refused(
      node.name,
      `The service itself carries a token (${carried}), which wins over the settings.`,
      'Take it out of that file, then look again.',
    );
  const kept = keptTokens(parts, node);
  if (kept.length === 0)
    throw refused(
      node.name,
      'The laptop keeps no token of this site.',
      'Look for it in server/cred/passwd of any server, on the paper in the safe, or in the settings of another node.',
    );
  const config = (await looker.read(configPath)) ?? '';
  const own = (await looker.read(tokenPath))?.trim() ?? '';
  return {
    base,
    configHash: hashOf(config),
    now: tokenInConfig(config) ?? null,
    own: own === '' ? null : tokenHash(new Secret(own)),
    kept,
  };
}

/** What is proposed: the node's own token where the laptop keeps it, else the newest other than the one that is there. */
const proposed = ({ kept, own, now }: TokenGround): string =>
  (kept.find(({ hash }) => hash === own && hash !== now) ?? kept.find(({ hash }) => hash !== now) ?? kept[0])
    ?.hash ?? '';

const fields = (ground: TokenGround): readonly RemedyField[] => [
  {
    name: 'token',
    label: 'Token',
    says: `Tokens are told apart by their public hash. The settings give ${ground.now ?? 'none'} now${ground.own === null ? '' : `; the cluster’s own file on the node has ${ground.own}`}.`,
    kind: 'choice',
    options: ground.kept.map(({ hash, madeAt, note, opens }) => ({
      value: hash,
      label: `${hash}, kept ${madeAt.slice(0, 10)}`,
      says: `${note}${opens > 0 ? `; opens ${opens} snapshots on the laptop` : ''}${hash === ground.now ? '; it is the present one' : ''}`,
    })),
    value: proposed(ground),
  },
];

export const putToken = remedyKind<TokenGround>({
  title: node => `Put the right token into ${node.name}`,
  says: 'Takes a token the laptop keeps and writes it into the node’s settings. It is never shown. Then K3s is restarted and has to work.',
  look,
  fields,
  warnings: ({ ground, answers }) =>
    answers.text('token') === ground.now ? ['This is the token the settings give already.'] : [],
  steps: (parts, { node, ground, answers, run }) => {
    const wanted = answers.text('token');
    const chosen = (text: string): Secret => {
      const fits = parts.nodes
        .history(node.site, 'server-token')
        .map(({ secret }) => secret)
        .filter(secret => tokenHash(secret) === wanted);
      const joins = ground.base.role === 'agent' || joinsAnother(text);
      const [first] = fits;
      // a full token also proves which cluster it is; the first server has to get the short one
      const full = fits.find(secret => caHashOf(secret) !== undefined);
      if (first) return joins ? (full ?? first) : passwordOf(first);
      throw new FieldError({
        code: 'no-such-thing',
        says: `The laptop does not keep the token ${wanted}.`,
        about: node.name,
        untouched: 'Nothing was changed on the node.',
        next: 'Choose another one.',
      });
    };
    return [
      copyStep(parts, node, run),
      secretEditStep(
        parts,
        { node, run },
        {
          path: configPath,
          mode: 0o600,
          beforeHash: ground.configHash,
          shown: `- token: ‹secret›   (${ground.now ?? 'none'})\n+ token: ‹secret›   (${wanted})`,
          done: text => tokenInConfig(text) === wanted,
          change: text => withToken(text, chosen(text)),
        },
        {
          id: 'token',
          title: 'Put the token in',
          why: 'Only the line of the token changes; copies of the file are kept on the laptop and beside it.',
        },
      ),
      startStep(ground.base, run, 'restart', 'K3s reads its token only at its start.'),
      worksStep(ground.base),
    ];
  },
  afterFailure:
    'If it still refuses the token, try another one the laptop keeps. The old settings lie beside the new ones.',
});
