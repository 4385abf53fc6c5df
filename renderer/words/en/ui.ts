import type { FailureKind } from '../../../preload/contract/failure.ts';
import type { RunState, StepStanding, Verdict } from '../../../preload/contract/domain.ts';
import type { Span } from '../../ui/format.ts';

const spans: Record<Span['unit'], readonly [one: string, many: string]> = {
  second: ['second', 's'],
  minute: ['minute', 'min'],
  hour: ['hour', 'h'],
  day: ['day', 'days'],
};
/** A duration as a person says it: `4 min`. */
export const spanText = (span: Span): string =>
  span.n === 1 ? `1 ${spans[span.unit][0]}` : `${span.n} ${spans[span.unit][1]}`;

const verdicts: Record<Verdict, string> = {
  passed: 'Good',
  warned: 'Look at this',
  blocked: 'Stops the work',
  unknown: 'Not known',
};
const standings: Record<StepStanding, string> = {
  waiting: 'Waiting',
  probing: 'Looking',
  applying: 'Working',
  verifying: 'Checking',
  already: 'Already so',
  passed: 'Done',
  failed: 'Failed',
  unsure: 'Not certain',
};
const runStates: Record<RunState, string> = {
  running: 'Running',
  passed: 'Finished',
  failed: 'Failed',
  cancelled: 'Stopped',
  interrupted: 'Interrupted',
};
const failures: Record<FailureKind, string> = {
  check: 'A check did not hold',
  usage: 'That cannot be done like this',
  safety: 'Stopped for safety',
  cancelled: 'Stopped by you',
  'could-not': 'It could not be done',
  bug: 'A fault in Coldstart',
};

/** Words of the parts every screen uses. */
export const ui = {
  close: 'Close',
  cancel: 'Cancel',
  back: 'Back',
  tryAgain: 'Try again',
  stop: 'Stop',
  stopping: 'Stopping …',
  loading: 'Loading …',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Select the text and copy it by hand',
  refresh: 'Refresh',
  remove: 'Remove',
  change: 'Change',
  chosen: 'Chosen',
  show: 'Show',
  hide: 'Hide',
  none: 'none',
  never: 'never',
  yes: 'yes',
  no: 'no',
  details: 'Details',
  required: 'Needed',
  verdicts,
  standings,
  runStates,
  failures,
  aboutWhat: 'About',
  untouched: 'Left as it was',
  next: 'What to do',
  spanText,
  ago: (span: Span): string => (span.unit === 'second' ? 'just now' : `${spanText(span)} ago`),
  ahead: 'in the future: check the clock',
  remaining: (span: Span): string => `about ${spanText(span)} left`,
  remainingUnknown: 'remaining time not measured yet',
  percent: (n: number): string => `${n} %`,
  amount: (done: string, total: string): string => `${done} of ${total}`,
  steps: (done: number, total: number): string => `${done} of ${total} steps`,
  addresses: (done: number, total: number): string => `${done} of ${total} addresses`,
  files: (done: number, total: number): string => `${done} of ${total} files`,
  folder: {
    title: 'Choose a folder on this laptop',
    path: 'Folder',
    open: 'Open',
    up: 'Up one folder',
    choose: 'Use this folder',
    empty: 'This folder holds no other folders.',
    list: 'Folders and files',
    file: 'file',
  },
};
