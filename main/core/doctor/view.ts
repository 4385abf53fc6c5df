import type { EvidenceLine } from '../../../preload/contract/doctor.ts';
import { factsOf } from './facts.ts';
import type { Facts } from './facts.ts';
import { lastTry, linesOf, runLog } from './log.ts';
import type { LogLine, RunLog } from './log.ts';
import type { Brought } from './piece.ts';

/** All that was brought, read once, as the causes look at it. */
export interface View {
  readonly facts: Facts;
  readonly k3s: RunLog;
  /** What the kernel said about disks and memory in this boot. */
  readonly kernel: readonly LogLine[];
  /** What PID 1 said about units in this boot. */
  readonly boot: readonly LogLine[];
  readonly containerd: readonly LogLine[];
  /** The laptop's clock, where it is known. */
  readonly laptop?: number;
  has(evidence: string): boolean;
  text(evidence: string): string;
}

/** Old hits found by a search through the whole boot come before the end of the log, which was read whole. */
function journal(hits: readonly LogLine[], end: readonly LogLine[]): readonly LogLine[] {
  const known = new Set(end.map(({ text }) => text));
  return [...hits.filter(({ text }) => !known.has(text)), ...end];
}

export function viewOf(brought: Brought): View {
  const facts = factsOf(brought);
  const text = (id: string): string => brought.pieces.find(piece => piece.id === id)?.text ?? '';
  const lines = (id: string): readonly LogLine[] => linesOf(id, text(id));
  const { laptop } = brought;
  return {
    facts,
    k3s: runLog(journal(lines('journal.hits'), lines('journal')), (facts.service?.restarts ?? 0) > 1),
    kernel: lines('kernel'),
    boot: lines('boot'),
    containerd: lastTry(lines('containerd'), /starting containerd/),
    ...(laptop && { laptop: laptop.after }),
    has: id => brought.pieces.some(piece => piece.id === id && piece.text.trim() !== ''),
    text,
  };
}

export const shown = ({ evidence, text, at }: LogLine): EvidenceLine => ({
  evidence,
  text: text.slice(0, 400),
  ...(at !== undefined && { at: new Date(at).toISOString() }),
});
export const quote = (evidence: string, text: string): EvidenceLine => ({
  evidence,
  text: text.slice(0, 400),
});
