import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';

/** One snapshot of a bag, as headquarters found it after opening. */
export interface ReceiptSnapshot {
  readonly id: string;
  readonly sha256: string;
  readonly is: 'restorable' | 'not-restorable';
  readonly says: string;
}

/**
 * What headquarters signs when a bag arrived, and the next stick carries back: JSON, beside a minisign signature over its
 * bytes. It is bound to one export by the hash of its tag manifest, and to the laptop that signed that.
 */
export interface Receipt {
  readonly format: 1;
  readonly kind: 'coldstart-receipt';
  readonly world: World;
  readonly site: string;
  readonly export: string;
  /** Hex SHA-256 of the bag's tagmanifest-sha256.txt. */
  readonly tagmanifestSha256: string;
  /** minisign key id of the laptop. */
  readonly laptopKey: string;
  readonly counter: number;
  readonly receivedAt: string;
  /** A bag with a higher counter of the same laptop was there before it. */
  readonly late: boolean;
  /** `not-restorable` frees nothing at the site. */
  readonly verdict: 'received' | 'not-restorable';
  readonly says: string;
  readonly snapshots: readonly ReceiptSnapshot[];
}

/** Folder on a stick with everything that comes from headquarters, and the folder of receipts in it. */
export const fromHqFolder = 'coldstart-from-hq';
export const receiptsFolder = `${fromHqFolder}/receipts`;

/** `receipt-<export id>.json`; its signature is named the same with `.minisig` behind it. */
export const receiptName = (exportId: string): string => `receipt-${exportId}.json`;
export const isReceiptName = (name: string): boolean => /^receipt-[0-9a-f-]{36}\.json$/.test(name);
/** No receipt of ours is larger: a thousand snapshots fit. */
export const mostReceiptBytes = 1024 * 1024;

export const receiptText = (receipt: Receipt): string => `${JSON.stringify(receipt, undefined, 2)}\n`;
/** The trusted comment of a receipt's signature. */
export const receiptComment = (receipt: Receipt): string =>
  `coldstart ${receipt.world === 'practice' ? 'practice ' : ''}receipt ${receipt.site}/${receipt.export}`;

const hex64 = /^[0-9a-f]{64}$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const isSnapshot = (raw: unknown): raw is ReceiptSnapshot => {
  const each = raw as Partial<ReceiptSnapshot> | null;
  return (
    typeof each === 'object' &&
    each !== null &&
    typeof each.id === 'string' &&
    hex64.test(String(each.sha256)) &&
    (each.is === 'restorable' || each.is === 'not-restorable') &&
    typeof each.says === 'string'
  );
};

/** Reads a receipt whose signature held. Throws `damaged` for anything that is none. */
export function receiptIn(text: string, about: string): Receipt {
  const raw = jsonOf(text) as Partial<Receipt> | undefined;
  const holds =
    raw?.format === 1 &&
    raw.kind === 'coldstart-receipt' &&
    (raw.world === 'real' || raw.world === 'practice') &&
    uuid.test(String(raw.site)) &&
    uuid.test(String(raw.export)) &&
    hex64.test(String(raw.tagmanifestSha256)) &&
    /^[0-9A-F]{16}$/.test(String(raw.laptopKey)) &&
    Number.isSafeInteger(raw.counter) &&
    !Number.isNaN(Date.parse(String(raw.receivedAt))) &&
    typeof raw.late === 'boolean' &&
    (raw.verdict === 'received' || raw.verdict === 'not-restorable') &&
    typeof raw.says === 'string' &&
    Array.isArray(raw.snapshots) &&
    raw.snapshots.every(isSnapshot);
  if (holds) return raw as Receipt;
  throw new FieldError({
    code: 'damaged',
    says: 'This is no receipt that Coldstart can read, although its name says so.',
    about,
    untouched: 'Nothing counts as confirmed by it.',
    next: 'Ask headquarters to send the receipt again.',
  });
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
