import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PracticeKeys } from './services/keys/trusted.ts';
import { resourcesFolder } from './version.ts';

/** What the practice headquarters signs with, and the key in the practice site's safe: public on purpose. */
export const practiceKeys = (): PracticeKeys => ({
  signer: readFileSync(join(resourcesFolder(), 'keys', 'practice.pub'), 'utf8'),
  breakGlass: readFileSync(
    join(resourcesFolder(), 'practice', 'hq', 'break-glass-recipient.txt'),
    'utf8',
  ).trim(),
});
