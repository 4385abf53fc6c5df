import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import {
  configFaults,
  isRepaired,
  knownKeys,
  maskedText,
  repaired,
} from '../../../core/runbook/remedies/config-repair.ts';
import type { ConfigFault, ConfigFix } from '../../../core/runbook/remedies/config-repair.ts';
import { changedLines } from '../../../core/runbook/remedies/diff.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import { script } from '../../../core/sh.ts';
import { hashOf, secretEditStep } from './backup.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { startStep, worksStep } from './service.ts';

const files = ['/etc/rancher/k3s/config.yaml', '/etc/rancher/k3s/registries.yaml'] as const;
const registryKeys = ['mirrors', 'configs', 'auths'];

/** Flags K3s itself refused, from its log since the boot. */
const flagsScript = String.raw`# which settings does K3s refuse?
{ journalctl -u "$1" -b -n 400 --no-pager -o cat -q 2>/dev/null || tail -n 400 "/var/log/$1.log" 2>/dev/null; } | sed -n 's/.*flag provided but not defined: -*\([a-zA-Z0-9-]*\).*/\1/p' | sort -u
exit 0`;

interface FileGround {
  readonly path: string;
  readonly hash: string;
  readonly masked: string;
  readonly faults: readonly ConfigFault[];
}
interface ConfigGround {
  readonly base: Base;
  readonly files: readonly FileGround[];
}

async function look(looker: Looker, { clock }: RemedyParts): Promise<ConfigGround> {
  const base = await lookAtBase(looker, clock);
  const refusedFlags = (await looker.ask(script(flagsScript, base.unit))).stdout.split(/\s+/);
  const known = knownKeys(base.role).filter(key => !refusedFlags.includes(key));
  const found: FileGround[] = [];
  for (const path of files) {
    const text = await looker.read(path);
    if (text === undefined) continue;
    const faults = configFaults(text, path.endsWith('registries.yaml') ? registryKeys : known);
    if (faults.length > 0) found.push({ path, hash: hashOf(text), masked: maskedText(text), faults });
  }
  if (found.length === 0)
    throw refused(
      looker.node.name,
      `Nothing is wrong with the form of ${files.join(' and ')}.`,
      'If K3s still refuses a setting, look at its last log lines; its values may be wrong.',
    );
  return { base, files: found };
}

const nameOf = (path: string, nth: number): string =>
  `${path.includes('registries') ? 'registries' : 'config'}-${nth}`;

const canMend = ({ becomes, white }: ConfigFault): boolean => becomes !== undefined || white === true;

const fields = ({ files: all }: ConfigGround): readonly RemedyField[] =>
  all.flatMap(({ path, faults }) =>
    faults.map(fault => ({
      name: nameOf(path, fault.nth),
      label: `${path.split('/').at(-1) ?? path}, line ${fault.nth}`,
      says: `${fault.says}.`,
      kind: 'choice' as const,
      options: [
        ...(canMend(fault)
          ? [
              {
                value: 'mend',
                label: fault.becomes === undefined ? 'Put it right' : `Make it “${fault.becomes}”`,
              },
            ]
          : []),
        { value: 'comment', label: 'Take it out', says: 'puts # before it' },
        { value: 'leave', label: 'Leave it' },
      ],
      value: canMend(fault) ? 'mend' : 'comment',
    })),
  );

const fixesOf = (
  { path, faults }: FileGround,
  answers: Answers,
): readonly { readonly fault: ConfigFault; readonly how: ConfigFix }[] =>
  faults.map(fault => ({ fault, how: answers.text(nameOf(path, fault.nth)) as ConfigFix }));

export const repairConfig = remedyKind<ConfigGround>({
  title: node => `Repair the settings of ${node.name}`,
  says: 'Finds settings K3s does not know and faults of form in config.yaml and registries.yaml, shows each change, keeps copies, and restarts K3s.',
  look,
  fields,
  warnings: ({ ground, answers }) =>
    ground.files.some(file => fixesOf(file, answers).some(({ how }) => how === 'comment'))
      ? ['A setting that is taken out is not in force any more. Look whether the cluster needs it.']
      : [],
  steps: (parts, { node, ground, answers, run }) => {
    const touched = ground.files.filter(file => fixesOf(file, answers).some(({ how }) => how !== 'leave'));
    if (touched.length === 0)
      throw new FieldError({
        code: 'bad-ask',
        says: 'Everything is to be left as it is.',
        about: node.name,
        untouched: 'Nothing was changed on the node.',
        next: 'Choose at least one line to put right.',
      });
    return [
      copyStep(parts, node, run),
      ...touched.map(file => {
        const fixes = fixesOf(file, answers);
        const change = (text: string): string => repaired(text, fixes);
        return secretEditStep(
          parts,
          { node, run },
          {
            path: file.path,
            mode: 0o600,
            beforeHash: file.hash,
            shown: changedLines(file.masked, change(file.masked)),
            done: text => isRepaired(text, fixes),
            change,
          },
          {
            id: file.path.includes('registries') ? 'registries' : 'config',
            title: `Repair ${file.path.split('/').at(-1) ?? file.path}`,
            why: 'Only the lines shown change; copies of the file are kept on the laptop and beside it.',
          },
        );
      }),
      startStep(ground.base, run, 'restart', 'K3s reads its settings only at its start.'),
      worksStep(ground.base),
    ];
  },
  afterFailure: 'The old file lies beside the new one as ….before-…; a sealed copy is on the laptop.',
});
