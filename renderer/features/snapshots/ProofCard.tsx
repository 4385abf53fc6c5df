import type { ReactNode } from 'react';
import type { ProofPart, ProofVerdict, SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import { moment, size } from '../../ui/format.ts';
import { Facts, Short } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { attention } from './store.ts';

/** Green only for what passed; what could not be checked is never good. */
export const verdictTones: Record<ProofVerdict, Tone> = {
  'site-restorable': 'good',
  'cluster-restorable': 'good',
  'not-proven': 'warn',
  'not-restorable': 'bad',
};

const standingTones: Record<ProofPart['is'], Tone> = {
  passed: 'good',
  warning: 'warn',
  failed: 'bad',
  'not-checked': 'quiet',
};

/** A proof: the verdict, what needs attention, and the rest folded away. `children` is what can be done about it. */
export function ProofCard({
  proof,
  stale,
  children,
}: {
  readonly proof: SnapshotProof;
  readonly stale?: string | undefined;
  readonly children?: ReactNode;
}) {
  const words = useWords().snapshots.proof;
  const { look, passed } = attention(proof);
  return (
    <section className="proof" aria-label={words.title}>
      {stale === undefined ? (
        <Banner tone={verdictTones[proof.verdict]} title={words.verdicts[proof.verdict]}>
          <p>{proof.says}</p>
        </Banner>
      ) : (
        <Banner tone="warn" title={words.outOfDate}>
          <p>{stale}</p>
        </Banner>
      )}
      {children}
      {look.length > 0 && <Parts title={words.look} parts={look} />}
      {passed.length > 0 && (
        <details className="proof-fold">
          <summary>{words.passed(passed.length)}</summary>
          <Parts parts={passed} />
        </details>
      )}
      {proof.status && <ProofFacts proof={proof} />}
    </section>
  );
}

function Parts({ title, parts }: { readonly title?: string; readonly parts: readonly ProofPart[] }) {
  return (
    <>
      {title !== undefined && <h3>{title}</h3>}
      <ul className="proof-parts">
        {parts.map(part => (
          <PartLine key={part.part} part={part} />
        ))}
      </ul>
    </>
  );
}

function PartLine({ part }: { readonly part: ProofPart }) {
  const words = useWords().snapshots.proof;
  const { names = [], more = 0 } = part;
  return (
    <li className="proof-part">
      <span className="proof-part-head">
        <strong>{part.title}</strong>
        <Badge tone={standingTones[part.is]}>{words.standings[part.is]}</Badge>
      </span>
      <p className="break">{part.says}</p>
      {part.next !== undefined && part.is !== 'passed' && <p className="hint break">{part.next}</p>}
      {names.length > 0 && (
        <details className="proof-fold">
          <summary>{words.names(names.length + more)}</summary>
          <ul className="proof-names">
            {names.map(name => (
              <li key={name} className="break">
                <code>{name}</code>
              </li>
            ))}
            {more > 0 && <li>{words.more(more)}</li>}
          </ul>
        </details>
      )}
    </li>
  );
}

function ProofFacts({ proof }: { readonly proof: SnapshotProof }) {
  const words = useWords().snapshots.proof.facts;
  const facts: (readonly [string, ReactNode])[] = [
    [words.site, proof.siteName ?? words.unknown],
    [words.k3s, proof.k3sVersion ?? words.unknown],
    [words.nodes, proof.nodes.map(node => node.name).join(', ') || words.unknown],
    [words.size, size(proof.bytes)],
    [words.keys, proof.liveKeys.toLocaleString()],
    [words.revision, proof.status?.revision ?? words.unknown],
    [words.sha256, <Short key="sha256">{proof.sha256}</Short>],
    [words.proven, moment(proof.at)],
  ];
  return <Facts facts={facts} />;
}
