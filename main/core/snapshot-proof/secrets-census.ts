import type { CensusRow } from '../../../preload/contract/snapshots/proof.ts';
import { opening, sealing } from './encryption.ts';
import type { Encryption } from './encryption.ts';
import { Names } from './names.ts';
import type { Named } from './names.ts';

/** How the Secrets of a snapshot lie in etcd. Names keys, never a value. */
export interface SecretsFound {
  readonly rows: readonly CensusRow[];
  readonly plain: Named;
  /** Sealed, but their key is not in the bootstrap data. */
  readonly withoutKey: Named;
  /** Sealed with a key that is there, and do not open, or begin like nothing Kubernetes writes. */
  readonly damaged: Named;
  /** Decrypted as a trial; only AES-CBC, K3s' own way, is tried. */
  readonly opened: number;
  /** Sealed ones that were not tried: another provider, or nothing opened the bootstrap data. */
  readonly untried: number;
  /** Whether new Secrets are sealed; absent when nothing says so. */
  readonly on?: boolean;
}

type Counts = { -readonly [K in keyof CensusRow]: CensusRow[K] };
const empty = (namespace: string): Counts => ({
  namespace,
  aescbc: 0,
  secretbox: 0,
  other: 0,
  plain: 0,
  unknown: 0,
});

/** Counts Secrets as they go by. */
export class SecretsCensus {
  readonly #rows = new Map<string, Counts>();
  readonly #encryption: Encryption | undefined;
  readonly #plain = new Names();
  readonly #withoutKey = new Names();
  readonly #damaged = new Names();
  #opened = 0;
  #untried = 0;

  constructor(encryption: Encryption | undefined) {
    this.#encryption = encryption;
  }

  /** `key` is a whole key under `/registry/secrets/`. */
  take(key: string, value: Uint8Array): void {
    const namespace = key.split('/')[3] ?? '';
    const row = this.#rows.get(namespace) ?? empty(namespace);
    this.#rows.set(namespace, row);
    const by = sealing(value);
    if (by === 'aesgcm' || by === 'kms') row.other += 1;
    else row[by] += 1;
    if (by === 'plain') this.#plain.add(key);
    else if (by === 'unknown') this.#damaged.add(key);
    else this.#try(key, value, by);
  }

  #try(key: string, value: Uint8Array, by: Exclude<ReturnType<typeof sealing>, 'plain' | 'unknown'>): void {
    const found = this.#encryption && by !== 'kms' ? opening(value, by, this.#encryption) : 'key';
    if (found === 'no-key') this.#withoutKey.add(key);
    else if (found === 'damaged') this.#damaged.add(key);
    else if (found === 'opened') this.#opened += 1;
    else this.#untried += 1;
  }

  found(): SecretsFound {
    return {
      rows: [...this.#rows.values()].toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1)),
      plain: this.#plain.named(),
      withoutKey: this.#withoutKey.named(),
      damaged: this.#damaged.named(),
      opened: this.#opened,
      untried: this.#untried,
      ...(this.#encryption ? { on: this.#encryption.on } : {}),
    };
  }
}
