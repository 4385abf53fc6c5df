import type { DoctorNews } from '../../../preload/contract/doctor.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExaminationId, NodeId } from '../../../preload/contract/ids.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import type { Chance, Clock, Files, Vault, Work } from '../../ports.ts';
import type { Store } from '../../store/store.ts';
import type { Nodes } from '../sites/nodes.ts';
import { Look } from './examining.ts';
import { keptExaminations, noSuch } from './kept.ts';
import { archive, pack } from './pack.ts';
import { Queue } from './queue.ts';

export interface DoctorDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly work: Work;
  readonly nodes: Pick<Nodes, 'get' | 'site' | 'withLink' | 'given'>;
}

/** Evidence that is kept, for an export. */
export interface Evidence {
  /** Of these nodes, newest first; one whose texts were not kept is left out. Throws `vault-locked`. */
  of(nodes: readonly NodeId[]): readonly KeptEvidence[];
}
export interface KeptEvidence {
  readonly id: ExaminationId;
  readonly at: string;
  /** A tar.gz with what was found and every text behind it. */
  archive(): Uint8Array;
}

type Calls = Pick<CallHandlers, 'doctor.last' | 'doctor.list' | 'doctor.evidence' | 'doctor.pack'>;

/** Looks at nodes, changes nothing on them, says what is wrong, and keeps what it saw. */
export function doctorService(deps: DoctorDeps): {
  readonly calls: Calls;
  readonly feeds: Pick<FeedHandlers, 'doctor.examine'>;
  readonly evidence: Evidence;
} {
  const { nodes, clock, chance } = deps;
  const kept = keptExaminations(deps.store, deps.vault);

  /** Looks, and keeps what came even when it was stopped or the link was lost. Throws only when nothing came at all. */
  async function look(id: NodeId, signal: AbortSignal, tell: (news: DoctorNews) => void): Promise<void> {
    const node = nodes.get(id);
    let looking: Look | undefined;
    let broken: unknown;
    try {
      await nodes.withLink(id, signal, async link => {
        const begun = { id: chance.uuid() as ExaminationId, node, over: link.kind, at: clock.now() };
        looking = new Look(begun, () => nodes.given(id), tell);
        await looking.run(link, clock, signal);
      });
    } catch (thrown) {
      if (!looking || looking.isEmpty || !isEnding(thrown, signal)) throw thrown;
      broken = thrown;
    }
    if (!looking) return;
    const examined = looking.ended(clock.now(), broken);
    kept.keep(examined);
    tell({ is: 'ended', examination: examined.examination });
  }

  async function* examine(
    { node }: { readonly node: NodeId },
    listening: AbortSignal,
  ): AsyncGenerator<DoctorNews, void> {
    const left = new AbortController();
    const signal = AbortSignal.any([listening, left.signal]);
    const news = new Queue<DoctorNews>();
    const looking = look(node, signal, one => news.put(one)).finally(() => news.end());
    // heard of below, after everything that came before
    looking.catch(() => undefined);
    try {
      yield* news.pull();
      await looking;
    } finally {
      left.abort();
      await looking.catch(() => undefined);
    }
  }

  const evidence: Evidence = {
    of: wanted =>
      wanted.flatMap(node =>
        kept.list(node).flatMap(examination => {
          const texts = kept.textsIfKept(examination.id);
          if (!texts) return [];
          const seconds = Math.floor(Date.parse(examination.at) / 1000);
          return [
            {
              id: examination.id,
              at: examination.at,
              archive: () => archive({ examination, texts }, seconds),
            },
          ];
        }),
      ),
  };

  return {
    evidence,
    feeds: { 'doctor.examine': examine },
    calls: {
      'doctor.last': ({ node }) => kept.last(node) ?? null,
      'doctor.list': ({ node }) => kept.list(node),
      'doctor.evidence': ({ examination, evidence }) => {
        const known = kept.get(examination).evidence.find(({ id }) => id === evidence);
        if (!known) throw noSuch('This examination has no such piece of evidence.', evidence);
        return { text: kept.texts(examination)[evidence] ?? '' };
      },
      'doctor.pack': ({ examination: id, to }, { signal }) => {
        const examination = kept.get(id);
        const site = nodes.site(nodes.get(examination.node).site);
        return pack(deps, site, { examination, texts: kept.texts(id) }, to, signal);
      },
    },
  };
}

/** A stop and a link that went away end a look; what came before them still counts. Anything else is a failure. */
const isEnding = (thrown: unknown, signal: AbortSignal): boolean =>
  signal.aborted ||
  (thrown instanceof FieldError &&
    ['link-lost', 'cancelled', 'unreachable', 'timed-out'].includes(thrown.failure.code));
