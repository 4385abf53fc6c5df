import type { TestContext } from 'node:test';
import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import type { RecordedInto } from '../../main/services/recorder/pull.ts';
import { folder } from './folder.ts';

/** A laptop that pulls what a node logged, and keeps it in memory. */
export function pullingLaptop(
  t: TestContext,
): RecordedInto & { readonly taken: { readonly at: number; readonly text: string }[] } {
  const taken: { at: number; text: string }[] = [];
  return {
    files: localFiles(),
    clock: systemClock,
    folder: folder(t),
    taken,
    take: (at, text) => {
      taken.push({ at, text });
    },
  };
}
