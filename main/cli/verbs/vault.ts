import { FieldError } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import type { Verb } from '../verb.ts';

const unchanged = 'The vault keeps the passphrase it has.';

const notGiven = (): FieldError =>
  new FieldError({
    code: 'consent-needed',
    says: 'A passphrase is missing, and there is no terminal to ask at.',
    untouched: unchanged,
    next: 'Give --passphrase-file and --new-passphrase-file.',
  });

/** The passphrase to come; typed twice when it is typed. */
async function freshPassphrase(at: At): Promise<string> {
  const fresh = await at.secretFrom('new-passphrase-file', 'New passphrase (write it down): ');
  if (fresh === undefined) throw notGiven();
  if (at.option('new-passphrase-file') !== undefined) return fresh;
  if ((await at.questions.askHidden('Once more: ')) === fresh) return fresh;
  throw new FieldError({
    code: 'bad-ask',
    says: 'The two new passphrases differ.',
    untouched: unchanged,
    next: 'Run the command again.',
  });
}

export const vaultVerbs: readonly Verb[] = [
  {
    name: 'vault passphrase',
    takes: [],
    says: 'Give this laptop’s vault another passphrase. What is sealed in it stays.',
    options: {
      'new-passphrase-file': { value: 'FILE', says: 'The new passphrase; - reads standard input.' },
    },
    more: 'The old passphrase comes from --passphrase-file, or is asked for.',
    run: async at => {
      if (at.option('passphrase-file') === '-' && at.option('new-passphrase-file') === '-')
        throw new FieldError({
          code: 'bad-ask',
          says: 'Both passphrases cannot come from standard input.',
          untouched: unchanged,
          next: 'Put one of them into a file only you can read.',
        });
      const old = await at.secretFrom('passphrase-file', "The passphrase this laptop's vault has now: ");
      if (old === undefined) throw notGiven();
      const fresh = await freshPassphrase(at);
      const { vault } = await at.client.call('vault.change', { old, fresh }, { signal: at.signal });
      return { json: { vault }, text: '✓ The vault opens with the new passphrase from now on.' };
    },
  },
];
