import type { EvidenceLine, Examination, Finding } from '../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { exitCodes, FieldError } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, size } from '../words.ts';

const sureness: Readonly<Record<Finding['sure'], string>> = {
  certain: 'certain',
  likely: 'likely',
  possible: 'possible, not more',
};
const marks: Readonly<Record<Examination['verdict'], string>> = {
  healthy: '✓',
  findings: '✗',
  unknown: '?',
  partial: '?',
};

/** A line of the node stays one line, however it was written. */
const oneLine = (text: string): string => plain(text).replaceAll('\n', ' ');

const lineText = ({ text, evidence }: EvidenceLine): string => `     │ ${oneLine(text)}   (${evidence})`;

const findingText =
  (node: string) =>
  (finding: Finding, i: number): string =>
    [
      `${i + 1}. ${oneLine(finding.says)}  [${finding.cause}, ${sureness[finding.sure]}]`,
      ...finding.lines.map(lineText),
      ...(finding.not === undefined ? [] : [`   ${oneLine(finding.not)}`]),
      `   What to do: ${oneLine(finding.next)}`,
      ...finding.remedies.map(
        ({ remedy, title, mayLose }) =>
          `   → ${title}: coldstart remedy ${node} ${remedy}${mayLose === undefined ? '' : `\n     May be lost: ${mayLose}`}`,
      ),
    ].join('\n');

/** What could not be read, and what was not reached. What a node simply has not is no gap. */
const gaps = (one: Examination): readonly string[] =>
  one.evidence
    .filter(
      ({ standing }) =>
        standing === 'timed-out' ||
        standing === 'failed' ||
        (standing === 'not-asked' && one.state === 'stopped'),
    )
    .map(({ title, says }) => `  · ${title}: ${oneLine(says ?? 'not read')}`);

/** An examination for people: what was found first, then what could not be seen. */
export function examinationText(one: Examination): string {
  const unseen = gaps(one);
  return [
    ...one.findings.map(findingText(one.nodeName)),
    ...(one.verdict !== 'healthy' && unseen.length > 0 ? [['Not seen:', ...unseen].join('\n')] : []),
    `${marks[one.verdict]} ${one.nodeName}: ${oneLine(one.says)}`,
    ...(one.verdict === 'unknown' ? [`  coldstart doctor ${one.nodeName} --pack FOLDER`] : []),
  ].join('\n\n');
}

/** Only a node that was measured and is well ends with 0. */
function exitOf({ verdict, state }: Examination): number {
  if (verdict === 'healthy') return 0;
  if (verdict === 'findings' || verdict === 'unknown') return exitCodes.check;
  return state === 'stopped' ? exitCodes.cancelled : exitCodes['could-not'];
}

const answerOf = (one: Examination): Answer => ({ json: one, text: examinationText(one), exit: exitOf(one) });

async function examined(at: At, node: SiteNode): Promise<Examination> {
  let asked = 0;
  for await (const news of at.listen('doctor.examine', { node: node.id })) {
    if (news.is === 'evidence')
      at.output.progress({ what: `Reading: ${news.evidence.title}`, done: ++asked, unit: 'steps' });
    if (news.is === 'ended') return news.examination;
  }
  throw new FieldError({
    code: at.signal.aborted ? 'cancelled' : 'could-not',
    says: at.signal.aborted
      ? 'The examination was stopped because you asked for it.'
      : 'The examination ended without a result.',
    about: node.name,
    untouched: 'Nothing was changed on the node.',
    next: `What came until then is kept: coldstart doctor ${node.name} --last`,
  });
}

async function last(at: At, node: SiteNode): Promise<Examination> {
  const found = await at.call('doctor.last', { node: node.id });
  if (found) return found;
  throw new FieldError({
    code: 'no-such-thing',
    says: 'The doctor never looked at this node.',
    about: node.name,
    untouched: 'Nothing was done.',
    next: `Run \`coldstart doctor ${node.name}\`.`,
  });
}

async function evidence(at: At, node: SiteNode, wanted: string): Promise<Answer> {
  const { id } = await last(at, node);
  const { text } = await at.call('doctor.evidence', { examination: id, evidence: wanted }, node.id);
  return { json: { examination: id, evidence: wanted, text }, text };
}

async function packed(at: At, node: SiteNode, folder: string): Promise<Answer> {
  const { id } = await last(at, node);
  const pack = await at.call('doctor.pack', { examination: id, to: at.path(folder) }, node.id);
  return {
    json: pack,
    text: `✓ Sealed for headquarters: ${pack.path} (${size(pack.bytes)}, SHA-256 ${pack.sha256})`,
  };
}

export const doctorVerbs: readonly Verb[] = [
  {
    name: 'doctor',
    takes: ['NODE'],
    says: 'Say what is wrong with a node, with the line that shows it. Changes nothing.',
    more: 'Ends with 0 when the node is healthy, 1 when something was found, 5 when too little could be seen.\nExample: coldstart doctor cp1',
    options: {
      last: { says: 'Show the last examination again, without asking the node.' },
      evidence: {
        value: 'PIECE',
        says: 'Print one piece of evidence of the last examination, such as journal.',
      },
      pack: { value: 'FOLDER', says: 'Seal the last examination for headquarters into a folder.' },
    },
    run: async at => {
      const node = await at.node(at.arg(0));
      const [piece, folder] = [at.option('evidence'), at.option('pack')];
      if (piece !== undefined) return evidence(at, node, piece);
      if (folder !== undefined) return packed(at, node, folder);
      return answerOf(at.has('last') ? await last(at, node) : await examined(at, node));
    },
  },
];
