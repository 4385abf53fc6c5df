import type { BundleFileRole, BundleFileState } from '../../../preload/contract/domain.ts';

const states: Record<BundleFileState, string> = {
  matches: 'Matches its checksum',
  unlisted: 'Not on the checksum list',
  missing: 'Missing',
  short: 'Too short',
  altered: 'Altered',
  'not-carried': 'Not carried',
  'wrong-architecture': 'Wrong processor',
};
const roles: Record<BundleFileRole, string> = {
  binary: 'K3s program',
  images: 'Images',
  checksums: 'Checksum list',
  'install-script': 'Install script',
  'images-list': 'List of images',
  manifest: 'HQ’s manifest',
  signature: 'HQ’s signature',
  extra: 'Extra file',
};

/** Words of "Bundles". */
export const bundles = {
  title: 'Bundles',
  says: 'A bundle holds everything for an offline install. Every file is checked before it may be used.',
  import: 'Import a bundle',
  importSays: 'Choose the folder with the K3s release files as they were downloaded, for example on a stick.',
  importGo: 'Check and import',
  checkOnly: 'Only check it',
  importing: 'Checking and importing the bundle',
  none: 'No bundle yet',
  noneSays:
    'Import a folder with K3s release files: the k3s program, its images, the checksum list, install.sh.',
  columns: {
    version: 'K3s',
    state: 'Files',
    origin: 'Origin',
    size: 'Size',
    imported: 'Imported',
    actions: 'What you can do',
  },
  complete: 'Complete',
  incomplete: 'Not usable',
  incompleteTitle: (n: number): string =>
    n === 1 ? 'One file stands in the way' : `${n} files stand in the way`,
  incompleteSays:
    'Nothing was taken to a node. Fetch the bundle again, or copy the named files again, and import once more.',
  completeTitle: 'Every file is as it should be',
  checkedTitle: 'The folder was only checked, not imported.',
  signed: 'Signed by HQ',
  signedPractice: 'Signed for practice',
  unknown: 'Origin unknown',
  consented: (by: string): string => `Origin unknown, accepted by ${by || 'you'}`,
  signedSays: (key: string, comment: string): string => `Key ${key}: ${comment}`,
  practice: 'practice',
  files: (version: string): string => `Files of ${version}`,
  fileColumns: { name: 'File', role: 'What it is', verdict: 'Verdict', size: 'Size' },
  states,
  roles,
  verifyAgain: 'Check again',
  verifying: 'Checking the bundle again',
  verifyNamed: (version: string): string => `Check again: ${version}`,
  showNamed: (version: string): string => `Show the files of ${version}`,
  hideNamed: (version: string): string => `Hide the files of ${version}`,
  removeNamed: (version: string): string => `Remove ${version} from this laptop`,
  installWith: 'Install with this bundle',
  source: 'From',
  verifiedAt: 'Last checked',
  consent: {
    title: 'Nobody signed this bundle',
    says: 'All files fit together, but no signature says where they come from. Checksums from the same folder prove that it is complete, not who made it.',
    ask: (version: string): string => `To use it all the same, type its K3s version: ${version}`,
    label: 'K3s version',
    audit: 'Your decision is written into the audit record.',
    go: 'Use it without a signature',
    differs: 'This is not the version above.',
  },
  removal: {
    title: (version: string): string => `Remove bundle ${version}?`,
    says: 'The files are deleted from this laptop. A stick or folder they came from is not touched.',
    go: 'Remove the bundle',
  },
};
