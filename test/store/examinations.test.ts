import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Examination } from '../../preload/contract/doctor.ts';
import type { ExaminationId, NodeId } from '../../preload/contract/ids.ts';
import {
  examinationById,
  examinations,
  lastExamination,
  recordExamination,
  sealedEvidence,
} from '../../main/store/examinations.ts';
import { openStore } from '../../main/store/open.ts';
import { folder } from '../support/folder.ts';

const examination = (node: string, n: number): Examination => ({
  id: `${node}-${n}` as ExaminationId,
  node: node as NodeId,
  nodeName: node,
  at: `2026-11-21T10:00:0${n}.000Z`,
  over: 'serial',
  state: 'done',
  evidence: [],
  findings: [],
  verdict: 'healthy',
  says: '',
  practice: false,
});

test('of each node the newest examinations are kept, with their evidence', t => {
  const store = openStore(join(folder(t), 'coldstart.db'));
  t.after(() => store.close());
  store.write(db => {
    for (const n of [1, 2, 3, 4]) recordExamination(db, examination('a', n), Buffer.from([n]), 2);
    recordExamination(db, examination('b', 1), undefined, 2);
  });
  store.read(db => {
    assert.deepEqual(
      examinations(db).map(({ id }) => id),
      ['a-4', 'a-3', 'b-1'],
    );
    assert.deepEqual(
      examinations(db, 'a' as NodeId).map(({ id }) => id),
      ['a-4', 'a-3'],
    );
    assert.deepEqual(lastExamination(db, 'a' as NodeId), examination('a', 4));
    assert.equal(examinationById(db, 'a-1' as ExaminationId), undefined);
    assert.deepEqual([...(sealedEvidence(db, 'a-3' as ExaminationId) ?? [])], [3]);
    assert.equal(sealedEvidence(db, 'b-1' as ExaminationId), undefined);
  });
});
