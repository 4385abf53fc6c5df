import { FieldError } from '../../../../preload/contract/failure.ts';
import { configFile, differences } from '../../../core/runbook/config.ts';
import type { Judged } from '../../../core/runbook/step.ts';
import { Secret } from '../../../core/secret.ts';
import { script, sh } from '../../../core/sh.ts';
import { notSo, so } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { secretFile } from '../secret-file.ts';
import { configPath, refuseForGood, shownConfig, tokenOf, wantedConfig } from './ground.ts';
import type { KeepOf, KeepParts } from './keep.ts';

/** The configuration with its token; only ever in memory and in the node's file. */
function content({ nodes }: KeepParts, { ground, options, node, run }: KeepOf): Secret {
  const token = tokenOf(nodes, ground, node, run);
  if (!token)
    throw new FieldError({
      code: 'bug',
      says: 'The token is gone from the vault.',
      next: 'Begin a new run.',
    });
  return new Secret(configFile(wantedConfig(ground, options), token.reveal()));
}

const rightsScript = `# who may read it?
ls -ln "$1" | cut -c 1-10; exit 0`;

function configThere(parts: KeepParts, of: KeepOf): Look {
  const rights = script(rightsScript, configPath);
  return {
    shows: [
      {
        text: `read ${configPath} (as root; not shown, because of its token) and compare it with the wanted one`,
        as: 'laptop',
      },
      { text: rights.text, as: 'root' },
    ],
    look: async hands => {
      const found = await secretFile(hands, configPath);
      if (!found) return notSo(`${configPath} is not there`);
      const wanted = content(parts, of);
      if (found.reveal() !== wanted.reveal()) return unlike(found, of, hands);
      const { stdout } = await hands.exec(rights, { as: 'root' });
      return stdout.startsWith('-rw-------')
        ? so(`${configPath} is as wanted, readable by root only`)
        : notSo(`others may read ${configPath}`);
    },
  };
}

/** What the found configuration says otherwise; a living cluster refuses what can never change. */
function unlike(found: Secret, { ground, options, node }: KeepOf, hands: Hands): Judged {
  const all = differences(found.reveal(), wantedConfig(ground, options));
  if (!all) return notSo(`${configPath} is there, but it cannot be read as YAML`);
  if (ground.living) refuseForGood(all, node.name);
  const says = all.map(one => one.says);
  hands.show(says.map(one => `  ${one}\n`).join(''));
  return notSo(
    says.length === 0
      ? `${configPath} says the same in other words, or with another token`
      : `it differs: ${says.join('; ')}`,
  );
}

/** Everything K3s is told stands in one file; a file that was there is kept on the laptop first. */
export function configStep(parts: KeepParts, of: KeepOf): Step {
  const there = configThere(parts, of);
  return {
    id: 'config',
    title: 'Write the configuration',
    why: 'One file readable by root only tells K3s everything, so that a later repair by hand sees the same settings.',
    weight: 1,
    changes: true,
    ...(of.ground.differs.length > 0 && {
      mayLose: `Settings on the node are replaced: ${of.ground.differs.join('; ')}`,
    }),
    probe: there,
    apply: [
      {
        is: 'laptop',
        says: `keep a sealed copy of a ${configPath} that is there`,
        work: async hands => {
          const found = await secretFile(hands, configPath);
          return found && (await parts.strongbox.keep(of.run, 'config-before.yaml', found));
        },
      },
      { is: 'command', as: 'root', command: sh`mkdir -p /etc/rancher/k3s` },
      {
        is: 'write',
        path: configPath,
        mode: 0o600,
        shown: shownConfig(of.ground, of.options),
        content: () => content(parts, of),
      },
    ],
    verify: there,
  };
}
