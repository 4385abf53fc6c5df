import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { jsonOf } from '../../../main/core/kubernetes/json.ts';

/** An object as Kubernetes stores it, and the JSON it prints of these bytes. See main/core/kubernetes/make. */
export interface Sample {
  /** `apiVersion Kind`. */
  readonly kind: string;
  readonly how: 'full' | 'sparse' | 'empty';
  readonly stored: Buffer;
  readonly prints: unknown;
}

const packed = readFileSync(join(import.meta.dirname, 'recorded/objects.jsonl.zst'));

export const samples: readonly Sample[] = zstdDecompressSync(packed)
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map(line => {
    const read = jsonOf(Buffer.from(line)) as unknown as Omit<Sample, 'stored'> & { readonly stored: string };
    return { ...read, stored: Buffer.from(read.stored, 'base64') };
  });

/** The full sample of a kind. */
export function sampleOf(kind: string): Sample {
  const found = samples.find(sample => sample.kind === kind && sample.how === 'full');
  if (!found) throw new Error(`no sample of ${kind}`);
  return found;
}
