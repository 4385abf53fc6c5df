import type { Evidence, Examination, Finding } from '../../../preload/contract/doctor.ts';

const verdicts: Record<Examination['verdict'], string> = {
  healthy: 'Nothing wrong was seen',
  findings: 'The doctor found what is wrong',
  unknown: 'It is not well, and no known cause fits',
  partial: 'Too little could be seen to say',
};
const sure: Record<Finding['sure'], string> = {
  certain: 'Certain',
  likely: 'Likely',
  possible: 'Possible',
};
const standings: Record<Evidence['standing'], string> = {
  whole: 'Read',
  cut: 'Cut short',
  'timed-out': 'No answer in time',
  failed: 'Could not be read',
  'not-asked': 'Not asked',
};

/** Words of the doctor. */
export const doctor = {
  says: 'The doctor reads logs, disks, clock, certificates and settings, and names the cause. It changes nothing on the node. This takes less than a minute on a healthy node.',
  examine: 'Examine the node',
  examineAgain: 'Examine again',
  examining: 'Examining the node',
  stopped: 'The examination was stopped',
  verdicts,
  sure,
  standings,
  over: { ssh: 'over SSH', serial: 'over the serial cable' },
  examined: 'Examined',
  collecting: (n: number): string =>
    n === 1 ? 'One question answered so far' : `${n} questions answered so far`,
  count: (n: number): string => (n === 1 ? '1 finding' : `${n} findings, the one to treat first on top`),
  first: 'Treat this first',
  evidenceLine: 'The line that shows it',
  not: 'What it is not',
  next: 'What to do',
  mayLose: 'May lose',
  losesNothing: 'Loses nothing',
  noRemedy: 'There is no button for this: do it by hand.',
  choose: (title: string): string => `${title} …`,
  evidence: (n: number): string => (n === 1 ? '1 piece of evidence' : `${n} pieces of evidence`),
  evidenceTitle: 'Evidence',
  columns: { what: 'What was asked', standing: 'Answer', actions: 'What you can do' },
  show: 'Show',
  showNamed: (title: string): string => `Show ${title}`,
  fetching: 'Fetching the evidence',
  command: 'Asked with',
  answer: 'Answer',
  empty: 'The answer was empty.',
  pack: 'Seal the evidence for headquarters',
  packSays: 'Passwords, tokens and keys are taken out first; only headquarters can open the file.',
  packTitle: 'Where to put the sealed evidence',
  packGo: 'Seal it here',
  packing: 'Sealing the evidence',
  packed: 'The evidence is sealed',
};
