const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function itemsOf(json: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    const items = record(JSON.parse(json))['items'];
    return Array.isArray(items) ? items.map(record) : undefined;
  } catch {
    return undefined;
  }
}

/** Pods that run on a node, as `crictl pods -o json` tells: `namespace/name`. Undefined when it is no such answer. */
export const podsRunning = (json: string): readonly string[] | undefined =>
  itemsOf(json)
    ?.filter(({ state }) => state === undefined || state === 'SANDBOX_READY')
    .map(({ metadata }) => `${text(record(metadata)['namespace'])}/${text(record(metadata)['name'])}`)
    .toSorted();

/** Pods the API wants on a node, of `kubectl get pods -A -o json`; finished ones do not count. */
export const podsWanted = (json: string, node: string): readonly string[] | undefined =>
  itemsOf(json)
    ?.filter(({ spec, status }) => {
      const phase = text(record(status)['phase']);
      return text(record(spec)['nodeName']) === node && phase !== 'Succeeded' && phase !== 'Failed';
    })
    .map(({ metadata }) => `${text(record(metadata)['namespace'])}/${text(record(metadata)['name'])}`)
    .toSorted();

/** The difference as a sentence: what runs unknown to the API, and what it wants and does not run. */
export function podsCompared(running: readonly string[], wanted: readonly string[]): string {
  const stray = running.filter(one => !wanted.includes(one));
  const missing = wanted.filter(one => !running.includes(one));
  if (stray.length === 0 && missing.length === 0)
    return `the ${running.length} pods that run are those the API knows`;
  return [
    ...(stray.length > 0 ? [`run and are not known to the API: ${stray.join(', ')}`] : []),
    ...(missing.length > 0 ? [`are wanted and do not run yet: ${missing.join(', ')}`] : []),
  ].join('; ');
}
