import type { CallHandlers } from '../../bridge/handlers.ts';
import type { HqDeps } from './deps.ts';
import { enroll } from './enroll.ts';
import { receive } from './receive.ts';
import { sendBundle, sendNote } from './send.ts';
import { signKeys } from './sign-keys.ts';
import { status } from './status.ts';

type Calls = Pick<
  CallHandlers,
  'hq.receive' | 'hq.enroll' | 'hq.status' | 'hq.signKeys' | 'hq.note' | 'hq.bundle'
>;

/** Headquarters: takes in bags, keeps what is in them by site, and signs the receipts that go back. */
export const hqService = (deps: HqDeps): { readonly calls: Calls } => ({
  calls: {
    'hq.receive': receive(deps),
    'hq.enroll': enroll(deps),
    'hq.status': status(deps),
    'hq.signKeys': signKeys(deps),
    'hq.note': sendNote(deps),
    'hq.bundle': sendBundle(deps),
  },
});
