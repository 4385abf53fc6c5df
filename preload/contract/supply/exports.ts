import { call } from '../call.ts';
import type { BagCheck, Export, ExportPlan, Sha256 } from '../domain.ts';
import { exportId, nodeId, siteId } from '../ids.ts';
import type { ExportId } from '../ids.ts';
import { filled, list, oneOf, optional, shape } from '../parse.ts';

/** What may go out beside the snapshots, the inventory and the server tokens, which always do. Chosen once per site. */
export const exportChoices = ['audit', 'config', 'metrics', 'black-boxes', 'evidence'] as const;
export type ExportChoice = (typeof exportChoices)[number];

/** A receipt found on a stick, and what became of it. */
export interface ReceiptSeen {
  readonly path: string;
  readonly is: 'confirmed' | 'not-restorable' | 'known' | 'refused';
  readonly export?: ExportId;
  readonly says: string;
}

export const exportCalls = {
  'export.plan': call<ExportPlan>()(shape({ site: siteId, to: filled, export: optional(exportId) })),
  /** Without `export` what is due now; with it the same bag once more, onto another stick. */
  'export.write': call<Export>()(shape({ site: siteId, to: filled, export: optional(exportId) })),
  /**
   * For a site without sticks: the same bag into a folder of a machine that Coldstart reaches, over its link. Throws what
   * links throw, `no-such-thing`, `not-writable`, `space-short`, `damaged`.
   */
  'export.send': call<Export>()(shape({ site: siteId, node: nodeId, path: filled })),
  'export.list': call<readonly Export[]>()(shape({ site: optional(siteId) })),
  'export.show': call<Export>()(shape({ export: exportId })),
  /** The courier left with the copy at `path`, which is the bag's folder. */
  'export.left': call<Export>()(shape({ export: exportId, path: filled })),
  'export.choices': call<readonly ExportChoice[]>()(shape({ site: siteId })),
  'export.choose': call<readonly ExportChoice[]>()(
    shape({ site: siteId, choices: list(oneOf(...exportChoices)) }),
  ),
  'bag.verify': call<BagCheck>()(shape({ path: filled })),
  /**
   * Opens a bag with an age identity, given as its text: the break-glass paper or headquarters' key. Into a new or empty
   * folder. Throws `check-failed` for another key, `damaged`, `already-there`.
   */
  'bag.open': call<OpenedBag>()(shape({ path: filled, identity: filled, to: filled })),
  /** Looks for receipts in a folder or on a stick and takes in those that hold; nothing else on the stick is touched. */
  'receipt.import': call<readonly ReceiptSeen[]>()(shape({ from: filled })),
} as const;

export interface OpenedBag {
  readonly to: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: Sha256 }[];
}
