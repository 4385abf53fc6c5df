import type { Bundle } from '../../../preload/contract/domain.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { size, table } from '../words.ts';

const originText = (bundle: Bundle): string => {
  const { origin } = bundle;
  if (origin.is === 'signed')
    return `signed by headquarters, key ${origin.keyId}${origin.practice ? ' (practice)' : ''}`;
  return origin.consent
    ? `unknown; accepted by ${origin.consent.by} on ${origin.consent.at}`
    : 'unknown: no signature. An install needs your consent';
};

function shown(bundle: Bundle): Answer {
  const files = table(
    ['FILE', 'SIZE', 'VERDICT', ''],
    bundle.files.map(file => [file.name, size(file.bytes), file.state, file.saw ?? '']),
  );
  const verdict = bundle.complete ? '✓ complete' : '✗ not complete: see the files above';
  return {
    json: bundle,
    text: `${files}\n\nK3s ${bundle.k3sVersion} for ${bundle.arches.join(', ')}, ${size(bundle.bytes)}\nOrigin: ${originText(bundle)}\nId: ${bundle.id}\n${verdict}`,
    exit: bundle.complete ? 0 : 1,
  };
}

/** Consent is typed, never switched on: the K3s version has to be repeated. */
async function consented(at: At, bundle: Bundle): Promise<Bundle> {
  const typed = at.option('consent');
  if (bundle.origin.is === 'signed' || bundle.origin.consent || typed === undefined) return bundle;
  return at.call('bundle.consent', { bundle: bundle.id, typed });
}

const consent = {
  consent: {
    value: 'VERSION',
    says: 'Accept a bundle of unknown origin by repeating its K3s version; this is written to the audit record.',
  },
};

export const bundleVerbs: readonly Verb[] = [
  {
    name: 'bundle import',
    takes: ['FOLDER'],
    says: 'Check a folder of K3s release assets and keep it in the vault.',
    more: 'Example: coldstart bundle import /media/usb/k3s-v1.33.5 \nAn import that broke off goes on where it stopped.',
    options: consent,
    run: async at => shown(await consented(at, await at.call('bundle.import', { path: at.path(at.arg(0)) }))),
  },
  {
    name: 'bundle verify',
    takes: ['FOLDER-OR-BUNDLE'],
    says: 'Check every file of a folder, or of a bundle in the vault, without importing.',
    options: consent,
    run: async at => {
      const known = (await at.call('bundle.list', {})).find(
        bundle => bundle.id === at.arg(0) || bundle.k3sVersion === at.arg(0),
      );
      return shown(
        known
          ? await consented(at, await at.call('bundle.verify', { bundle: known.id }))
          : await at.call('bundle.verify', { path: at.path(at.arg(0)) }),
      );
    },
  },
  {
    name: 'bundle list',
    takes: [],
    says: 'Show the bundles in the vault.',
    run: async at => {
      const bundles = await at.call('bundle.list', {});
      return {
        json: { bundles },
        text:
          bundles.length === 0
            ? 'No bundle yet. Import one: coldstart bundle import FOLDER'
            : table(
                ['ID', 'K3S', 'FOR', 'SIZE', 'COMPLETE', 'ORIGIN'],
                bundles.map(bundle => [
                  bundle.id.slice(0, 12),
                  bundle.k3sVersion,
                  bundle.arches.join(','),
                  size(bundle.bytes),
                  bundle.complete ? 'yes' : 'NO',
                  originText(bundle),
                ]),
              ),
      };
    },
  },
];
