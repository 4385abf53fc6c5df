import { isK3sVersion } from './bundle-manifest.ts';

/** Which K3s version a bundle holds, or why that cannot be said. */
export type VersionFound =
  { readonly is: 'known'; readonly version: string } | { readonly is: 'unknown'; readonly says: string };

export interface VersionSigns {
  /** What headquarters' manifest says. */
  readonly manifest?: string | undefined;
  /** Binary by name → the versions written inside it, the surest first. */
  readonly binaries: ReadonlyMap<string, readonly string[]>;
  /** Name of the folder, as the technician named it. */
  readonly folder: string;
}

const unknown = (says: string): VersionFound => ({ is: 'unknown', says });

/** A version in the name of a folder: `k3s-v1.33.5+k3s1`, also with the `-` that stands for `+` in some downloads. */
export function versionIn(name: string): string | undefined {
  const found = /v\d+\.\d{1,3}\.\d{1,3}(?:-rc\d{1,2})?[+-]k3s\d{1,3}(?!\d)/
    .exec(name)?.[0]
    .replace(/[+-](k3s\d+)$/, '+$1');
  return found !== undefined && isK3sVersion(found) ? found : undefined;
}

/** Binaries of one bundle must agree: a mixed folder would give servers and agents different versions. */
function fromBinaries(binaries: ReadonlyMap<string, readonly string[]>): VersionFound | undefined {
  const speaking = [...binaries].filter(([, versions]) => versions.length > 0);
  const [first] = speaking;
  if (!first) return undefined;
  const common = first[1].filter(version => speaking.every(([, versions]) => versions.includes(version)));
  const [version] = common;
  if (version !== undefined) return { is: 'known', version };
  const list = speaking.map(([name, versions]) => `${name} is ${versions[0]}`).join(', ');
  return unknown(`The binaries are of different K3s versions: ${list}.`);
}

/** The manifest's word, which the binaries must not contradict; else theirs; else the folder's name. */
export function k3sVersionOf({ manifest, binaries, folder }: VersionSigns): VersionFound {
  if (manifest !== undefined) {
    const other = [...binaries].find(([, versions]) => versions.length > 0 && !versions.includes(manifest));
    if (!other) return { is: 'known', version: manifest };
    return unknown(`The manifest says K3s ${manifest}, but ${other[0]} is ${other[1][0]}.`);
  }
  const inside = fromBinaries(binaries);
  if (inside) return inside;
  const named = versionIn(folder);
  if (named !== undefined) return { is: 'known', version: named };
  return unknown(
    'No K3s version is written in the binaries, so it is not known which one this is. Put it into the name of the folder, such as k3s-v1.33.5+k3s1.',
  );
}
