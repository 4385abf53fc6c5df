import { readVaultFile, writeVaultFile } from '../../main/machine/vault-file.ts';

/** Writes two forms of a vault's file (arguments two and three) in turns over it (argument one) until it is killed. */
const [vault = '', ...forms] = process.argv.slice(2);
const files = forms.map(form => readVaultFile(form));
process.stdout.write('ready\n');
for (let i = 0; ; i = 1 - i) {
  const file = files[i];
  if (!file) throw new Error('two forms of the vault are needed');
  writeVaultFile(vault, file);
}
