import { FolderSearch, Truck } from 'lucide-react';
import { useStore } from 'zustand';
import type { Export, ExportCopy, ExportState } from '../../../preload/contract/domain.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { moment, size } from '../../ui/format.ts';
import { Card } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { checkBag, checkKey, leftKey, noteLeft } from './actions.ts';
import { exportsOf, isWhole } from './store.ts';

const tones: Record<ExportState, Tone> = {
  written: 'quiet',
  left: 'busy',
  confirmed: 'good',
  'not-restorable': 'bad',
};

/** What was written before, where its copies are, and what headquarters said of it. */
export function History({ site }: { readonly site: SiteId }) {
  const page = usePage();
  const words = useWords().supply;
  const exports = useStore(page.supply, state => state.exports);
  const mine = exportsOf(exports.value, site);
  return (
    <Card title={words.earlier} says={mine.length === 0 ? words.earlierNone : words.earlierSays}>
      {exports.failure && <FailurePanel failure={exports.failure} />}
      <TaskLine task={leftKey} label={words.leaving} />
      <ul className="copies" aria-label={words.earlier}>
        {mine.map(each => (
          <OneExport key={each.id} of={each} />
        ))}
      </ul>
    </Card>
  );
}

function OneExport({ of }: { readonly of: Export }) {
  const words = useWords().supply;
  const { receipt } = of;
  const when = [moment(of.at), of.clockDoubtful === true && words.doubtful].filter(Boolean).join(' ');
  return (
    <li className="copy">
      <div className="copy-head">
        <div className="two-lines">
          <h3 title={`${words.manifest} ${of.manifestSha256}`}>
            {of.counter === undefined ? words.noNumber : words.number(of.counter)}
          </h3>
          <p className="hint">
            {words.writtenOn} <time dateTime={of.at}>{when}</time> ·{' '}
            {words.writtenSays(of.files, size(of.bytes))}
          </p>
        </div>
        <Badge tone={tones[of.state]} {...(of.state === 'left' && { icon: Truck })}>
          {words.exportStates[of.state]}
        </Badge>
      </div>
      {of.overdueSince !== undefined && (
        <Banner tone="warn" title={`${words.overdue} ${moment(of.overdueSince)}`}>
          <p>{words.overdueSays}</p>
        </Banner>
      )}
      {receipt && (
        <p className={receipt.verdict === 'received' ? undefined : 'wrong'}>
          {words.confirmedOn} {moment(receipt.receivedAt)}, {words.receiptTaken} {moment(receipt.importedAt)}.{' '}
          {receipt.late && words.late} {receipt.says}
        </p>
      )}
      <ul className="bag-copies" aria-label={words.copies}>
        {copiesOf(of).map(copy => (
          <OneCopy key={copy.path} of={of} copy={copy} />
        ))}
      </ul>
    </li>
  );
}

/** Exports from before copies were tracked have one, where they were written. */
const copiesOf = (of: Export): readonly ExportCopy[] =>
  of.copies.length > 0 ? of.copies : [{ path: of.path, on: of.path, writtenAt: of.at, check: of.check }];

function OneCopy({ of, copy }: { readonly of: Export; readonly copy: ExportCopy }) {
  const page = usePage();
  const words = useWords().supply;
  const checking = useBusy(checkKey);
  const leaving = useBusy(leftKey);
  const canLeave = copy.leftAt === undefined && of.receipt === undefined && of.copies.length > 0;
  return (
    <li>
      <p className="break">
        {copy.path}
        <br />
        <span className="hint">
          {words.writtenOn} {moment(copy.writtenAt)},{' '}
          {copy.leftAt === undefined ? words.stillHere : `${words.leftOn} ${moment(copy.leftAt)}`}
        </span>
      </p>
      <div className="row">
        {!isWhole(copy.check) && <Badge tone="bad">{words.bad}</Badge>}
        {canLeave && (
          <Button
            icon={Truck}
            busy={leaving}
            aria-label={words.leftNamed(copy.path)}
            onClick={() => void noteLeft(page, of.id, copy.path)}
          >
            {words.left}
          </Button>
        )}
        <Button
          look="quiet"
          icon={FolderSearch}
          busy={checking}
          aria-label={`${words.checkBag}: ${copy.path}`}
          onClick={() => void checkBag(page, copy.path)}
        >
          {words.checkBag}
        </Button>
      </div>
    </li>
  );
}
