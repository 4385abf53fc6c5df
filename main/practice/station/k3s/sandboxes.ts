import { createHash } from 'node:crypto';
import { table } from '../commands/system.ts';
import type { Station } from '../station.ts';
import { age, pods } from './cluster.ts';
import type { KubeObject } from './cluster.ts';
import type { K3s } from './server.ts';

const idOf = ({ metadata }: KubeObject): string => createHash('sha256').update(metadata.name).digest('hex');
const runs = ({ status }: KubeObject): boolean => (status as { readonly phase?: string }).phase === 'Running';

/** `crictl pods`: what containerd runs, which outlives the API server. */
export function sandboxes(station: Station, k3s: K3s, json: boolean): string {
  const running = pods(station, k3s).filter(runs);
  if (json)
    return `${JSON.stringify({
      items: running.map(pod => ({
        id: idOf(pod),
        metadata: { name: pod.metadata.name, uid: '', namespace: pod.metadata.namespace, attempt: 0 },
        state: 'SANDBOX_READY',
        createdAt: String(k3s.kept.createdAt * 1_000_000_000),
        runtimeHandler: '',
      })),
    })}\n`;
  return table(
    [
      ['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'],
      ...running.map(pod => [
        idOf(pod).slice(0, 13),
        age(station, pod),
        'Ready',
        pod.metadata.name,
        pod.metadata.namespace ?? '',
        '0',
        '(default)',
      ]),
    ],
    true,
  );
}
