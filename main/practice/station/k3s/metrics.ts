import type { Station } from '../station.ts';
import { pods } from './cluster.ts';
import type { K3s } from './server.ts';

/** How long requests took, in seconds: the upper bounds of a histogram and the part of all requests below each. */
const below: readonly (readonly [le: number, part: number])[] = [
  [0.005, 0.78],
  [0.025, 0.95],
  [0.05, 0.97],
  [0.1, 0.985],
  [0.25, 0.995],
  [0.5, 0.999],
  [1, 1],
  [5, 1],
  [60, 1],
];
/** Requests each second of a quiet server. */
const requests: readonly (readonly [verb: string, resource: string, aSecond: number])[] = [
  ['GET', 'leases', 2.1],
  ['PUT', 'leases', 1.9],
  ['GET', 'nodes', 0.4],
  ['PATCH', 'nodes', 0.1],
  ['LIST', 'pods', 0.3],
  ['GET', 'configmaps', 0.6],
  ['POST', 'events', 0.05],
  ['GET', 'endpointslices', 0.2],
];

/** What `/metrics` of the API server or, for a node, of its kubelet tells; undefined for a path it does not know. */
export function metricsOf(station: Station, k3s: K3s, path: string): string | undefined {
  const at = /^\/api\/v1\/nodes\/([^/]+)\/proxy\/metrics\/(cadvisor|resource)$/.exec(path);
  if (path === '/metrics') return lines(apiServer(station, k3s));
  if (at?.[1] !== k3s.kept.nodeName) return undefined;
  return lines(at[2] === 'cadvisor' ? containers(station, k3s) : resources(station, k3s));
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
const seconds = (station: Station): number => Math.max(0, station.now() - station.bootedAt) / 1000;

function apiServer(station: Station, k3s: K3s): string[] {
  const up = seconds(station);
  const name = 'apiserver_request_duration_seconds';
  const told = requests.flatMap(([verb, resource, aSecond]) => {
    const labels = `resource="${resource}",scope="namespace",verb="${verb}",version="v1"`;
    const count = Math.floor(up * aSecond);
    return [
      ...below.map(([le, part]) => `${name}_bucket{${labels},le="${le}"} ${Math.floor(count * part)}`),
      `${name}_bucket{${labels},le="+Inf"} ${count}`,
      `${name}_sum{${labels}} ${(count * 0.009).toFixed(3)}`,
      `${name}_count{${labels}} ${count}`,
    ];
  });
  const running = runningPods(station, k3s).length;
  return [
    `# TYPE ${name} histogram`,
    ...told,
    '# TYPE apiserver_current_inflight_requests gauge',
    'apiserver_current_inflight_requests{request_kind="mutating"} 0',
    `apiserver_current_inflight_requests{request_kind="readOnly"} ${1 + (Math.floor(up / 7) % 3)}`,
    '# TYPE apiserver_storage_objects gauge',
    `apiserver_storage_objects{resource="pods"} ${pods(station, k3s).length}`,
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${running}`,
    '# TYPE workqueue_depth gauge',
    'workqueue_depth{name="deployment"} 0',
    '# TYPE workqueue_adds_total counter',
    `workqueue_adds_total{name="deployment"} ${Math.floor(up / 20)}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${650_000_000 + (Math.floor(up) % 600) * 50_000}`,
  ];
}

interface Running {
  readonly pod: string;
  readonly name: string;
}
const runningPods = (station: Station, k3s: K3s): readonly Running[] =>
  pods(station, k3s)
    .filter(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Running')
    .map(({ metadata }) => ({
      pod: metadata.name,
      name: (metadata as { labels?: Record<string, string> }).labels?.['k8s-app'] ?? metadata.name,
    }));

/** Processor seconds and bytes of memory of the nth container: each a little more than the one before. */
const uses = (up: number, n: number) => ({
  cpu: (up * 0.004 * (n + 1)).toFixed(3),
  memory: 24_000_000 * (n + 1) + (Math.floor(up / 10) % 30) * 40_000,
});

function containers(station: Station, k3s: K3s): string[] {
  const up = seconds(station);
  return runningPods(station, k3s).flatMap(({ pod, name }, n) => {
    const labels = `container="${name}",namespace="kube-system",pod="${pod}"`;
    return [
      `container_cpu_usage_seconds_total{${labels},cpu="total"} ${uses(up, n).cpu}`,
      `container_memory_working_set_bytes{${labels}} ${uses(up, n).memory}`,
      `container_start_time_seconds{${labels}} ${Math.floor(station.bootedAt / 1000) + 30}`,
    ];
  });
}

function resources(station: Station, k3s: K3s): string[] {
  const up = seconds(station);
  const each = runningPods(station, k3s).flatMap(({ pod }, n) => {
    const labels = `namespace="kube-system",pod="${pod}"`;
    return [
      `pod_cpu_usage_seconds_total{${labels}} ${uses(up, n).cpu}`,
      `pod_memory_working_set_bytes{${labels}} ${uses(up, n).memory}`,
    ];
  });
  return [`node_cpu_usage_seconds_total ${(up * 0.05).toFixed(3)}`, ...each, 'scrape_error 0'];
}
