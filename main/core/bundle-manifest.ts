import { checksumList } from './checksums.ts';
import type { Checksums } from './checksums.ts';

/**
 * Headquarters' manifest, `coldstart-bundle.txt`: comment lines first, then every file of the bundle (install.sh too,
 * the manifest and its signature not) as `sha256sum` lists it, so `sha256sum -c coldstart-bundle.txt` checks it.
 *
 *     # Coldstart bundle manifest 1
 *     # k3s-version: v1.33.5+k3s1
 *     # practice: yes            (only in practice bundles)
 *     <64 hex>  install.sh
 *
 * Its minisign signature lies beside it as `coldstart-bundle.txt.minisig`.
 */
export interface BundleManifest {
  readonly sums: Checksums;
  readonly k3sVersion?: string;
  readonly practice: boolean;
  readonly problems: readonly string[];
}

/** Release versions as K3s names them. */
export const isK3sVersion = (text: string): boolean =>
  /^v\d+\.\d{1,3}\.\d{1,3}(-(alpha|beta|rc)[.\d]{0,6})?\+k3s\d{1,3}$/.test(text);

export function bundleManifest(text: string): BundleManifest {
  const { sums, comments, problems } = checksumList(text);
  const heads = new Map(
    comments.flatMap(line => {
      const [, key, value] = /^([a-z0-9-]+):\s*(.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value.trim()] as const];
    }),
  );
  const version = heads.get('k3s-version');
  const wrong = [
    ...(comments.includes('Coldstart bundle manifest 1')
      ? []
      : ['It does not begin with “# Coldstart bundle manifest 1”.']),
    ...(version === undefined || isK3sVersion(version)
      ? []
      : [`“${version.slice(0, 40)}” is no K3s version.`]),
  ];
  return {
    sums,
    ...(version !== undefined && isK3sVersion(version) ? { k3sVersion: version } : {}),
    practice: heads.get('practice') === 'yes',
    problems: [...wrong, ...problems],
  };
}
