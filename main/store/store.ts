declare const reading: unique symbol;
declare const writing: unique symbol;

export type SqlValue = string | number | bigint | Uint8Array | null;

/** A consistent view; query functions that only look take this. */
export interface Reading {
  readonly [reading]: true;
  one<T>(sql: string, ...values: readonly SqlValue[]): T | undefined;
  all<T>(sql: string, ...values: readonly SqlValue[]): readonly T[];
}

/** Inside one transaction; query functions that change something take this, so none can run outside one. */
export interface Writing extends Reading {
  readonly [writing]: true;
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number };
}

export interface Store {
  read<T>(work: (db: Reading) => T): T;
  /** One transaction, durable (`synchronous=FULL`) when it returns; rolled back when `work` throws. */
  write<T>(work: (db: Writing) => T): T;
  close(): void;
}
