import type { Examination, Finding } from '../../../preload/contract/doctor.ts';
import type { LogLine } from './log.ts';
import type { Piece } from './piece.ts';
import type { View } from './view.ts';

export interface Verdict {
  readonly verdict: Examination['verdict'];
  readonly says: string;
}

/** Without these a node may be called ill, but never well. */
const needed: Readonly<Record<string, string>> = {
  clock: 'the clock',
  df: 'the space on the disk',
  inodes: 'the inodes',
  kernel: 'the kernel’s log',
  service: 'the state of K3s',
  journal: 'the log of K3s',
};

const measured = (pieces: readonly Piece[], id: string): boolean =>
  pieces.some(piece => piece.id === id && (piece.standing === 'whole' || piece.standing === 'cut'));

/** Lines with which a program dies. */
const dying =
  /level=fatal|fata\[\d+\]|"level":"(?:fatal|panic)"|\bpanic: |main process exited, code=(?:exited|killed|dumped)/;

type Health =
  | { readonly is: 'well' }
  | { readonly is: 'starting'; readonly says: string }
  | { readonly is: 'unmeasured'; readonly says: string }
  | { readonly is: 'none' }
  | { readonly is: 'ill'; readonly says: string };

const list = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const killed = (lines: readonly LogLine[]): LogLine | undefined =>
  lines.findLast(({ low }) => dying.test(low));

/** What K3s itself looks like, whatever the causes found. */
function health(view: View): Health {
  const { service, answers, etcd, boot } = view.facts;
  if (boot.emergency || boot.state === 'maintenance')
    return { is: 'ill', says: 'The node is in emergency mode.' };
  if (!service) return { is: 'unmeasured', says: 'Whether K3s runs could not be read.' };
  if (service.unit === 'none') return { is: 'none' };
  const fatal = killed(view.k3s.now);
  if (service.is === 'stopped')
    return {
      is: 'ill',
      says: `K3s is stopped${service.enabled === false ? ' and does not start at boot: somebody, or an unfinished repair, left it so' : ''}.`,
    };
  if (service.is === 'failed') return { is: 'ill', says: 'K3s stops again right after it was started.' };
  if (service.is === 'starting')
    return view.k3s.startAge !== undefined && view.k3s.startAge > 180_000
      ? { is: 'ill', says: 'K3s has been starting for more than three minutes.' }
      : { is: 'starting', says: 'K3s is starting just now.' };
  if (service.restarts > 2 && view.k3s.startAge !== undefined && view.k3s.startAge < 120_000)
    return { is: 'ill', says: `K3s was restarted ${service.restarts} times, the last time just now.` };
  if (answers === false) return { is: 'ill', says: 'K3s runs, but does not answer on its own node.' };
  if (etcd.health?.ok === false || etcd.hasLeader === false)
    return { is: 'ill', says: 'The datastore says that it is not healthy.' };
  if (fatal && !view.k3s.isUp) return { is: 'ill', says: 'The log of K3s ends with a failure.' };
  if (answers === undefined && !view.k3s.isUp)
    return { is: 'unmeasured', says: 'Whether K3s answers could not be asked on this node.' };
  return { is: 'well' };
}

const counted = (n: number): string =>
  n === 1 ? 'One cause fits.' : `${n} causes fit; the first comes first.`;

/**
 * What all of it comes to. “Healthy” is only said when everything that is needed for it was measured and is well: what
 * was not seen is never well.
 */
export function verdictOf(
  view: View,
  pieces: readonly Piece[],
  findings: readonly Finding[],
  stopped = false,
): Verdict {
  const missing = Object.entries(needed).flatMap(([id, name]) => (measured(pieces, id) ? [] : [name]));
  const gap = missing.length > 0 ? ` Not read: ${list(missing)}.` : '';
  const [first] = findings;
  if (first) return { verdict: 'findings', says: `${first.says} ${counted(findings.length)}${gap}` };
  if (stopped) return { verdict: 'partial', says: `Stopped before enough was seen.${gap}` };
  const state = health(view);
  switch (state.is) {
    case 'ill':
      return missing.length > 2
        ? { verdict: 'partial', says: `${state.says}${gap} Look again, or log in with more rights.` }
        : {
            verdict: 'unknown',
            says: `${state.says} No known cause fits.${gap} Pack the evidence for headquarters, and read the last lines of the log yourself.`,
          };
    case 'none':
      return {
        verdict: 'unknown',
        says: `There is no K3s service on this node, so nothing of it could be examined.${gap} Install K3s, or restore onto this node.`,
      };
    case 'starting':
      return { verdict: 'partial', says: `${state.says} Look again in two minutes.${gap}` };
    case 'unmeasured':
      return { verdict: 'partial', says: `${state.says}${gap} That is too little to call the node healthy.` };
    case 'well':
      return missing.length === 0
        ? { verdict: 'healthy', says: 'K3s runs and answers, and nothing wrong was seen.' }
        : {
            verdict: 'partial',
            says: `K3s runs and answers.${gap} That is too little to call the node healthy.`,
          };
    default:
      return state satisfies never;
  }
}
