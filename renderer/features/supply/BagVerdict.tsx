import type { BagCheck } from '../../../preload/contract/domain.ts';
import { size } from '../../ui/format.ts';
import { Code } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';

/** What reading a bag gave, and how far the reading reached. */
export function BagVerdict({ check, goodTitle }: { readonly check: BagCheck; readonly goodTitle: string }) {
  const words = useWords().supply;
  const good = check.complete && check.problems.length === 0;
  return (
    <Banner tone={good ? 'good' : 'bad'} title={good ? goodTitle : words.notComplete}>
      <p>
        {words.writtenSays(check.files, size(check.bytes))} · <Code>{check.path}</Code>
      </p>
      <p>{words.readBack[check.readBack]}</p>
      {check.problems.length > 0 && (
        <>
          <p>{words.problems}</p>
          <ul>
            {check.problems.map(problem => (
              <li key={problem} className="break">
                {problem}
              </li>
            ))}
          </ul>
        </>
      )}
    </Banner>
  );
}
