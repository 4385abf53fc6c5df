import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { isAgeRecipient } from '../age-recipient.ts';
import { publicKey } from '../minisign.ts';

/** One key of a list: the line of a minisign `.pub` file, or an age recipient. */
export interface ListedKey {
  readonly key: string;
  readonly name?: string;
  /** ISO 8601; not to be used after it. */
  readonly until?: string;
}

/**
 * Which keys of headquarters count, as its offline root key signs them: JSON beside a minisign signature over its bytes.
 * Of two lists the one with the higher serial counts, because clocks lie.
 */
export interface KeyList {
  readonly format: 1;
  readonly kind: 'coldstart-keys';
  readonly world: World;
  readonly serial: number;
  readonly at: string;
  /** Sign bundles. */
  readonly bundleKeys: readonly ListedKey[];
  /** Sign receipts, notes and what else comes back on a stick. */
  readonly receiptKeys: readonly ListedKey[];
  /** age recipients that exports are sealed to. */
  readonly recipients: readonly ListedKey[];
}

export const keyListName = (serial: number): string => `coldstart-keys-${serial}.json`;
export const isKeyListName = (name: string): boolean => /^coldstart-keys-\d{1,15}\.json$/.test(name);
export const mostKeyListBytes = 256 * 1024;
export const keyListText = (list: KeyList): string => `${JSON.stringify(list, undefined, 2)}\n`;

const noList = (says: string, about: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says,
    about,
    untouched: 'The keys this laptop trusts stay as they were.',
    next: 'Ask headquarters to send the key list again.',
  });

const isListed = (raw: unknown, sound: (key: string) => boolean): boolean => {
  const each = raw as Partial<ListedKey> | null;
  return (
    typeof each === 'object' &&
    each !== null &&
    typeof each.key === 'string' &&
    sound(each.key) &&
    (each.name === undefined || typeof each.name === 'string') &&
    (each.until === undefined || !Number.isNaN(Date.parse(each.until)))
  );
};

const all = (raw: unknown, sound: (key: string) => boolean): boolean =>
  Array.isArray(raw) && raw.length <= 100 && raw.every(each => isListed(each, sound));

/** Reads a key list whose signature held. One wrong character in one key refuses all of it. Throws `damaged`. */
export function keyListIn(text: string, about: string): KeyList {
  let raw: Partial<KeyList> | null;
  try {
    raw = JSON.parse(text) as Partial<KeyList> | null;
  } catch {
    throw noList('The key list cannot be read.', about);
  }
  const isSigner = (key: string): boolean => publicKey(key) !== undefined;
  if (typeof raw !== 'object' || raw === null || raw.kind !== 'coldstart-keys' || raw.format !== 1)
    throw noList('This is no key list that Coldstart can read.', about);
  if (!Number.isSafeInteger(raw.serial) || (raw.serial ?? 0) < 1)
    throw noList('The key list has no serial number, so nothing tells whether it is the newest.', about);
  if (raw.world !== 'real' && raw.world !== 'practice')
    throw noList('The key list does not say whether it is for practice.', about);
  if (!all(raw.bundleKeys, isSigner) || !all(raw.receiptKeys, isSigner))
    throw noList('A signing key of the list is no minisign key, or a character of it is wrong.', about);
  if (!all(raw.recipients, isAgeRecipient))
    throw noList(
      'A recipient of the list is no age recipient (age1…), or a character of it is wrong.',
      about,
    );
  if (Number.isNaN(Date.parse(String(raw.at)))) throw noList('The key list has no date.', about);
  return raw as KeyList;
}

/** Whether a listed key may still be used at this moment. */
export const stillGood = (key: ListedKey, now: Date): boolean =>
  key.until === undefined || now.getTime() <= Date.parse(key.until);

const labelled = ({ key, name }: ListedKey): string => {
  const id = publicKey(key)?.id ?? key;
  return name === undefined ? id : `${id} (${name})`;
};

/** What taking a list changes, one sentence for each key, with the fingerprint to compare. */
export function changes(before: KeyList | undefined, after: KeyList): readonly string[] {
  const kinds = [
    ['Bundle key', before?.bundleKeys ?? [], after.bundleKeys],
    ['Receipt key', before?.receiptKeys ?? [], after.receiptKeys],
    ['Recipient', before?.recipients ?? [], after.recipients],
  ] as const;
  return kinds.flatMap(([kind, old, now]) => [
    ...now
      .filter(each => !old.some(one => one.key === each.key))
      .map(
        each =>
          `${kind} added: ${labelled(each)}${each.until === undefined ? '' : `, until ${each.until.slice(0, 10)}`}`,
      ),
    ...old
      .filter(each => !now.some(one => one.key === each.key))
      .map(each => `${kind} removed: ${labelled(each)}`),
    ...now
      .filter(each => old.some(one => one.key === each.key && one.until !== each.until))
      .map(
        each =>
          `${kind} now good ${each.until === undefined ? 'without an end' : `until ${each.until.slice(0, 10)}`}: ${labelled(each)}`,
      ),
  ]);
}
