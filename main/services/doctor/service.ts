import type { Examination } from '../../../preload/contract/doctor.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExaminationId } from '../../../preload/contract/ids.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import { examinationById, examinations, lastExamination, sealedEvidence } from '../../store/examinations.ts';
import type { Store } from '../../store/store.ts';

type Calls = Pick<CallHandlers, 'doctor.last' | 'doctor.list' | 'doctor.evidence' | 'doctor.pack'>;

export interface DoctorDeps {
  readonly store: Store;
}

/** Looks at nodes, says what is wrong with them, and keeps what it saw. */
export function doctorService({ store }: DoctorDeps): {
  readonly calls: Calls;
  readonly feeds: Pick<FeedHandlers, 'doctor.examine'>;
} {
  const get = (id: ExaminationId): Examination => {
    const found = store.read(db => examinationById(db, id));
    if (found) return found;
    throw noSuch(id);
  };
  return {
    calls: {
      'doctor.last': ({ node }) => store.read(db => lastExamination(db, node)) ?? null,
      'doctor.list': ({ node }) => store.read(db => examinations(db, node)),
      'doctor.evidence': ({ examination, evidence }) => {
        get(examination);
        store.read(db => sealedEvidence(db, examination));
        throw noSuch(evidence);
      },
      'doctor.pack': ({ examination }) => {
        throw noSuch(get(examination).id);
      },
    },
    feeds: {
      'doctor.examine': ({ node }) => {
        throw noSuch(node);
      },
    },
  };
}

const noSuch = (about: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'There is no such examination on this laptop.',
    about,
    untouched: 'Nothing was done.',
    next: 'List the examinations of the node and choose one of them.',
  });
