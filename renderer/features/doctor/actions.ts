import type { Evidence, Examination } from '../../../preload/contract/doctor.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { ask, hear, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { examinationOf, foldDoctor } from './store.ts';

export const examineKey = (node: NodeId): string => `doctor:${node}`;

const keep = (page: Page, node: NodeId, examination: Examination | undefined): void => {
  if (examination)
    page.doctor.setState(({ examinations }) => ({ examinations: { ...examinations, [node]: examination } }));
};

/** Examines a node; evidence and findings come in as they are found. It changes nothing there. */
export async function examine(page: Page, node: NodeId): Promise<void> {
  await task(page, examineKey(node), async ({ signal }) => {
    for await (const news of hear(page, 'doctor.examine', { node }, signal)) {
      const at = examinationOf(page.doctor.getState(), node);
      keep(page, node, foldDoctor(at, news));
    }
  });
  // A page that stopped listening, or lost the link, holds what came until then.
  const at = examinationOf(page.doctor.getState(), node);
  if (at?.state === 'collecting') keep(page, node, { ...at, state: 'stopped' });
}

/** Brings back what the last examination of a node found, where there was one. */
export async function lastExamination(page: Page, node: NodeId): Promise<void> {
  if (examinationOf(page.doctor.getState(), node)) return;
  const last = await page.host.call('doctor.last', { node }).catch(() => null);
  if (last && !examinationOf(page.doctor.getState(), node)) keep(page, node, last);
}

export const evidenceKey = 'doctor.evidence';

/** The text of one piece of evidence; nothing when it could not be fetched. */
export const evidenceText = (
  page: Page,
  examination: Examination,
  evidence: Evidence,
): Promise<{ readonly text: string } | undefined> =>
  task(page, evidenceKey, how =>
    ask(page, 'doctor.evidence', { examination: examination.id, evidence: evidence.id }, how),
  );

export const packKey = 'doctor.pack';

/** Writes the evidence into a folder, secrets taken out. Where it lies now. */
export const packEvidence = (
  page: Page,
  examination: Examination,
  to: string,
): Promise<{ readonly path: string } | undefined> =>
  task(page, packKey, how => ask(page, 'doctor.pack', { examination: examination.id, to }, how));
