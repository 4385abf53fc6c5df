import { bauds } from '../../../preload/contract/serial.ts';
import { Select, TextField } from '../../ui/Field.tsx';
import { useWords } from '../../words/context.ts';
import { baudOf } from './line.ts';
import type { LineDraft } from './line.ts';

const same = (values: readonly string[]): readonly { readonly value: string; readonly label: string }[] =>
  values.map(value => ({ value, label: value }));
const named = <T extends string>(
  labels: Readonly<Record<T, string>>,
): readonly { readonly value: T; readonly label: string }[] =>
  (Object.keys(labels) as T[]).map(value => ({ value, label: labels[value] }));

/** Everything that can be set on a line. */
export function LineFields({
  draft,
  onDraft,
}: {
  readonly draft: LineDraft;
  readonly onDraft: (draft: LineDraft) => void;
}) {
  const words = useWords().consoles.line;
  const change = (part: Partial<LineDraft>): void => onDraft({ ...draft, ...part });
  return (
    <div className="line-fields">
      <Select
        label={words.baud}
        value={draft.baud}
        options={[...same(bauds.map(String)), { value: 'other', label: words.other }]}
        onValue={baud => change({ baud })}
      />
      {draft.baud === 'other' && (
        <TextField
          label={words.otherBaud}
          inputMode="numeric"
          value={draft.otherBaud}
          wrong={baudOf(draft) === undefined && draft.otherBaud !== '' ? words.baudWrong : undefined}
          onValue={otherBaud => change({ otherBaud })}
        />
      )}
      <Select
        label={words.dataBits}
        value={draft.dataBits}
        options={same(['8', '7', '6', '5'])}
        onValue={dataBits => change({ dataBits })}
      />
      <Select
        label={words.parity}
        value={draft.parity}
        options={named(words.parities)}
        onValue={parity => change({ parity })}
      />
      <Select
        label={words.stopBits}
        value={draft.stopBits}
        options={same(['1', '1.5', '2'])}
        onValue={stopBits => change({ stopBits })}
      />
      <Select
        label={words.flow}
        value={draft.flow}
        options={named(words.flows)}
        onValue={flow => change({ flow })}
      />
    </div>
  );
}
