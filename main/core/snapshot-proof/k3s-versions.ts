/** A K3s version in numbers, such as `v1.33.5+k3s1`. */
export interface K3sVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly build: number;
}

/** Takes a version apart; nothing when it is none of K3s'. */
export function k3sVersion(text: string): K3sVersion | undefined {
  const [, major, minor, patch, build] = /^v(\d+)\.(\d+)\.(\d+)(?:-rc\d+)?\+k3s(\d+)$/.exec(text) ?? [];
  return build === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor), patch: Number(patch), build: Number(build) };
}

const order = (a: K3sVersion, b: K3sVersion): number =>
  a.major - b.major || a.minor - b.minor || a.patch - b.patch || a.build - b.build;

/** Newest first; what is no version of K3s is left out. */
export const newestVersions = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts)]
    .flatMap(text => {
      const parsed = k3sVersion(text);
      return parsed ? [{ text, parsed }] : [];
    })
    .toSorted((a, b) => order(b.parsed, a.parsed))
    .map(({ text }) => text);

/** Whether a snapshot of one version may be restored onto another: only the same is the tried path, and never a lower one. */
export function ontoVersion(
  snapshot: string,
  node: string,
): 'same' | 'newer-patch' | 'one-minor-up' | 'too-new' | 'lower' | 'unknown' {
  const [from, to] = [k3sVersion(snapshot), k3sVersion(node)];
  if (!from || !to) return 'unknown';
  if (order(from, to) === 0) return 'same';
  if (order(to, from) < 0) return 'lower';
  if (to.major !== from.major || to.minor - from.minor > 1) return 'too-new';
  return to.minor === from.minor ? 'newer-patch' : 'one-minor-up';
}
