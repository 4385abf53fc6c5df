import type { Run } from '../../../preload/contract/domain.ts';
import type { RunId, SiteId } from '../../../preload/contract/ids.ts';

/** What other services may ask about runs. */
export interface Runs {
  ofSite(id: SiteId): readonly Run[];
  /**
   * The audit record of a run: JSON lines, one per journal entry (`at`, `step`, what was asked and seen), scrubbed of
   * every secret the vault knows.
   */
  auditRecord(id: RunId): string;
}
