import { identityToRecipient } from 'age-encryption';
import type { Secret } from '../secret.ts';

/** Whether a line is a whole age identity, its checksum included. */
export const isIdentity = (line: Secret): Promise<boolean> =>
  identityToRecipient(line.reveal()).then(
    () => true,
    () => false,
  );
