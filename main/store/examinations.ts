import type { Examination } from '../../preload/contract/doctor.ts';
import type { ExaminationId, NodeId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

interface Row {
  readonly json: string;
}
const examinationOf = ({ json }: Row): Examination => JSON.parse(json) as Examination;

export function examinationById(db: Reading, id: ExaminationId): Examination | undefined {
  const row = db.one<Row>('select json from examination where id = ?', id);
  return row && examinationOf(row);
}

/** All of a node, or of all nodes; newest first. */
export const examinations = (db: Reading, node?: NodeId): readonly Examination[] =>
  (node === undefined
    ? db.all<Row>('select json from examination order by at desc, id')
    : db.all<Row>('select json from examination where node = ? order by at desc, id', node)
  ).map(examinationOf);

export const lastExamination = (db: Reading, node: NodeId): Examination | undefined =>
  examinations(db, node)[0];

/** The sealed texts of its evidence; undefined when none could be kept. */
export const sealedEvidence = (db: Reading, id: ExaminationId): Uint8Array | undefined =>
  db.one<{ sealed: Uint8Array | null }>('select sealed from examination where id = ?', id)?.sealed ??
  undefined;

/** Keeps an examination, and of its node only the newest `most`. */
export function recordExamination(
  db: Writing,
  each: Examination,
  sealed: Uint8Array | undefined,
  most: number,
): void {
  db.run(
    'insert into examination (id, node, at, json, sealed) values (?, ?, ?, ?, ?)',
    each.id,
    each.node,
    each.at,
    JSON.stringify(each),
    sealed ?? null,
  );
  db.run(
    `delete from examination where node = ? and id not in
       (select id from examination where node = ? order by at desc, id limit ?)`,
    each.node,
    each.node,
    most,
  );
}
