import { X } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { useWords } from '../words/context.ts';
import { IconButton } from './Button.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** The buttons at its foot. */
  readonly foot?: ReactNode;
  readonly wide?: boolean;
}

/** Where typing begins: the first field, else the first button at the foot, which never does harm. */
const firstStop = (dialog: HTMLDialogElement): HTMLElement | null =>
  dialog.querySelector('.dialog-body :is(input, textarea, select)') ??
  dialog.querySelector('.dialog-foot button');

/** A plain modal dialog: Escape closes it, focus stays inside and goes back to where it was. */
export function Dialog({ title, onClose, children, foot, wide = false }: DialogProps) {
  const words = useWords().ui;
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) {
      dialog.showModal();
      firstStop(dialog)?.focus();
    }
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={heading}
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <IconButton name={words.close} icon={X} onClick={onClose} />
      </header>
      <div className="dialog-body">{children}</div>
      {foot && <footer className="dialog-foot">{foot}</footer>}
    </dialog>
  );
}
