/** What a database is read from: bytes at a place, at once. Whoever opens it closes it. */
export interface PageSource {
  /** Of the whole file. */
  readonly size: number;
  /**
   * Exactly `length` bytes at `offset`, a view that is only good until the next read. Throws a FieldError when the file
   * is shorter than it was, or cannot be read.
   */
  read(offset: number, length: number): Uint8Array;
}

/** A database that is in memory anyway. */
export const inMemory = (bytes: Uint8Array): PageSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});
