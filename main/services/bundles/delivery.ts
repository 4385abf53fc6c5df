import type { Arch, Bundle, BundleFile } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { BundleArchive, Delivery, VaultFile } from './bundles.ts';
import type { Objects } from './objects.ts';

const nothingSent = 'Nothing was sent to the node.';

function refuseWorld(bundle: Bundle, toPractice: boolean): void {
  if (bundle.practice === toPractice) return;
  throw new FieldError({
    code: 'practice-only',
    says: bundle.practice
      ? 'This is a practice bundle. It must never reach a real node.'
      : 'Practice nodes take practice bundles only; this one is real.',
    about: bundle.source,
    untouched: nothingSent,
    next: bundle.practice ? 'Choose a bundle from headquarters.' : 'Choose the practice bundle.',
  });
}

const notServed = (bundle: Bundle, arch: Arch): FieldError =>
  new FieldError({
    code: 'bundle-incomplete',
    says: bundle.complete
      ? `This bundle has nothing for ${arch}; it is for ${bundle.arches.join(', ')}.`
      : 'Files of this bundle are damaged in the vault.',
    about: bundle.source,
    untouched: nothingSent,
    next: bundle.complete
      ? `Import a bundle with the binary and an image archive for ${arch}.`
      : 'Import its folder again: only what is damaged is copied.',
  });

function refuseWithoutConsent({ origin, source, k3sVersion }: Bundle): void {
  if (origin.is === 'signed' || origin.consent) return;
  throw new FieldError({
    code: 'consent-needed',
    says: `Nobody vouches for where this bundle comes from. ${origin.why ?? ''}`.trim(),
    about: source,
    untouched: nothingSent,
    next: `Use a bundle signed by headquarters, or consent to this one by typing its K3s version, ${k3sVersion}.`,
  });
}

const inVault =
  (objects: Objects) =>
  ({ name, bytes, sha256 = '' }: BundleFile): VaultFile => ({
    name,
    bytes,
    sha256,
    path: objects.pathOf(sha256),
  });

const soundFiles = (bundle: Bundle): readonly BundleFile[] =>
  bundle.files.filter(file => file.sha256 !== undefined && ['matches', 'unlisted'].includes(file.state));

/** The archives of a bundle that may hold images, as the interface `Bundles` says. */
export function archives(bundle: Bundle, objects: Objects): readonly BundleArchive[] {
  const fileOf = inVault(objects);
  const sound = soundFiles(bundle).toSorted((a, b) => a.bytes - b.bytes);
  const ofK3s = bundle.arches.flatMap(arch => {
    const found = sound.find(file => file.role === 'images' && file.arch === arch);
    return found ? [{ ...fileOf(found), arch }] : [];
  });
  const extra = sound.filter(
    file => file.role === 'extra' && /\.(?:tar|tar\.gz|tgz|tar\.zst)$/.test(file.name),
  );
  return [...ofK3s, ...extra.map(fileOf)];
}

/** What a node of one architecture needs, as files of the vault. Throws as the interface `Bundles` says. */
export function delivery(
  bundle: Bundle,
  arch: Arch,
  to: { readonly practice: boolean },
  objects: Objects,
): Delivery {
  refuseWorld(bundle, to.practice);
  const fileOf = inVault(objects);
  const sound = soundFiles(bundle);
  const binary = sound.find(file => file.role === 'binary' && file.arch === arch);
  const [images] = sound
    .filter(file => file.role === 'images' && file.arch === arch)
    .toSorted((a, b) => a.bytes - b.bytes);
  const script = sound.find(file => file.role === 'install-script');
  if (!bundle.complete || !binary || !images || !script) throw notServed(bundle, arch);
  refuseWithoutConsent(bundle);
  return {
    k3sVersion: bundle.k3sVersion,
    binary: fileOf(binary),
    images: fileOf(images),
    installScript: fileOf(script),
  };
}
