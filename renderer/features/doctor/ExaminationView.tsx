import { Package } from 'lucide-react';
import { useState } from 'react';
import type { Examination, FindingRemedy } from '../../../preload/contract/doctor.ts';
import { Button } from '../../ui/Button.tsx';
import { Ago, Code } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { packEvidence, packKey } from './actions.ts';
import { EvidenceList } from './EvidenceList.tsx';
import { FindingCard } from './FindingCard.tsx';
import { byTriage } from './store.ts';

const tones: Record<Examination['verdict'], Tone> = {
  healthy: 'good',
  findings: 'bad',
  unknown: 'warn',
  partial: 'warn',
};

/** What an examination found: the verdict, the findings in the order of treatment, and all the evidence. */
export function ExaminationView({
  examination,
  onRemedy,
}: {
  readonly examination: Examination;
  readonly onRemedy: (remedy: FindingRemedy) => void;
}) {
  const words = useWords().doctor;
  const collecting = examination.state === 'collecting';
  // Open while evidence comes in; from then on as the technician leaves it.
  const [open] = useState(collecting);
  const findings = byTriage(examination.findings);
  const first = findings[0];
  return (
    <div className="stack">
      <div aria-live="polite">
        {collecting ? (
          <p className="hint">{words.collecting(examination.evidence.length)}</p>
        ) : (
          <VerdictBanner examination={examination} />
        )}
      </div>
      {findings.length > 0 && (
        <>
          <p className="hint" role="status">
            {words.count(findings.length)}
          </p>
          <ol className="findings">
            {findings.map(finding => (
              <FindingCard
                key={finding.cause}
                finding={finding}
                evidence={examination.evidence}
                first={finding === first && findings.length > 1}
                onRemedy={onRemedy}
              />
            ))}
          </ol>
        </>
      )}
      {examination.evidence.length > 0 && (
        <details open={open}>
          <summary>{words.evidence(examination.evidence.length)}</summary>
          <EvidenceList examination={examination} />
        </details>
      )}
      {!collecting && <Pack examination={examination} />}
    </div>
  );
}

function VerdictBanner({ examination }: { readonly examination: Examination }) {
  const words = useWords().doctor;
  const stopped = examination.state === 'stopped';
  return (
    <Banner
      tone={stopped ? 'warn' : tones[examination.verdict]}
      title={stopped ? words.stopped : words.verdicts[examination.verdict]}
    >
      {examination.says !== '' && <p>{examination.says}</p>}
      <p className="hint">
        {words.examined} <Ago at={examination.endedAt ?? examination.at} /> {words.over[examination.over]}
      </p>
    </Banner>
  );
}

/** Takes the evidence along for headquarters. */
function Pack({ examination }: { readonly examination: Examination }) {
  const page = usePage();
  const words = useWords().doctor;
  const [choosing, setChoosing] = useState(false);
  const [path, setPath] = useState<string>();
  return (
    <>
      <div className="row">
        <Button
          look={examination.verdict === 'unknown' ? 'primary' : 'quiet'}
          icon={Package}
          onClick={() => setChoosing(true)}
        >
          {words.pack}
        </Button>
        <span className="hint">{words.packSays}</span>
      </div>
      <TaskLine task={packKey} label={words.packing} />
      {path !== undefined && (
        <div role="status">
          <Banner tone="good" title={words.packed}>
            <Code>{path}</Code>
          </Banner>
        </div>
      )}
      {choosing && (
        <FolderPicker
          title={words.packTitle}
          says={words.packSays}
          onClose={() => setChoosing(false)}
          actions={[
            {
              label: words.packGo,
              act: to => void packEvidence(page, examination, to).then(packed => setPath(packed?.path)),
            },
          ]}
        />
      )}
    </>
  );
}
