import { FieldError } from '../../../preload/contract/failure.ts';
import type { Verb } from '../verb.ts';

export const linkVerbs: readonly Verb[] = [
  {
    name: 'link',
    takes: [],
    says: 'Print a fresh link to the app that is open in a browser. It works once, for a minute.',
    run: async at => {
      if (!at.newLink)
        throw new FieldError({
          code: 'no-such-thing',
          says: 'The app is not open in a browser, so there is no page to link to.',
          untouched: 'Nothing was done.',
          next: 'Open it: npm run start:browser',
        });
      const link = await at.newLink();
      return { json: { link }, text: link };
    },
  },
];
