import { FieldError } from '../../../preload/contract/failure.ts';
import type { BlackBoxes, Consoles } from '../../ports.ts';

const none = (port: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'There is no such serial port here.',
    about: port,
    untouched: 'Nothing was opened.',
    next: 'Plug the adapter in and list the ports again.',
  });

/** A world without serial ports. */
export const noConsoles: Consoles = {
  ports: () => Promise.resolve([]),
  open: port => Promise.reject(none(port)),
  detect: port => Promise.reject(none(port)),
  close: () => Promise.resolve(),
};

export const noBlackBoxes: BlackBoxes = {
  writer: () => ({ take: () => undefined, note: () => undefined, close: () => Promise.resolve() }),
  list: () => Promise.resolve([]),
  read: () => Promise.resolve({ lines: [], more: false }),
  search: () => Promise.resolve([]),
};
