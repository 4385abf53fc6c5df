import { useEffect, useState } from 'react';
import type { Evidence, Examination } from '../../../preload/contract/doctor.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { size } from '../../ui/format.ts';
import { CopyButton } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { evidenceKey, evidenceText } from './actions.ts';

const tones: Record<Evidence['standing'], Tone> = {
  whole: 'good',
  cut: 'warn',
  'timed-out': 'warn',
  failed: 'bad',
  'not-asked': 'quiet',
};

/** Everything that was asked of the node, with how the answer stands; each can be read in full. */
export function EvidenceList({ examination }: { readonly examination: Examination }) {
  const words = useWords().doctor;
  const [shown, setShown] = useState<Evidence>();
  return (
    <>
      <Table
        caption={words.evidenceTitle}
        rows={examination.evidence}
        rowKey={each => each.id}
        columns={[
          {
            head: words.columns.what,
            render: each => (
              <span className="two-lines">
                <strong>{each.title}</strong>
                {each.says !== undefined && <span className="hint">{each.says}</span>}
              </span>
            ),
          },
          {
            head: words.columns.standing,
            kind: 'fit',
            render: each => (
              <span className="row tight">
                <Badge tone={tones[each.standing]}>{words.standings[each.standing]}</Badge>
                <span className="hint">{size(each.bytes)}</span>
              </span>
            ),
          },
          {
            head: words.columns.actions,
            kind: 'actions',
            render: each =>
              each.bytes > 0 && (
                <Button look="quiet" aria-label={words.showNamed(each.title)} onClick={() => setShown(each)}>
                  {words.show}
                </Button>
              ),
          },
        ]}
      />
      {shown && (
        <EvidenceDialog examination={examination} evidence={shown} onClose={() => setShown(undefined)} />
      )}
    </>
  );
}

function EvidenceDialog({
  examination,
  evidence,
  onClose,
}: {
  readonly examination: Examination;
  readonly evidence: Evidence;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.doctor;
  const [text, setText] = useState<string>();
  useEffect(() => {
    let here = true;
    void evidenceText(page, examination, evidence).then(found => here && setText(found?.text));
    return () => {
      here = false;
    };
  }, [page, examination, evidence]);
  return (
    <Dialog
      wide
      title={evidence.title}
      onClose={onClose}
      foot={
        <>
          {text !== undefined && <CopyButton text={text} />}
          <Button onClick={onClose}>{all.ui.close}</Button>
        </>
      }
    >
      <p className="hint">
        {words.command}: <code className="code">{evidence.command}</code>
      </p>
      <TaskLine task={evidenceKey} label={words.fetching} />
      {text === '' && <p>{words.empty}</p>}
      {text !== undefined && text !== '' && (
        /* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */
        <pre className="evidence-text" tabIndex={0} aria-label={words.answer} role="region">
          {text}
        </pre>
      )}
    </Dialog>
  );
}
