import { statSync } from 'node:fs';
import { FieldError } from '../../../preload/contract/failure.ts';
import { readSnapshot } from '../../core/etcd-snapshot/read.ts';
import type { Reading } from '../../core/etcd-snapshot/read.ts';
import type { Desk } from './serve.ts';
import { openSnapshot } from './snapshot-file.ts';
import type { OpenSnapshot } from './snapshot-file.ts';

/** A snapshot that was walked over once, with the place of each of its keys. */
export interface HeldSnapshot {
  readonly path: string;
  readonly reading: Reading;
  /** What is damaged inside; absent when all of it is sound. */
  readonly damage?: string;
  /** Throws when the file has changed since. */
  assertUnchanged(): void;
  close(): void;
}

export interface HoldOptions {
  /** Folder for what does not fit into memory. */
  readonly scratch: string;
  /** Without it a damaged file throws `check-failed`. */
  readonly evenIfDamaged?: boolean | undefined;
}

/** Opens a snapshot and finds its keys. Throws `check-failed` in plain words when it is none, or is damaged. */
export async function holdSnapshot(path: string, options: HoldOptions, desk: Desk): Promise<HeldSnapshot> {
  const file = await openSnapshot(path, options.scratch, desk);
  try {
    const reading = walk(file, desk);
    // Damage found in a file that something writes to says nothing of the file.
    file.assertUnchanged();
    const damage = damageOf(reading);
    const held = { path, reading, assertUnchanged: () => file.assertUnchanged(), close: () => file.close() };
    if (damage === undefined) return held;
    refuseUnless(options.evenIfDamaged, path, damage);
    return { ...held, damage };
  } catch (thrown) {
    file.close();
    throw named(thrown, path);
  }
}

function walk(file: OpenSnapshot, desk: Desk): Reading {
  // What was unpacked on the way has been told already.
  let done = file.zipped ? file.source.size : 0;
  const onPage = (bytes: number): void => {
    desk.done((done += bytes));
    desk.goOn();
  };
  return readSnapshot(file.source, { crc: file.crc, live: { scratch: file.scratch }, onPage });
}

/** What the reader refuses names no file, since it sees none. */
function named(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof FieldError) || thrown.failure.about !== undefined) return thrown;
  return new FieldError({ ...thrown.failure, about: path }, { cause: thrown });
}

function damageOf({ problems, moreProblems }: Reading): string | undefined {
  if (problems.length === 0) return undefined;
  const shown = problems.slice(0, 3);
  const more = problems.length - shown.length + moreProblems;
  return `${shown.join(' ')}${more > 0 ? ` And ${more} more like these.` : ''}`;
}

function refuseUnless(evenIfDamaged: boolean | undefined, path: string, damage: string): void {
  if (evenIfDamaged === true) return;
  throw new FieldError({
    code: 'check-failed',
    says: `This snapshot is damaged inside, so what it shows may be wrong. ${damage}`,
    about: path,
    untouched: 'The file was only read; nothing was changed.',
    next: 'Take another copy of the snapshot. To look at what can still be read, say that you want to see it all the same.',
    facts: { damaged: 'inside' },
  });
}

/** Keeps the snapshot that was looked into last, so that the next question need not walk over it again. */
export class LastHeld {
  #held: HeldSnapshot | undefined;
  #as = '';

  /** The snapshot as it lies there now. Throws what `holdSnapshot` throws. */
  async of(path: string, options: HoldOptions, desk: Desk): Promise<HeldSnapshot> {
    const as = identity(path);
    const held = this.#held;
    if (held && as !== '' && as === this.#as) {
      if (held.damage !== undefined) refuseUnless(options.evenIfDamaged, path, held.damage);
      return held;
    }
    this.#held = undefined;
    held?.close();
    const fresh = await holdSnapshot(path, options, desk);
    this.#as = as;
    return (this.#held = fresh);
  }
}

/** Which file lies there and how it stands; empty when none does. */
function identity(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? [path, found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ') : '';
}
