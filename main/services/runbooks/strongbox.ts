import type { RunId } from '../../../preload/contract/ids.ts';
import type { Secret } from '../../core/secret.ts';
import type { Clock, Files, Vault } from '../../ports.ts';
import { runFolder } from './terminal.ts';

/** Files of a node that hold secrets, kept with the run that found them, sealed by the vault. */
export interface Strongbox {
  /** Keeps a file beside the earlier ones of its name; gives a sentence that says where. */
  keep(run: RunId, name: string, content: Secret): Promise<string>;
}

/** Purpose of the seal of a kept file: bound to its run and name. */
export const sealOf = (run: RunId, name: string): string => `file ${name} of run ${run}`;

export function strongbox(deps: {
  readonly files: Files;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly runs: string;
}): Strongbox {
  const { files, vault, clock, runs } = deps;
  return {
    async keep(run, name, content) {
      const folder = runFolder(runs, run);
      await files.makeFolder(folder);
      const stamp = clock.now().toISOString().replaceAll(/[:.]/g, '-');
      const path = `${folder}/${name}.${stamp}.sealed`;
      await files.write(path, vault.seal(Buffer.from(content.reveal()), sealOf(run, name)));
      return `A sealed copy was kept on the laptop: ${path}`;
    },
  };
}
