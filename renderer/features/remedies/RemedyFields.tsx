import type { RemedyField } from '../../../preload/contract/doctor.ts';
import { CheckBox, Select, TextArea, TextField } from '../../ui/Field.tsx';
import { manyOf, withOption } from './draft.ts';
import type { Draft } from './draft.ts';

/** The questions of a remedy or a restore, each with what is proposed. */
export function RemedyFields({
  fields,
  draft,
  onAnswer,
}: {
  readonly fields: readonly RemedyField[];
  readonly draft: Draft;
  readonly onAnswer: (name: string, value: string) => void;
}) {
  return fields.map(field => (
    <Question
      key={field.name}
      field={field}
      value={draft[field.name] ?? field.value}
      put={next => onAnswer(field.name, next)}
    />
  ));
}

function Question({
  field,
  value,
  put,
}: {
  readonly field: RemedyField;
  readonly value: string;
  readonly put: (next: string) => void;
}) {
  const { label, says, options = [] } = field;
  const hint = says === '' ? {} : { hint: says };
  switch (field.kind) {
    case 'text':
      return field.value.includes('\n') ? (
        <TextArea label={label} {...hint} value={value} rows={8} className="mono" onValue={put} />
      ) : (
        <TextField label={label} {...hint} value={value} onValue={put} />
      );
    case 'choice':
      return (
        <Select
          label={label}
          hint={[says, options.find(each => each.value === value)?.says].filter(Boolean).join(' ')}
          value={value}
          options={options}
          onValue={put}
        />
      );
    case 'flag':
      return (
        <CheckBox label={label} {...hint} checked={value === 'yes'} onValue={on => put(on ? 'yes' : 'no')} />
      );
    case 'many':
      return (
        <fieldset className="many">
          <legend>{label}</legend>
          {says !== '' && <p className="hint">{says}</p>}
          {options.map(option => (
            <CheckBox
              key={option.value}
              label={option.label}
              {...(option.says !== undefined && { hint: option.says })}
              checked={manyOf(value).includes(option.value)}
              onValue={on => put(withOption(field, value, option.value, on))}
            />
          ))}
        </fieldset>
      );
    default:
      return field.kind satisfies never;
  }
}
