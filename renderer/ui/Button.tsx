import type { LucideIcon } from 'lucide-react';
import { LoaderCircle } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly icon?: LucideIcon;
  readonly busy?: boolean;
}

/** A button at least 44 px high. While busy it keeps its place and its focus, and does nothing. */
export function Button({ look = 'plain', icon, busy = false, children, onClick, ...rest }: ButtonProps) {
  const Icon = busy ? LoaderCircle : icon;
  return (
    <button
      type="button"
      {...rest}
      className={`button ${look} ${rest.className ?? ''}`}
      aria-disabled={busy || undefined}
      onClick={event => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {Icon && <Icon size={18} aria-hidden className={busy ? 'spin' : ''} />}
      {children}
    </button>
  );
}

/** A button that shows only an icon; its name is for the screen reader and the tooltip. */
export function IconButton({
  name,
  icon: Icon,
  ...rest
}: Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'name'> & {
  readonly name: string;
  readonly icon: LucideIcon;
}) {
  return (
    <button
      type="button"
      {...rest}
      className={`icon-button ${rest.className ?? ''}`}
      aria-label={name}
      title={name}
    >
      <Icon size={18} aria-hidden />
    </button>
  );
}
