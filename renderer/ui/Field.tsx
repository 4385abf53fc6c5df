import { useId } from 'react';
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react';

interface Described {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly wrong?: string | undefined;
}

function Around({
  label,
  hint,
  wrong,
  id,
  children,
}: Described & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong !== undefined && (
        <p className="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

const describedBy = (id: string, { hint, wrong }: Described): Record<string, unknown> => ({
  id,
  'aria-describedby':
    [hint !== undefined && `${id}-hint`, wrong !== undefined && `${id}-wrong`].filter(Boolean).join(' ') ||
    undefined,
  'aria-invalid': wrong !== undefined || undefined,
});

/** A labelled line of text. */
export function TextField({
  label,
  hint,
  wrong,
  onValue,
  ...rest
}: Described & { readonly onValue: (value: string) => void } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const described = { label, hint, wrong };
  return (
    <Around {...described} id={id}>
      <input
        type="text"
        autoComplete="off"
        spellCheck={false}
        {...rest}
        {...describedBy(id, described)}
        onChange={event => onValue(event.target.value)}
      />
    </Around>
  );
}

/** A labelled text of several lines. */
export function TextArea({
  label,
  hint,
  wrong,
  onValue,
  ...rest
}: Described & { readonly onValue: (value: string) => void } & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  const described = { label, hint, wrong };
  return (
    <Around {...described} id={id}>
      <textarea
        spellCheck={false}
        {...rest}
        {...describedBy(id, described)}
        onChange={event => onValue(event.target.value)}
      />
    </Around>
  );
}

/** A labelled choice of a few. */
export function Select<T extends string>({
  label,
  hint,
  wrong,
  value,
  options,
  onValue,
  ...rest
}: Described & {
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onValue: (value: T) => void;
} & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'value'>) {
  const id = useId();
  const described = { label, hint, wrong };
  return (
    <Around {...described} id={id}>
      <select
        {...rest}
        {...describedBy(id, described)}
        value={value}
        onChange={event => onValue(event.target.value as T)}
      >
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Around>
  );
}

/** A box to tick, with the whole line as its target. */
export function CheckBox({
  label,
  hint,
  checked,
  disabled = false,
  onValue,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onValue: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="check">
      <label htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          checked={checked}
          disabled={disabled}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          onChange={event => onValue(event.target.checked)}
        />
        <span>{label}</span>
      </label>
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
