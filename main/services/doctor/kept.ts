import { gunzipSync, gzipSync } from 'node:zlib';
import type { Examination } from '../../../preload/contract/doctor.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExaminationId, NodeId } from '../../../preload/contract/ids.ts';
import type { Vault } from '../../ports.ts';
import {
  examinationById,
  examinations,
  lastExamination,
  recordExamination,
  sealedEvidence,
} from '../../store/examinations.ts';
import type { Store } from '../../store/store.ts';
import type { Examined } from './examining.ts';

/** Examinations that are kept of one node. */
const most = 10;

type Texts = Examined['texts'];
const sealOf = (id: ExaminationId): string => `evidence of examination ${id}`;

/** Examinations with their evidence: what was found in the store, the texts sealed beside it. */
export interface KeptExaminations {
  keep(examined: Examined): void;
  /** Throws `no-such-thing`. */
  get(id: ExaminationId): Examination;
  last(node: NodeId): Examination | undefined;
  list(node: NodeId | undefined): readonly Examination[];
  /** Throws `vault-locked`, `no-such-thing` when the texts could not be kept, `damaged`. */
  texts(id: ExaminationId): Texts;
  /** The same; nothing where they could not be kept. Throws `vault-locked`. */
  textsIfKept(id: ExaminationId): Texts | undefined;
}

export function keptExaminations(store: Store, vault: Vault): KeptExaminations {
  /** Of this session: a locked vault seals nothing, and a node in front of the technician must not wait for it. */
  const fresh = new Map<ExaminationId, Texts>();

  const sealed = ({ examination: { id }, texts }: Examined): Uint8Array | undefined => {
    if (vault.state() !== 'open') return undefined;
    return vault.seal(gzipSync(JSON.stringify(texts)), sealOf(id));
  };
  const get = (id: ExaminationId): Examination => {
    const found = store.read(db => examinationById(db, id));
    if (found) return found;
    throw noSuch('There is no such examination on this laptop.', id);
  };

  const textsIfKept = (id: ExaminationId): Texts | undefined => {
    const here = fresh.get(id);
    if (here) return here;
    const content = store.read(db => sealedEvidence(db, id));
    return content && (JSON.parse(gunzipSync(vault.open(content, sealOf(id))).toString()) as Texts);
  };

  return {
    get,
    keep(examined) {
      const { examination } = examined;
      const content = sealed(examined);
      if (!content) {
        fresh.set(examination.id, examined.texts);
        for (const [old] of [...fresh].slice(0, -most)) fresh.delete(old);
      }
      store.write(db => {
        recordExamination(db, examination, content, most);
      });
    },
    last: node => store.read(db => lastExamination(db, node)),
    list: node => store.read(db => examinations(db, node)),
    texts(id) {
      get(id);
      const found = textsIfKept(id);
      if (!found) throw noSuch('Its evidence was not kept: the vault was locked when it was made.', id);
      return found;
    },
    textsIfKept,
  };
}

export const noSuch = (says: string, about: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says,
    about,
    untouched: 'Nothing was done.',
    next: 'List the examinations of the node and choose another one, or examine it again.',
  });
