import type { RunbookAsk } from '../../../preload/contract/contract.ts';
import type { Remedy, RemedyForm } from '../../../preload/contract/doctor.ts';
import type { InstallOptions, Plan, SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { BundleId, RunId } from '../../../preload/contract/ids.ts';
import type { RestoreForm } from '../../../preload/contract/snapshots/restore.ts';
import { checkOptions } from '../../core/runbook/options.ts';
import { digested } from '../../core/runbook/plan.ts';
import type { Chance, Clock, Files, Link, Work } from '../../ports.ts';
import type { Bundles } from '../bundles/bundles.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import { planStepOf } from './book.ts';
import type { Book } from './book.ts';
import { installBook } from './install-single/book.ts';
import { configPath, groundOf } from './install-single/ground.ts';
import type { InstallGround } from './install-single/ground.ts';
import { anyRun } from './job.ts';
import type { Whose } from './lock.ts';
import { byStick } from './carry/steps.ts';
import { overCable } from './over-cable.ts';
import { blockedBy, preflightBook } from './preflight.ts';
import { nameTyped, removeBook } from './remove-k3s/book.ts';
import { remedyBook, remedyConsent, remedyForm, remedyGround } from './remedies/book.ts';
import { removeGround } from './remove-k3s/ground.ts';
import type { RemoveGround } from './remove-k3s/ground.ts';
import { restoreBook, restoreConsent, restoreForm, restoreGround } from './restore/asked.ts';
import type { RestoreAsk } from './restore/asked.ts';
import type { Strongbox } from './strongbox.ts';
import { survey } from './survey.ts';
import type { Survey, SurveyOf } from './survey.ts';

export interface CatalogueParts {
  readonly nodes: Nodes & KeptSecrets;
  readonly bundles: Bundles;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  /** The folder of the runs' files on the laptop. */
  readonly runs: string;
  /** Where large snapshots are spilled to while they are read. */
  readonly scratch: string;
  readonly work: Pick<Work, 'look' | 'measureSnapshot' | 'measureKine' | 'unpackSnapshot'>;
  readonly strongbox: Strongbox;
  readonly owner: () => string;
  readonly supplyRunDays: () => number;
  readonly whose: Whose;
}

/** What was found on the node when a plan was made: all a book is made from, besides what was asked. */
export type Ground =
  | { readonly is: 'preflight' }
  | { readonly is: 'install-single'; readonly install: InstallGround }
  | { readonly is: 'remove-k3s'; readonly remove: RemoveGround }
  | { readonly is: 'remedy'; readonly found: unknown }
  | { readonly is: 'restore'; readonly restore: unknown };

export interface Catalogue {
  /** Looks at the node, changes nothing. Throws `bad-ask` or `preflight-blocked` when it could not work. */
  ground(ask: RunbookAsk, signal: AbortSignal): Promise<Ground>;
  /** The same ask and ground always give the same book. */
  book(ask: RunbookAsk, ground: Ground, run: RunId): Book;
  plan(ask: RunbookAsk, ground: Ground): Plan;
  /** Throws `consent-needed` when the node's name has to be typed out and was not. */
  consent(ask: RunbookAsk): void;
  /** Looks at the node and says what a remedy asks before its plan is made. */
  form(node: SiteNode, remedy: Remedy, signal: AbortSignal): Promise<RemedyForm>;
  /** Looks at every node of the site and says what a restore asks before its plan is made. */
  restoreForm(
    node: SiteNode,
    asked: Pick<RestoreAsk, 'kind' | 'of'>,
    signal: AbortSignal,
  ): Promise<RestoreForm>;
  /** A look without a run, for the wizard. */
  look(of: SurveyOf, signal: AbortSignal): Promise<Survey>;
}

export const bundleOf = (ask: RunbookAsk): BundleId | undefined =>
  ask.is === 'install-single' ? ask.bundle : undefined;

export function catalogue(parts: CatalogueParts): Catalogue {
  const { nodes, bundles } = parts;

  const lookOver = (link: Link, of: SurveyOf, signal: AbortSignal): Promise<Survey> =>
    survey(
      parts,
      link,
      of,
      (command, as) => link.exec(command, { as, signal, timeoutMs: 120_000, keepBytes: 2 ** 21 }),
      signal,
    );

  /** A link that lingered may be dead already; a look changes nothing, so it may be tried once more on a fresh one. */
  async function looking<T>(
    node: SiteNode,
    signal: AbortSignal,
    work: (link: Link) => Promise<T>,
  ): Promise<T> {
    try {
      return await nodes.withLink(node.id, signal, work);
    } catch (thrown) {
      if (!(thrown instanceof FieldError) || thrown.failure.code !== 'link-lost' || signal.aborted)
        throw thrown;
      return await nodes.withLink(node.id, signal, work);
    }
  }

  const look = (of: SurveyOf, signal: AbortSignal): Promise<Survey> =>
    looking(of.node, signal, link => lookOver(link, of, signal));

  async function installGround(
    node: SiteNode,
    ask: RunbookAsk & { is: 'install-single' },
    signal: AbortSignal,
  ): Promise<Ground> {
    const options = checkOptions(ask.options);
    return await looking(node, signal, async link => {
      const found = await lookOver(link, { node, bundle: ask.bundle, options }, signal);
      // a bundle that may not be used says so itself, when the plan asks for its files
      const blocked = blockedBy(
        found.checks.filter(({ id }) => id !== 'bundle'),
        node.name,
      );
      if (blocked) throw blocked;
      const config = await configOn(link, found, signal);
      return { is: 'install-single', install: groundOf(node, options, found, config) };
    });
  }

  const shared = (ask: RunbookAsk): { owner: string; whose: Whose; takeOver: string | undefined } => ({
    owner: parts.owner(),
    whose: parts.whose,
    takeOver: ask.is === 'preflight' ? undefined : ask.takeOver,
  });

  function book(ask: RunbookAsk, ground: Ground, run: RunId): Book {
    const made = bookOver(ask, ground, run);
    return 'byStick' in ask && ask.byStick ? byStick(made, nodes.get(ask.node).name) : made;
  }

  /** A book whose files go over the link. */
  function bookOver(ask: RunbookAsk, ground: Ground, run: RunId): Book {
    const node = nodes.get(ask.node);
    if (ask.is === 'install-single' && ground.is === 'install-single') {
      const options: InstallOptions = checkOptions(ask.options);
      const delivery = bundles.delivery(ask.bundle, ground.install.arch, { practice: node.practice });
      const days = parts.supplyRunDays();
      return installBook(parts, {
        node,
        bundle: ask.bundle,
        options,
        ground: ground.install,
        delivery,
        run,
        supplyRunDays: days,
        ...shared(ask),
      });
    }
    if (ask.is === 'remove-k3s' && ground.is === 'remove-k3s')
      return removeBook(parts, { node, ground: ground.remove, run, ...shared(ask) });
    if (ask.is === 'remedy' && ground.is === 'remedy')
      return remedyBook(parts, ask, { node, ground: ground.found, run, ...shared(ask) });
    if (ask.is === 'restore' && ground.is === 'restore')
      return restoreBook(parts, ask, { node, ground: ground.restore, run, ...shared(ask) });
    return preflightBook(parts, { node });
  }

  const found = (node: SiteNode, remedy: Remedy, signal: AbortSignal): Promise<unknown> =>
    looking(node, signal, link => remedyGround(parts, link, node, remedy, signal));

  const restorable = (
    node: SiteNode,
    asked: Pick<RestoreAsk, 'kind' | 'of'>,
    signal: AbortSignal,
  ): Promise<unknown> => looking(node, signal, link => restoreGround(parts, link, node, asked, signal));

  return {
    look,
    book,
    consent(ask) {
      const node = nodes.get(ask.node);
      if (ask.is === 'remove-k3s') nameTyped(node, ask.typedName);
      if (ask.is === 'remedy') remedyConsent(ask.remedy, node, ask.typedName);
      if (ask.is === 'restore') restoreConsent(node, ask.typedName);
    },
    restoreForm: async (node, asked, signal) =>
      restoreForm(parts, asked.kind, await restorable(node, asked, signal), node),
    form: async (node, remedy, signal) => remedyForm(remedy, await found(node, remedy, signal), node),
    async ground(ask, signal) {
      const node = nodes.get(ask.node);
      if (ask.is === 'install-single') return await installGround(node, ask, signal);
      if (ask.is === 'preflight') return { is: 'preflight' };
      if (ask.is === 'restore') return { is: 'restore', restore: await restorable(node, ask, signal) };
      if (ask.is === 'remedy') return { is: 'remedy', found: await found(node, ask.remedy, signal) };
      return { is: 'remove-k3s', remove: removeGround(node, await look({ node }, signal)) };
    },
    plan(ask, ground) {
      const node = nodes.get(ask.node);
      const { title, steps, warnings } = book(ask, ground, anyRun as RunId);
      const cable = overCable(node, steps);
      return digested({
        runbook: ask.is,
        node: node.id,
        nodeName: node.name,
        title,
        steps: steps.map(planStepOf),
        warnings: [...warnings, ...cable.warnings],
        ...(cable.carry && { carry: cable.carry }),
      });
    },
  };
}

/** Text of a configuration that lies on the node already; it holds a token and never leaves this process. */
async function configOn(link: Link, { sight }: Survey, signal: AbortSignal): Promise<string | undefined> {
  if (sight.facts.one('k3s.config') !== 'yes') return undefined;
  const bytes = await link.readFile(configPath, { signal, as: 'root', mostBytes: 262_144 });
  return Buffer.from(bytes).toString();
}
