import { configChapter } from './configuration.ts';
import { containersChapter, datastoreChapter, networkChapter } from './cluster.ts';
import type { Chapter } from './item.ts';
import { diskChapter, powerChapter } from './machine.ts';
import { logChapter, serviceChapter } from './service.ts';

/** Everything the doctor asks, in the order of the triage: what comes first explains what comes later. */
export const chapters: readonly Chapter[] = [
  powerChapter,
  diskChapter,
  serviceChapter,
  logChapter,
  configChapter,
  networkChapter,
  datastoreChapter,
  containersChapter,
];
