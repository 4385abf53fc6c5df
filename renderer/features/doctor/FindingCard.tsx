import { Stethoscope, TriangleAlert, Wrench } from 'lucide-react';
import type { Evidence, Finding, FindingRemedy } from '../../../preload/contract/doctor.ts';
import { Button } from '../../ui/Button.tsx';
import { exactly } from '../../ui/format.ts';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';

const tones: Record<Finding['sure'], Tone> = { certain: 'bad', likely: 'warn', possible: 'quiet' };

/** One cause: what is wrong, the line that shows it, how sure, what it is not, and what can be done. */
export function FindingCard({
  finding,
  evidence,
  first,
  onRemedy,
}: {
  readonly finding: Finding;
  readonly evidence: readonly Evidence[];
  readonly first: boolean;
  readonly onRemedy: (remedy: FindingRemedy) => void;
}) {
  const words = useWords().doctor;
  return (
    <li className={first ? 'finding first' : 'finding'}>
      <div className="finding-head">
        <h3>{finding.says}</h3>
        <span className="row tight">
          {first && (
            <Badge tone="busy" icon={Stethoscope}>
              {words.first}
            </Badge>
          )}
          <Badge tone={tones[finding.sure]}>{words.sure[finding.sure]}</Badge>
        </span>
      </div>
      {finding.lines.map(line => (
        <figure key={`${line.evidence}${line.text}`} className="evidence-line">
          <blockquote>
            <code className="code">{line.text}</code>
          </blockquote>
          <figcaption className="hint">
            {evidence.find(each => each.id === line.evidence)?.title ?? line.evidence}
            {line.at !== undefined && ` · ${exactly(line.at)}`}
          </figcaption>
        </figure>
      ))}
      <dl className="facts">
        {finding.not !== undefined && (
          <div>
            <dt>{words.not}</dt>
            <dd>{finding.not}</dd>
          </div>
        )}
        <div>
          <dt>{words.next}</dt>
          <dd>{finding.next}</dd>
        </div>
      </dl>
      {finding.remedies.length === 0 && <p className="hint">{words.noRemedy}</p>}
      {finding.remedies.map((remedy, i) => (
        <div key={remedy.remedy} className="remedy">
          <Button
            look={first && i === 0 ? 'primary' : 'plain'}
            icon={Wrench}
            onClick={() => onRemedy(remedy)}
          >
            {words.choose(remedy.title)}
          </Button>
          {remedy.mayLose === undefined ? (
            <span className="hint">{words.losesNothing}</span>
          ) : (
            <span className="may-lose">
              <TriangleAlert size={16} aria-hidden /> {words.mayLose}: {remedy.mayLose}
            </span>
          )}
        </div>
      ))}
    </li>
  );
}
