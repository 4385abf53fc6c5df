import { useStore } from 'zustand';
import type { RemedyField } from '../../../preload/contract/doctor.ts';
import { CheckBox, Select, TextArea, TextField } from '../../ui/Field.tsx';
import { usePage } from '../app/page.ts';
import { answer } from './actions.ts';
import { manyOf, withOption } from './draft.ts';

/** The questions of a remedy, each with what is proposed. */
export function RemedyFields({ fields }: { readonly fields: readonly RemedyField[] }) {
  return fields.map(field => <Question key={field.name} field={field} />);
}

function Question({ field }: { readonly field: RemedyField }) {
  const page = usePage();
  const value = useStore(page.remedies, ({ draft }) => draft[field.name] ?? field.value);
  const put = (next: string): void => answer(page, field.name, next);
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
