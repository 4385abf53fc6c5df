/** Image names as they are compared: `docker.io/` and the library are left out by some tools and written by others. */
export const plainImage = (name: string): string =>
  name
    .trim()
    .replace(/^docker\.io\//, '')
    .replace(/^library\//, '')
    .replace(/@sha256:[0-9a-f]{64}$/, '');

/** Images workloads ask for that no archive brings. An image named by digest alone has to be found by its name. */
export function withoutArchive(wanted: readonly string[], archived: readonly string[]): readonly string[] {
  const there = new Set(archived.map(plainImage));
  return [...new Set(wanted.map(plainImage))].filter(name => name !== '' && !there.has(name)).toSorted();
}

/** Names of images inside an archive, from its `manifest.json` (RepoTags) or `index.json` (annotations). */
export function namesInArchive(text: string): readonly string[] {
  const tags = [...text.matchAll(/"RepoTags"\s*:\s*\[([^\]]*)\]/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name),
  );
  const annotated = [
    ...text.matchAll(
      /"(?:io\.containerd\.image\.name|org\.opencontainers\.image\.ref\.name)"\s*:\s*"([^"]+)"/g,
    ),
  ].map(([, name = '']) => name);
  return [...new Set([...tags, ...annotated.filter(name => name.includes('/'))])];
}
