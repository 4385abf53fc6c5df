import type { K3s } from './server.ts';
import type { Station } from '../station.ts';

/** A Kubernetes object as `kubectl -o json` shows it. */
export type KubeObject = Record<string, unknown> & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [more: string]: unknown };
};

export interface Kind {
  readonly names: readonly string[];
  readonly namespaced: boolean;
  list(station: Station, k3s: K3s): KubeObject[];
  /** Columns of the table, the last ones only with `-o wide`. */
  columns(
    station: Station,
    object: KubeObject,
  ): readonly (readonly [head: string, value: string, wide?: 'wide'])[];
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');

export const age = (station: Station, object: KubeObject): string => {
  const seconds = Math.max(
    0,
    Math.floor((station.now() - Date.parse(String(object.metadata['creationTimestamp']))) / 1000),
  );
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
};

function node(station: Station, k3s: K3s): KubeObject {
  const { kept } = k3s;
  const { arch, scenario, identity } = station;
  const at = iso(kept.createdAt * 1000);
  const etcd = k3s.datastore === 'etcd';
  const ready = k3s.ready;
  const condition = (type: string, status: string, reason: string, message: string) => ({
    lastHeartbeatTime: iso(station.now()),
    lastTransitionTime: at,
    message,
    reason,
    status,
    type,
  });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: kept.nodeName,
      uid: 'c01d57a7-0000-4000-8000-000000000013',
      creationTimestamp: at,
      resourceVersion: '195',
      labels: {
        'kubernetes.io/arch': arch,
        'kubernetes.io/hostname': kept.nodeName,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': 'k3s',
        'node-role.kubernetes.io/control-plane': 'true',
        ...(etcd ? { 'node-role.kubernetes.io/etcd': 'true' } : { 'node-role.kubernetes.io/master': 'true' }),
      },
      annotations: {
        'k3s.io/hostname': kept.nodeName,
        'k3s.io/internal-ip': kept.nodeIp,
        'k3s.io/node-args': '["server"]',
      },
    },
    spec: { podCIDR: '10.42.0.0/24', podCIDRs: ['10.42.0.0/24'], providerID: `k3s://${kept.nodeName}` },
    status: {
      addresses: [
        { address: kept.nodeIp, type: 'InternalIP' },
        { address: kept.nodeName, type: 'Hostname' },
      ],
      allocatable: { cpu: '4', memory: `${scenario.memoryMiB * 1024}Ki`, pods: '110' },
      capacity: { cpu: '4', memory: `${scenario.memoryMiB * 1024}Ki`, pods: '110' },
      conditions: [
        ...(etcd
          ? [
              condition(
                'EtcdIsVoter',
                'True',
                'MemberNotLearner',
                'Node is a voting member of the etcd cluster',
              ),
            ]
          : []),
        condition(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
        ),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
        ready
          ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
          : condition(
              'Ready',
              'False',
              'KubeletNotReady',
              'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
            ),
      ],
      images: kept.images.map(name => ({ names: [name], sizeBytes: 4096 })),
      nodeInfo: {
        architecture: arch,
        bootID: identity.bootId,
        containerRuntimeVersion: 'containerd://2.1.4-k3s1',
        kernelVersion: `6.12.48+deb13-${arch}`,
        kubeProxyVersion: kept.version,
        kubeletVersion: kept.version,
        machineID: identity.machineId,
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        systemUUID: identity.bootId,
      },
    },
  };
}

/** Workloads of a fresh server, with a piece of their image's name: a pod runs only when that image was brought. */
const workloads = [
  { name: 'coredns', pod: 'coredns-6799fbcd5-x2x7q', image: 'coredns' },
  {
    name: 'local-path-provisioner',
    pod: 'local-path-provisioner-774c6665dc-m8wzr',
    image: 'local-path-provisioner',
  },
  { name: 'metrics-server', pod: 'metrics-server-6f4c6675d5-9qk2h', image: 'metrics-server' },
  { name: 'traefik', pod: 'traefik-c98fdf6fb-5v4tj', image: 'traefik' },
] as const;

/** What nobody deleted of them. */
const deployed = ({ kept }: K3s) => workloads.filter(({ name }) => !kept.deleted.includes(name));

const meta = (k3s: K3s, name: string, namespace?: string) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: `c01d57a7-0000-4000-8000-${Buffer.from(name.padEnd(6)).toString('hex').slice(0, 12)}`,
  creationTimestamp: iso(k3s.kept.createdAt * 1000),
  resourceVersion: '195',
});

/** Pods as the API knows them. */
export function pods(_: Station, k3s: K3s): KubeObject[] {
  return deployed(k3s).map(({ name, pod, image }) => {
    const has = k3s.kept.images.some(each => each.includes(image) || each.includes(name));
    const running = has && k3s.ready;
    const reason = has ? 'ContainerCreating' : 'ImagePullBackOff';
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...meta(k3s, pod, 'kube-system'), labels: { 'k8s-app': name } },
      spec: {
        nodeName: k3s.kept.nodeName,
        containers: [{ name, image: `rancher/${image}`, imagePullPolicy: 'IfNotPresent' }],
      },
      status: {
        phase: running ? 'Running' : 'Pending',
        hostIP: k3s.kept.nodeIp,
        podIP: '10.42.0.5',
        conditions: [{ type: 'Ready', status: running ? 'True' : 'False' }],
        containerStatuses: [
          {
            name,
            ready: running,
            restartCount: 0,
            state: running ? { running: {} } : { waiting: { reason } },
          },
        ],
      },
    };
  });
}

const status = (object: KubeObject) => (object['status'] ?? {}) as Record<string, unknown>;

function nodeColumns(station: Station, object: KubeObject): ReturnType<Kind['columns']> {
  const conditions = status(object)['conditions'] as { type: string; status: string }[];
  const ready = conditions.some(each => each.type === 'Ready' && each.status === 'True');
  const info = status(object)['nodeInfo'] as Record<string, string>;
  const roles = Object.keys(object.metadata['labels'] ?? {})
    .filter(key => key.startsWith('node-role.kubernetes.io/'))
    .map(key => key.split('/')[1] ?? '')
    .sort();
  const [address] = status(object)['addresses'] as { address: string }[];
  return [
    ['NAME', object.metadata.name],
    ['STATUS', ready ? 'Ready' : 'NotReady'],
    ['ROLES', roles.join(',')],
    ['AGE', age(station, object)],
    ['VERSION', info['kubeletVersion'] ?? ''],
    ['INTERNAL-IP', address?.address ?? '', 'wide'],
    ['EXTERNAL-IP', '<none>', 'wide'],
    ['OS-IMAGE', info['osImage'] ?? '', 'wide'],
    ['KERNEL-VERSION', info['kernelVersion'] ?? '', 'wide'],
    ['CONTAINER-RUNTIME', info['containerRuntimeVersion'] ?? '', 'wide'],
  ];
}

function podColumns(station: Station, object: KubeObject): ReturnType<Kind['columns']> {
  const [container] = status(object)['containerStatuses'] as {
    ready: boolean;
    state: { waiting?: { reason: string } };
  }[];
  return [
    ['NAME', object.metadata.name],
    ['READY', container?.ready ? '1/1' : '0/1'],
    ['STATUS', container?.state.waiting?.reason ?? 'Running'],
    ['RESTARTS', '0'],
    ['AGE', age(station, object)],
    ['IP', '10.42.0.5', 'wide'],
    ['NODE', (object['spec'] as { nodeName: string }).nodeName, 'wide'],
  ];
}

const named = (station: Station, object: KubeObject): ReturnType<Kind['columns']> => [
  ['NAME', object.metadata.name],
  ['AGE', age(station, object)],
];

/** What the pretended API server knows. */
export const kinds: readonly Kind[] = [
  {
    names: ['nodes', 'node', 'no'],
    namespaced: false,
    list: (station, k3s) => [node(station, k3s)],
    columns: nodeColumns,
  },
  { names: ['pods', 'pod', 'po'], namespaced: true, list: pods, columns: podColumns },
  {
    names: ['namespaces', 'namespace', 'ns'],
    namespaced: false,
    list: (_, k3s) =>
      ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map(name => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { ...meta(k3s, name), ...(name === 'kube-system' ? { uid: k3s.kept.clusterUid } : {}) },
        status: { phase: 'Active' },
      })),
    columns: (station, object) => [
      ['NAME', object.metadata.name],
      ['STATUS', 'Active'],
      ['AGE', age(station, object)],
    ],
  },
  {
    names: ['deployments', 'deployment', 'deploy', 'deployments.apps'],
    namespaced: true,
    list: (station, k3s) =>
      deployed(k3s).map(({ name }, i) => {
        const ready =
          pods(station, k3s)[i] !== undefined &&
          status(pods(station, k3s)[i] as KubeObject)['phase'] === 'Running'
            ? 1
            : 0;
        return {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: meta(k3s, name, 'kube-system'),
          spec: { replicas: 1 },
          status: { replicas: 1, readyReplicas: ready, availableReplicas: ready },
        };
      }),
    columns: (station, object) => {
      const ready = String((status(object)['readyReplicas'] as number | undefined) ?? 0);
      return [
        ['NAME', object.metadata.name],
        ['READY', `${ready}/1`],
        ['UP-TO-DATE', '1'],
        ['AVAILABLE', ready],
        ['AGE', age(station, object)],
      ];
    },
  },
  {
    names: ['services', 'service', 'svc'],
    namespaced: true,
    list: (_, k3s) => [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: meta(k3s, 'kubernetes', 'default'),
        spec: { clusterIP: '10.43.0.1', type: 'ClusterIP', ports: [{ port: 443, protocol: 'TCP' }] },
      },
    ],
    columns: (station, object) => [
      ['NAME', object.metadata.name],
      ['TYPE', 'ClusterIP'],
      ['CLUSTER-IP', '10.43.0.1'],
      ['EXTERNAL-IP', '<none>'],
      ['PORT(S)', '443/TCP'],
      ['AGE', age(station, object)],
    ],
  },
  {
    names: ['storageclasses', 'storageclass', 'sc'],
    namespaced: false,
    list: (_, k3s) => [
      {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: meta(k3s, 'local-path'),
        provisioner: 'rancher.io/local-path',
      },
    ],
    columns: named,
  },
  ...(
    [
      'persistentvolumes',
      'persistentvolumeclaims',
      'events',
      'configmaps',
      'secrets',
      'jobs',
      'daemonsets',
      'statefulsets',
      'ingresses',
    ] as const
  ).map(name => ({
    names: [
      name,
      name.replace(/s$/, ''),
      {
        persistentvolumes: 'pv',
        persistentvolumeclaims: 'pvc',
        events: 'ev',
        configmaps: 'cm',
        daemonsets: 'ds',
        statefulsets: 'sts',
        ingresses: 'ing',
      }[name as string] ?? name,
    ],
    namespaced: name !== 'persistentvolumes',
    list: () => [],
    columns: named,
  })),
];
