import {
  ArchiveRestore,
  ChevronDown,
  ChevronUp,
  Database,
  FolderSearch,
  ShieldCheck,
  Trash2,
  Truck,
} from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { CatalogueEntry, CopyPlace } from '../../../preload/contract/snapshots/proof.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { moment, size } from '../../ui/format.ts';
import { Card, Empty } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { proveKey, proveSnapshot } from './actions.ts';
import { ProofCard, verdictTones } from './ProofCard.tsx';
import { RemoveCopy } from './RemoveCopy.tsx';
import { entriesOf, needsToken, proofFor, verdictOf } from './store.ts';
import { TokenForm } from './TokenForm.tsx';

/** The laptop's catalogue: each snapshot with its proof, and where its copies are. */
export function KeptSnapshots({ site }: { readonly site: SiteId }) {
  const page = usePage();
  const words = useWords().snapshots;
  const catalogue = useStore(page.snapshots, state => state.catalogue);
  const removed = useStore(page.snapshots, state => state.removed);
  const mine = entriesOf(catalogue.value, site);
  return (
    <Card
      title={words.kept}
      says={words.keptSays}
      actions={
        mine.length > 0 && (
          <Button icon={Truck} title={words.carrySays} onClick={() => go({ is: 'supply' })}>
            {words.carry}
          </Button>
        )
      }
    >
      {catalogue.failure && <FailurePanel failure={catalogue.failure} />}
      {catalogue.value && mine.length === 0 && (
        <Empty icon={Database} title={words.noneKept} says={words.noneKeptSays} />
      )}
      {removed && (
        <Banner tone="quiet" title={words.removal.done(removed.name)}>
          <p className="break">{removed.says}</p>
        </Banner>
      )}
      <ul className="copies">
        {mine.map(entry => (
          <Copy key={entry.snapshot.id} entry={entry} />
        ))}
      </ul>
    </Card>
  );
}

/** One snapshot: what it is, the verdict, its copies, and on wish the whole proof. */
function Copy({ entry }: { readonly entry: CatalogueEntry }) {
  const words = useWords().snapshots;
  const { snapshot } = entry;
  const [open, setOpen] = useState(false);
  return (
    <li className="copy">
      <div className="copy-head">
        <span className="two-lines">
          <h3 className="break" title={snapshot.path}>
            {snapshot.name}
          </h3>
          <span className="hint">
            {snapshot.nodeName} · {moment(snapshot.savedAt)} · {size(snapshot.bytes)} · {words.version}{' '}
            {snapshot.k3sVersion} ·{' '}
            <span title={words.tokenTitle}>
              {words.token} <code>{snapshot.tokenHash}</code>
            </span>
          </span>
        </span>
        <ProofBadge entry={entry} />
      </div>
      {entry.proof?.stale === undefined && !open && <p>{entry.proof?.says ?? snapshot.check.says}</p>}
      <Places copies={entry.copies} />
      {entry.isLastProven && <Badge tone="warn">{words.lastProven}</Badge>}
      <CopyActions entry={entry} open={open} setOpen={setOpen} />
    </li>
  );
}

/** What is known of a copy, in two words. */
export function ProofBadge({ entry: { proof, snapshot } }: { readonly entry: CatalogueEntry }) {
  const words = useWords().snapshots;
  if (proof?.stale !== undefined) return <Badge tone="warn">{words.proof.outOfDate}</Badge>;
  if (proof) return <Badge tone={verdictTones[proof.verdict]}>{words.proof.verdicts[proof.verdict]}</Badge>;
  return verdictOf(snapshot) === 'damaged' ? (
    <Badge tone="bad">{words.damaged}</Badge>
  ) : (
    <Badge tone="quiet">{words.noProof}</Badge>
  );
}

const placeTones: Record<CopyPlace['is'], Tone> = {
  proven: 'good',
  seen: 'quiet',
  gone: 'warn',
  unknown: 'quiet',
};

function Places({ copies }: { readonly copies: readonly CopyPlace[] }) {
  const words = useWords().snapshots.places;
  return (
    <ul className="places" aria-label={words.title}>
      {copies.map(({ where, is, says, at }) => (
        <li key={`${where}${is}${says}`} title={at === undefined ? says : `${says} ${moment(at)}`}>
          <Badge tone={placeTones[is]}>
            {words.where[where]}: {words.is[is]}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

function CopyActions({
  entry,
  open,
  setOpen,
}: {
  readonly entry: CatalogueEntry;
  readonly open: boolean;
  readonly setOpen: (open: boolean) => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.snapshots;
  const { snapshot } = entry;
  const of = { is: 'kept', snapshot: snapshot.id } as const;
  const [removing, setRemoving] = useState(false);
  const kept = useStore(page.snapshots, state => proofFor(state.proofs.value, snapshot.id));
  const busy = useBusy(proveKey(of));
  const prove = (): void => void proveSnapshot(page, of).then(done => done && setOpen(true));
  return (
    <>
      <div className="row">
        <Button
          look={kept && kept.stale === undefined ? 'plain' : 'primary'}
          icon={ShieldCheck}
          busy={busy}
          aria-label={words.proveNamed(kept ? words.proveAgain : words.prove, snapshot.name)}
          onClick={prove}
        >
          {kept ? words.proveAgain : words.prove}
        </Button>
        {kept && (
          <Button
            icon={open ? ChevronUp : ChevronDown}
            aria-expanded={open}
            aria-label={words.partsNamed(open ? words.hideParts : words.showParts, snapshot.name)}
            onClick={() => setOpen(!open)}
          >
            {open ? words.hideParts : words.showParts}
          </Button>
        )}
        <Button
          icon={FolderSearch}
          aria-label={all.look.openNamed(snapshot.name)}
          onClick={() => go({ is: 'look', snapshot: snapshot.id })}
        >
          {all.look.open}
        </Button>
        {verdictOf(snapshot) !== 'damaged' && (
          <Button
            icon={ArchiveRestore}
            aria-label={words.restoreNamed(snapshot.name)}
            onClick={() => go({ is: 'restore', snapshot: snapshot.id })}
          >
            {words.restore}
          </Button>
        )}
        <Button
          look="quiet"
          icon={Trash2}
          aria-label={words.removal.named(snapshot.name)}
          onClick={() => setRemoving(true)}
        >
          {words.removal.open}
        </Button>
      </div>
      <TaskLine task={proveKey(of)} label={words.proving} again={prove} />
      {open && kept && (
        <ProofCard proof={kept.proof} stale={kept.stale}>
          {needsToken(kept.proof) && <TokenForm of={of} />}
        </ProofCard>
      )}
      {removing && <RemoveCopy entry={entry} onClose={() => setRemoving(false)} />}
    </>
  );
}
