import type { Program } from '../shell/call.ts';
import { codingPrograms } from './coding.ts';
import { editorPrograms } from './editors.ts';
import { fetchPrograms } from './fetch.ts';
import { filePrograms } from './files.ts';
import { listingPrograms } from './listing.ts';
import { netPrograms } from './net.ts';
import { pagerPrograms } from './pager.ts';
import { runningPrograms } from './running.ts';
import { shellPrograms } from './shells.ts';
import { sudoPrograms } from './sudo.ts';
import { systemPrograms } from './system.ts';
import { systemdPrograms } from './systemd.ts';
import { textPrograms } from './text.ts';

/** Everything installed on a fresh practice node, by name. */
export const installed: ReadonlyMap<string, Program> = new Map(
  Object.entries({
    ...codingPrograms,
    ...fetchPrograms,
    ...filePrograms,
    ...listingPrograms,
    ...netPrograms,
    ...pagerPrograms,
    ...editorPrograms,
    ...runningPrograms,
    ...shellPrograms,
    ...sudoPrograms,
    ...systemPrograms,
    ...systemdPrograms,
    ...textPrograms,
  }),
);
