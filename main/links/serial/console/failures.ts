import type { ConsoleState } from '../../../../preload/contract/serial.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';

export const unplugged = (port: string): FieldError =>
  new FieldError({
    code: 'link-lost',
    says: 'The adapter was pulled, or the far side closed the line.',
    about: port,
    untouched: 'What was already sent may have arrived, or not.',
    next: 'Plug the adapter in again: the console goes on by itself.',
  });

export const closed = (port: string): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'That console is closed.',
    about: port,
    untouched: 'Nothing was sent.',
    next: 'Open the port again.',
  });

export const heldBy = (driver: string, port: string): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: `${driver} is working over this console.`,
    about: port,
    untouched: 'Nothing was sent.',
    next: 'Wait until it is done, or stop it first.',
  });

export const released = (port: string): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: 'This console was given back before.',
    about: port,
    untouched: 'Nothing was sent.',
    next: 'Begin again.',
  });

/** A deed that makes no sense in this state. */
export const makesNoSense = (state: ConsoleState, port: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: `That makes no sense here now. ${state.says}`,
    about: port,
    untouched: 'Nothing was sent.',
    next: 'Look at the console, and choose what it offers.',
  });

export const cannotBreak = (port: string): FieldError =>
  new FieldError({
    code: 'could-not',
    says: 'This kind of port cannot send a BREAK.',
    about: port,
    untouched: 'Nothing was sent.',
    next: 'Use a serial adapter, or an RFC 2217 server instead of a plain socket.',
  });
