import type { Labels } from './series-name.ts';

/**
 * What is kept of a scrape by default. A K3s server gives 56 to 79 thousand series in one registry, most of them buckets of
 * histograms by verb, resource and version; kept are those the overview, the rules and a first look at trouble need, about
 * two thousand. What node_exporter, etcd and Coldstart itself give is kept whole but for the Go runtime's histograms.
 */
const whole = [
  /^(?:up|scrape_|node_|smartctl_|smartmon_|nvme_|coldstart_|k3s_|probe_)/,
  /^etcd_(?:disk|server|mvcc_db|network_peer_round_trip|debugging_mvcc_(?:keys|db)|cluster|grpc_proxy)/,
  /^process_(?:cpu_seconds_total|resident_memory_bytes|open_fds|max_fds|start_time_seconds)$/,
  /^go_(?:goroutines|threads|memstats_(?:alloc|heap_inuse|sys)_bytes)$/,
];

/** Of Kubernetes' own parts, by name. */
const kubernetes = new Set([
  'apiserver_request_total',
  'apiserver_request_duration_seconds_bucket',
  'apiserver_request_duration_seconds_sum',
  'apiserver_request_duration_seconds_count',
  'apiserver_current_inflight_requests',
  'apiserver_storage_objects',
  'apiserver_storage_size_bytes',
  'etcd_request_duration_seconds_sum',
  'etcd_request_duration_seconds_count',
  'etcd_request_errors_total',
  'kubelet_running_pods',
  'kubelet_running_containers',
  'kubelet_node_name',
  'kubelet_pleg_relist_duration_seconds_sum',
  'kubelet_pleg_relist_duration_seconds_count',
  'kubelet_pod_start_duration_seconds_sum',
  'kubelet_pod_start_duration_seconds_count',
  'kubelet_runtime_operations_errors_total',
  'kubelet_volume_stats_available_bytes',
  'kubelet_volume_stats_capacity_bytes',
  'kubelet_volume_stats_used_bytes',
  'kubelet_evictions',
  'kubelet_certificate_manager_client_ttl_seconds',
  'kubelet_server_expiration_renew_errors',
  'kubernetes_build_info',
  'rest_client_requests_total',
  'workqueue_depth',
  'workqueue_adds_total',
  'scheduler_pending_pods',
  'scheduler_schedule_attempts_total',
  'node_collector_unhealthy_nodes_in_zone',
  'apiserver_client_certificate_expiration_seconds_count',
  // containers and pods
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'container_memory_rss',
  'container_oom_events_total',
  'container_start_time_seconds',
  'container_fs_usage_bytes',
  'container_network_receive_bytes_total',
  'container_network_transmit_bytes_total',
  'pod_cpu_usage_seconds_total',
  'pod_memory_working_set_bytes',
  'machine_memory_bytes',
  'machine_cpu_cores',
]);

/** The bounds at which a latency is worth telling; all forty of them times every resource would be ten thousand series. */
const bounds = new Set([
  '0.005',
  '0.025',
  '0.05',
  '0.1',
  '0.25',
  '0.5',
  '1',
  '1.0',
  '2.5',
  '5',
  '5.0',
  '10',
  '10.0',
  '30',
  '60',
  '+Inf',
]);
/** Requests that wait by design. */
const waiting = new Set(['WATCH', 'WATCHLIST', 'CONNECT', 'PROXY']);
/** What every change of a cluster goes through, and what shows a slow disk first. */
const toldResources = new Set([
  'pods',
  'nodes',
  'leases',
  'secrets',
  'configmaps',
  'events',
  'deployments',
  'endpoints',
  'endpointslices',
]);

const labelOf = (labels: Labels, name: string): string => labels.find(([key]) => key === name)?.[1] ?? '';

/** Whether a series is kept by default. */
export function keepsSeries(name: string, labels: Labels): boolean {
  if (/^(?:go|process|promhttp|prometheus|etcd_debugging_snap)_/.test(name))
    return whole.some(pattern => pattern.test(name));
  if (name === 'container_network_receive_bytes_total' || name === 'container_network_transmit_bytes_total')
    return labelOf(labels, 'interface') === 'eth0';
  // cAdvisor tells every level of the control groups; a container's own has its name.
  if (name.startsWith('container_')) return kubernetes.has(name) && labelOf(labels, 'container') !== '';
  if (name.startsWith('apiserver_request_')) return keepsRequest(name, labels);
  return kubernetes.has(name) || whole.some(pattern => pattern.test(name));
}

function keepsRequest(name: string, labels: Labels): boolean {
  if (!kubernetes.has(name) || waiting.has(labelOf(labels, 'verb'))) return false;
  if (name === 'apiserver_request_total') return /^[45]/.test(labelOf(labels, 'code'));
  if (!toldResources.has(labelOf(labels, 'resource')) || labelOf(labels, 'subresource') === 'log')
    return false;
  return !name.endsWith('_bucket') || bounds.has(labelOf(labels, 'le'));
}
