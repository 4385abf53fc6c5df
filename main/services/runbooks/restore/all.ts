import type { OfferedRestore } from '../../../../preload/contract/snapshots/restore.ts';
import { restoreDrill } from './drill.ts';
import type { AnyRestore } from './frame.ts';
import { haRestore } from './ha.ts';
import { lostQuorum } from './lost-quorum.ts';
import { newHostRestore } from './new-host.ts';
import { rawDbRestore } from './raw-db.ts';
import { singleRestore } from './single.ts';
import { sqliteRestore } from './sqlite.ts';

const kinds: Readonly<Record<OfferedRestore, AnyRestore>> = {
  single: singleRestore,
  ha: haRestore,
  'new-host': newHostRestore,
  'lost-quorum': lostQuorum,
  'raw-db': rawDbRestore,
  sqlite: sqliteRestore,
  drill: restoreDrill,
};

export const restoreOf = (kind: OfferedRestore): AnyRestore => kinds[kind];
