import { createSecretKey } from 'node:crypto';
import type { Client } from 'ssh2';

/**
 * Gives the ciphers of a connection their keys in the form Node likes. ssh2 makes a new AES-GCM cipher for every packet
 * from a Buffer, and Node then throws and catches twice to find out that it is no KeyObject: a fifth of the time of a
 * transfer. Reaches into ssh2; where its insides look different, or after a rekey, it is just as slow as before.
 */
export function quickKeys(client: Client): void {
  const protocol = (client as unknown as { _protocol?: Record<string, unknown> })._protocol;
  for (const [part, field] of [
    ['_cipher', '_encKey'],
    ['_decipher', '_decipherKey'],
  ] as const) {
    const cipher = protocol?.[part] as Record<string, unknown> | undefined;
    const key = cipher?.[field];
    if (cipher && Buffer.isBuffer(key)) cipher[field] = createSecretKey(key);
  }
}
