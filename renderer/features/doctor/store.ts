import { createStore } from 'zustand/vanilla';
import type { DoctorNews, Evidence, Examination, Finding } from '../../../preload/contract/doctor.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';

export interface DoctorState {
  /** The newest examination of each node. */
  readonly examinations: Readonly<Record<NodeId, Examination>>;
}

export const doctorStore = () => createStore<DoctorState>(() => ({ examinations: {} }));

export const examinationOf = (
  { examinations }: DoctorState,
  node: NodeId | undefined,
): Examination | undefined => (node === undefined ? undefined : examinations[node]);

/** The examination after one piece of news. News before it began changes nothing. */
export function foldDoctor(at: Examination | undefined, news: DoctorNews): Examination | undefined {
  switch (news.is) {
    case 'began':
    case 'ended':
      return news.examination;
    case 'evidence':
      return at && { ...at, evidence: withEvidence(at.evidence, news.evidence) };
    case 'findings':
      return at && { ...at, findings: news.findings };
    default:
      return news satisfies never;
  }
}

const withEvidence = (all: readonly Evidence[], one: Evidence): readonly Evidence[] =>
  all.some(each => each.id === one.id) ? all.map(each => (each.id === one.id ? one : each)) : [...all, one];

/** In the order they are to be treated. */
export const byTriage = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => a.order - b.order);
