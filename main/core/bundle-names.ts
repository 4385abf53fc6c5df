import type { Arch, BundleFileRole } from '../../preload/contract/domain.ts';
import type { ArchiveForm } from './archive.ts';

/** What a file of a bundle is, told by its name alone: K3s' own asset names, and the few we add. */
export type NameMeans =
  | { readonly role: 'binary' | 'checksums'; readonly arch: Arch }
  | { readonly role: 'images'; readonly arch: Arch; readonly form: ArchiveForm }
  | { readonly role: Exclude<BundleFileRole, 'binary' | 'images'> };

export const architectures: readonly Arch[] = ['amd64', 'arm64', 'arm'];

/** The binary's asset name. install.sh maps x86_64, aarch64 and arm* of uname to these. */
export const binaryName: Readonly<Record<Arch, string>> = {
  amd64: 'k3s',
  arm64: 'k3s-arm64',
  arm: 'k3s-armhf',
};
export const listName = (arch: Arch): string => `sha256sum-${arch}.txt`;
export const imagesName = (arch: Arch, form: ArchiveForm): string => `k3s-airgap-images-${arch}.${form}`;

export const installScriptName = 'install.sh';
/** K3s' repository carries this list beside the script; neither is a release asset. */
export const scriptListName = 'install.sh.sha256sum';
export const manifestName = 'coldstart-bundle.txt';
export const signatureName = `${manifestName}.minisig`;

const fixed: Readonly<Record<string, NameMeans>> = {
  [installScriptName]: { role: 'install-script' },
  [scriptListName]: { role: 'checksums' },
  'k3s-images.txt': { role: 'images-list' },
  [manifestName]: { role: 'manifest' },
  [signatureName]: { role: 'signature' },
};
const forms: readonly ArchiveForm[] = ['tar.zst', 'tar.gz', 'tar'];
const byName: ReadonlyMap<string, NameMeans> = new Map([
  ...Object.entries(fixed),
  ...architectures.flatMap((arch): [string, NameMeans][] => [
    [binaryName[arch], { role: 'binary', arch }],
    [listName(arch), { role: 'checksums', arch }],
    ...forms.map((form): [string, NameMeans] => [imagesName(arch, form), { role: 'images', arch, form }]),
  ]),
]);

/** Anything unknown is extra. */
export const nameMeans = (name: string): NameMeans => byName.get(name) ?? { role: 'extra' };

/** The architecture a name belongs to, if to any. */
export function archOf(name: string): Arch | undefined {
  const means = nameMeans(name);
  return 'arch' in means ? means.arch : undefined;
}
