import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DoctorNews, Examination } from '../../../preload/contract/doctor.ts';
import { byTriage, foldDoctor } from '../../../renderer/features/doctor/store.ts';
import * as made from '../../support/page/made-up-rescue.ts';

const began: DoctorNews = {
  is: 'began',
  examination: made.examination({ state: 'collecting', evidence: [], findings: [] }),
};
const after = (...news: readonly DoctorNews[]): Examination | undefined =>
  news.reduce<Examination | undefined>(foldDoctor, undefined);

test('evidence and findings come in while the doctor still looks', () => {
  const seen = after(began, ...made.evidence.map((evidence): DoctorNews => ({ is: 'evidence', evidence })), {
    is: 'findings',
    findings: made.findings,
  });
  assert.equal(seen?.state, 'collecting');
  assert.deepEqual(seen?.evidence, made.evidence);
  assert.deepEqual(seen?.findings, made.findings);
});

test('a piece of evidence that comes a second time takes the place of the first', () => {
  const [first, second] = made.evidence;
  assert.ok(first && second);
  const seen = after(
    began,
    { is: 'evidence', evidence: { ...first, standing: 'timed-out' } },
    { is: 'evidence', evidence: second },
    { is: 'evidence', evidence: first },
  );
  assert.deepEqual(seen?.evidence, [first, second]);
});

test('the end says what holds, whatever came before it', () => {
  const healthy = made.examination({ verdict: 'healthy', findings: [] });
  assert.deepEqual(
    after(began, { is: 'findings', findings: made.findings }, { is: 'ended', examination: healthy }),
    healthy,
  );
});

test('news of an examination that never began changes nothing', () => {
  assert.equal(after({ is: 'findings', findings: made.findings }), undefined);
});

test('what is to be treated first stands first', () => {
  assert.deepEqual(
    byTriage(made.findings).map(finding => finding.cause),
    ['disk-full', 'certificate-expired'],
  );
});
