// Makes the practice snapshot: starts a real etcd 3.5 (the one K3s v1.33 embeds), puts in what a freshly installed
// K3s server keeps there, and takes a snapshot through etcd's own maintenance call. See README.md.
package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/types"
)

// What the practice station replaces in place, each by something of the same length.
const (
	createdAt      = 1700000000 // seconds; also as 2023-11-14T22:13:20Z in JSON
	renewedAt      = 1700000001
	renewedNanos   = 999999000
	clusterUID     = "11111111-1111-4111-8111-111111111111"
	machineID      = "22222222222222222222222222222222"
	bootID         = "33333333-3333-4333-8333-333333333333"
	bootstrapKey   = "/bootstrap/000000000000"
	bootstrapBytes = 16 + 1 + 21844 // salt, colon, base64 of nonce + sealed JSON + tag
	version        = "v1.33.5+k3s1"
	node           = "practice-node-1"
	address        = "192.168.50.11"
)

// The key all Secrets of the encrypted snapshot are sealed with until the station seals them anew. It protects nothing.
var secretKey = []byte("coldstart practice key, 32 bytes")

var scheme = runtime.NewScheme()
var uids int

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func uid() types.UID {
	uids++
	return types.UID(fmt.Sprintf("c01d57a7-0000-4000-8000-%012x", uids))
}

func meta(namespace, name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: name, Namespace: namespace, UID: uid(), Labels: labels,
		CreationTimestamp: metav1.NewTime(time.Unix(createdAt, 0)),
	}
}

func encode(object runtime.Object) []byte {
	kinds, _, err := scheme.ObjectKinds(object)
	must(err)
	object.GetObjectKind().SetGroupVersionKind(kinds[0])
	var out strings.Builder
	must(protobuf.NewSerializer(scheme, scheme).Encode(object, &out))
	return []byte(out.String())
}

func seal(plain []byte) []byte {
	block, err := aes.NewCipher(secretKey)
	must(err)
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(append([]byte{}, plain...), []byte(strings.Repeat(string(rune(pad)), pad))...)
	out := make([]byte, aes.BlockSize+len(padded))
	_, err = rand.Read(out[:aes.BlockSize])
	must(err)
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], padded)
	return append([]byte("k8s:enc:aescbc:v1:aescbckey:"), out...)
}

type store struct {
	client *clientv3.Client
	sealed bool
}

func (s store) put(key string, value []byte) {
	_, err := s.client.Put(context.Background(), key, string(value))
	must(err)
}
func (s store) object(key string, object runtime.Object) { s.put(key, encode(object)) }
func (s store) json(key string, value any) {
	text, err := json.Marshal(value)
	must(err)
	s.put(key, text)
}
func (s store) secret(namespace, name string, kind corev1.SecretType, data map[string][]byte, annotations map[string]string) {
	m := meta(namespace, name, nil)
	m.Annotations = annotations
	value := encode(&corev1.Secret{ObjectMeta: m, Type: kind, Data: data})
	if s.sealed {
		value = seal(value)
	}
	s.put("/registry/secrets/"+namespace+"/"+name, value)
}

func (s store) cluster() {
	for _, name := range []string{"kube-system", "kube-public", "kube-node-lease", "default"} {
		m := meta("", name, map[string]string{"kubernetes.io/metadata.name": name})
		if name == "kube-system" {
			m.UID = clusterUID
		}
		s.object("/registry/namespaces/"+name, &corev1.Namespace{
			ObjectMeta: m,
			Spec:       corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{"kubernetes"}},
			Status:     corev1.NamespaceStatus{Phase: corev1.NamespaceActive},
		})
		s.object("/registry/serviceaccounts/"+name+"/default", &corev1.ServiceAccount{ObjectMeta: meta(name, "default", nil)})
		s.object("/registry/configmaps/"+name+"/kube-root-ca.crt", &corev1.ConfigMap{
			ObjectMeta: meta(name, "kube-root-ca.crt", nil),
			Data:       map[string]string{"ca.crt": "the CA of this practice cluster is in the bootstrap data\n"},
		})
	}
	s.nodes()
	s.secrets()
	s.workloads()
	s.roles()
	s.custom()
	s.history()
}

func (s store) nodes() {
	labels := map[string]string{
		"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/instance-type": "k3s", "beta.kubernetes.io/os": "linux",
		"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": node, "kubernetes.io/os": "linux",
		"node-role.kubernetes.io/control-plane": "true", "node-role.kubernetes.io/etcd": "true", "node.kubernetes.io/instance-type": "k3s",
	}
	m := meta("", node, labels)
	m.Annotations = map[string]string{
		"etcd.k3s.cattle.io/node-address": address, "etcd.k3s.cattle.io/node-name": node + "-5c0fde57",
		"flannel.alpha.coreos.com/backend-type": "vxlan", "flannel.alpha.coreos.com/public-ip": address,
		"k3s.io/hostname": node, "k3s.io/internal-ip": address, "k3s.io/node-args": "[\"server\"]",
	}
	m.Finalizers = []string{"wrangler.cattle.io/managed-etcd-controller", "wrangler.cattle.io/node"}
	amounts := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8388608Ki"),
		corev1.ResourcePods: resource.MustParse("110"), corev1.ResourceEphemeralStorage: resource.MustParse("32768Mi"),
	}
	at := metav1.NewTime(time.Unix(createdAt, 0))
	condition := func(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{Type: kind, Status: status, LastHeartbeatTime: at, LastTransitionTime: at, Reason: reason, Message: message}
	}
	n := &corev1.Node{
		ObjectMeta: m,
		Spec:       corev1.NodeSpec{PodCIDR: "10.42.0.0/24", PodCIDRs: []string{"10.42.0.0/24"}, ProviderID: "k3s://" + node},
		Status: corev1.NodeStatus{
			Capacity: amounts, Allocatable: amounts,
			Conditions: []corev1.NodeCondition{
				condition("EtcdIsVoter", corev1.ConditionTrue, "MemberNotLearner", "Node is a voting member of the etcd cluster"),
				condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
				condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
				condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
				condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
			},
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address}, {Type: corev1.NodeHostName, Address: node}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10250}},
			NodeInfo: corev1.NodeSystemInfo{
				MachineID: machineID, SystemUUID: bootID, BootID: bootID, KernelVersion: "6.12.48+deb13-amd64",
				OSImage: "Debian GNU/Linux 13 (trixie)", ContainerRuntimeVersion: "containerd://2.1.4-k3s1",
				KubeletVersion: version, OperatingSystem: "linux", Architecture: "amd64",
			},
		},
	}
	s.object("/registry/minions/"+node, n)
	holder := node
	seconds := int32(40)
	renew := metav1.NewMicroTime(time.Unix(renewedAt, renewedNanos))
	s.object("/registry/leases/kube-node-lease/"+node, &coordinationv1.Lease{
		ObjectMeta: meta("kube-node-lease", node, nil),
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &renew},
	})
	for _, name := range []string{"k3s-etcd", "k3s", "k3s-cloud-controller-manager", "kube-controller-manager", "kube-scheduler"} {
		holder := node + "_" + string(uid())
		s.object("/registry/leases/kube-system/"+name, &coordinationv1.Lease{
			ObjectMeta: meta("kube-system", name, nil), Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder},
		})
	}
}

func (s store) secrets() {
	s.secret("kube-system", node+".node-password.k3s", corev1.SecretTypeOpaque, map[string][]byte{
		"hash": []byte("$1:2f9c1f0bd3f04c5d:15:8:1:EJ4T0p4gNE8Zm9vQmFyIHByYWN0aWNlIG9ubHk"),
	}, nil)
	s.secret("kube-system", "k3s-serving", corev1.SecretTypeTLS, map[string][]byte{
		"tls.crt": []byte("-----BEGIN CERTIFICATE-----\npractice\n-----END CERTIFICATE-----\n"),
		"tls.key": []byte("-----BEGIN EC PRIVATE KEY-----\npractice\n-----END EC PRIVATE KEY-----\n"),
	}, map[string]string{"listener.cattle.io/cn-10.43.0.1": "10.43.0.1", "listener.cattle.io/cn-" + address: address, "listener.cattle.io/fingerprint": "SHA1=0000000000000000000000000000000000000000"})
	for i := 0; i < 3; i++ {
		s.secret("kube-system", fmt.Sprintf("sh.helm.release.v1.traefik.v%d", i+1), "helm.sh/release.v1", map[string][]byte{
			"release": []byte(strings.Repeat(base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf("practice release %d ", i))), 40)),
		}, nil)
	}
	s.secret("kube-system", "chart-values-traefik", corev1.SecretTypeOpaque, map[string][]byte{"values-01_HelmChart.yaml": []byte("deployment:\n  podAnnotations:\n    prometheus.io/port: \"8082\"\n")}, nil)
	s.secret("default", "station-radio", corev1.SecretTypeOpaque, map[string][]byte{"passphrase": []byte("practice: the weather balloon is up")}, nil)
}

func (s store) workloads() {
	images := []struct{ name, image string }{
		{"coredns", "rancher/mirrored-coredns-coredns:1.12.3"}, {"local-path-provisioner", "rancher/local-path-provisioner:v0.0.31"},
		{"metrics-server", "rancher/mirrored-metrics-server:v0.8.0"}, {"traefik", "rancher/mirrored-library-traefik:3.3.6"},
	}
	one := int32(1)
	for _, app := range images {
		labels := map[string]string{"k8s-app": app.name, "objectset.rio.cattle.io/hash": "practice"}
		template := corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{ServiceAccountName: app.name, Containers: []corev1.Container{{Name: app.name, Image: app.image, ImagePullPolicy: corev1.PullIfNotPresent}}},
		}
		s.object("/registry/serviceaccounts/kube-system/"+app.name, &corev1.ServiceAccount{ObjectMeta: meta("kube-system", app.name, labels)})
		s.object("/registry/deployments/kube-system/"+app.name, &appsv1.Deployment{
			ObjectMeta: meta("kube-system", app.name, labels),
			Spec:       appsv1.DeploymentSpec{Replicas: &one, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template},
			Status:     appsv1.DeploymentStatus{Replicas: 1, ReadyReplicas: 1, AvailableReplicas: 1, UpdatedReplicas: 1, ObservedGeneration: 1},
		})
		set := meta("kube-system", app.name+"-6799fbcd5", labels)
		s.object("/registry/replicasets/kube-system/"+set.Name, &appsv1.ReplicaSet{ObjectMeta: set, Spec: appsv1.ReplicaSetSpec{Replicas: &one, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template}})
		pod := meta("kube-system", app.name+"-6799fbcd5-x2x7q", labels)
		spec := template.Spec
		spec.NodeName = node
		s.object("/registry/pods/kube-system/"+pod.Name, &corev1.Pod{ObjectMeta: pod, Spec: spec, Status: corev1.PodStatus{Phase: corev1.PodRunning, HostIP: address}})
		s.object("/registry/services/specs/kube-system/"+app.name, &corev1.Service{
			ObjectMeta: meta("kube-system", app.name, labels),
			Spec:       corev1.ServiceSpec{Selector: labels, ClusterIP: "10.43.0.10", Type: corev1.ServiceTypeClusterIP, Ports: []corev1.ServicePort{{Name: "main", Port: 53, Protocol: corev1.ProtocolUDP}}},
		})
		s.object("/registry/endpointslices/kube-system/"+app.name+"-8s2kd", &discoveryv1.EndpointSlice{
			ObjectMeta: meta("kube-system", app.name+"-8s2kd", labels), AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.42.0.5"}}},
		})
	}
	s.object("/registry/services/specs/default/kubernetes", &corev1.Service{
		ObjectMeta: meta("default", "kubernetes", map[string]string{"component": "apiserver", "provider": "kubernetes"}),
		Spec:       corev1.ServiceSpec{ClusterIP: "10.43.0.1", Type: corev1.ServiceTypeClusterIP, Ports: []corev1.ServicePort{{Name: "https", Port: 443, Protocol: corev1.ProtocolTCP}}},
	})
	s.object("/registry/jobs/kube-system/helm-install-traefik", &batchv1.Job{ObjectMeta: meta("kube-system", "helm-install-traefik", nil), Status: batchv1.JobStatus{Succeeded: 1}})
	s.object("/registry/configmaps/kube-system/coredns", &corev1.ConfigMap{
		ObjectMeta: meta("kube-system", "coredns", nil),
		Data:       map[string]string{"Corefile": ".:53 {\n    errors\n    health\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n    cache 30\n}\n", "NodeHosts": address + " " + node + "\n"},
	})
	s.object("/registry/configmaps/kube-system/local-path-config", &corev1.ConfigMap{
		ObjectMeta: meta("kube-system", "local-path-config", nil),
		Data:       map[string]string{"config.json": "{\"nodePathMap\":[{\"node\":\"DEFAULT_PATH_FOR_NON_LISTED_NODES\",\"paths\":[\"/var/lib/rancher/k3s/storage\"]}]}"},
	})
	s.object("/registry/configmaps/kube-system/cluster-dns", &corev1.ConfigMap{ObjectMeta: meta("kube-system", "cluster-dns", nil), Data: map[string]string{"clusterDNS": "10.43.0.10", "clusterDomain": "cluster.local"}})
	// What a station would lose: a volume on the node's own disk.
	local := "local-path"
	volume := meta("", "pvc-7d8f3c52-4b2a-4f6e-9a57-5d2c1e0b9f10", nil)
	s.object("/registry/persistentvolumes/"+volume.Name, &corev1.PersistentVolume{
		ObjectMeta: volume,
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName: local, Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/lib/rancher/k3s/storage/" + volume.Name + "_default_weather-log"}},
			ClaimRef:               &corev1.ObjectReference{Kind: "PersistentVolumeClaim", Namespace: "default", Name: "weather-log"},
			NodeAffinity:           &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "kubernetes.io/hostname", Operator: corev1.NodeSelectorOpIn, Values: []string{node}}}}}}},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	})
	s.object("/registry/persistentvolumeclaims/default/weather-log", &corev1.PersistentVolumeClaim{
		ObjectMeta: meta("default", "weather-log", nil),
		Spec:       corev1.PersistentVolumeClaimSpec{StorageClassName: &local, VolumeName: volume.Name, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}},
		Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
	})
	class := meta("", local, nil)
	class.Annotations = map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}
	s.object("/registry/storageclasses/"+local, &storagev1.StorageClass{ObjectMeta: class, Provisioner: "rancher.io/local-path"})
	for name, value := range map[string]int32{"system-cluster-critical": 2000000000, "system-node-critical": 2000001000} {
		s.object("/registry/priorityclasses/"+name, &schedulingv1.PriorityClass{ObjectMeta: meta("", name, nil), Value: value})
	}
	s.object("/registry/validatingwebhookconfigurations/none", &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: meta("", "none", nil)})
}

func (s store) roles() {
	for _, name := range []string{"cluster-admin", "admin", "edit", "view", "system:node", "system:kube-scheduler", "system:coredns", "system:metrics-server", "traefik-kube-system", "local-path-provisioner-role", "k3s-cloud-controller-manager", "system:discovery", "system:basic-user"} {
		s.object("/registry/clusterroles/"+name, &rbacv1.ClusterRole{
			ObjectMeta: meta("", name, map[string]string{"kubernetes.io/bootstrapping": "rbac-defaults"}),
			Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"nodes", "pods", "services", "endpoints", "configmaps"}}},
		})
		s.object("/registry/clusterrolebindings/"+name, &rbacv1.ClusterRoleBinding{
			ObjectMeta: meta("", name, nil), RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: name},
			Subjects: []rbacv1.Subject{{Kind: "Group", APIGroup: "rbac.authorization.k8s.io", Name: "system:masters"}},
		})
	}
}

// custom resources are kept as JSON, whatever the API server's storage media type.
func (s store) custom() {
	created := time.Unix(createdAt, 0).UTC().Format(time.RFC3339)
	head := func(kind, namespace, name string) map[string]any {
		m := map[string]any{"name": name, "uid": string(uid()), "creationTimestamp": created, "generation": 1}
		if namespace != "" {
			m["namespace"] = namespace
		}
		group := map[string]string{"HelmChart": "helm.cattle.io/v1"}[kind]
		if group == "" {
			group = "k3s.cattle.io/v1"
		}
		return map[string]any{"apiVersion": group, "kind": kind, "metadata": m}
	}
	for _, name := range []string{"ccm", "coredns", "local-storage", "aggregated-metrics-reader", "auth-delegator", "auth-reader", "metrics-apiservice", "metrics-server-deployment", "metrics-server-service", "resource-reader", "rolebindings", "runtimes", "traefik"} {
		addon := head("Addon", "kube-system", name)
		addon["spec"] = map[string]any{"checksum": strings.Repeat("0a", 32), "source": "/var/lib/rancher/k3s/server/manifests/" + name + ".yaml"}
		s.json("/registry/k3s.cattle.io/addons/kube-system/"+name, addon)
	}
	for _, name := range []string{"traefik", "traefik-crd"} {
		chart := head("HelmChart", "kube-system", name)
		chart["spec"] = map[string]any{"chart": "https://%{KUBERNETES_API}%/static/charts/" + name + "-34.2.1+up34.2.0.tgz"}
		s.json("/registry/helm.cattle.io/helmcharts/kube-system/"+name, chart)
	}
	snapshot := head("ETCDSnapshotFile", "", "local-etcd-snapshot-"+node+"-1700000000-0a0a0a")
	snapshot["spec"] = map[string]any{"snapshotName": "etcd-snapshot-" + node + "-1700000000", "nodeName": node, "location": "file:///var/lib/rancher/k3s/server/db/snapshots/etcd-snapshot-" + node + "-1700000000"}
	snapshot["status"] = map[string]any{"size": "1482784", "creationTime": created, "readyToUse": true}
	s.json("/registry/k3s.cattle.io/etcdsnapshotfiles/local-etcd-snapshot-"+node+"-1700000000-0a0a0a", snapshot)
	s.json("k3s/etcd/learnerProgress", map[string]any{"id": 0, "name": "", "raftAppliedIndex": 0, "lastProgress": "0001-01-01T00:00:00Z"})
	s.json("k3s/apiaddresses", []string{address + ":6443"})
}

// history: older revisions, leases that ran out, and tombstones of what was deleted.
func (s store) history() {
	ctx := context.Background()
	for i := 0; i < 25; i++ {
		granted, err := s.client.Grant(ctx, 3600)
		must(err)
		name := fmt.Sprintf("%s.18%014x", node, i)
		value := encode(&corev1.Event{
			ObjectMeta: meta("default", name, nil), InvolvedObject: corev1.ObjectReference{Kind: "Node", Name: node, UID: types.UID(node)},
			Reason: []string{"Starting", "NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeReady", "RegisteredNode"}[i%5], Message: "practice event", Type: corev1.EventTypeNormal, Count: 1,
		})
		_, err = s.client.Put(ctx, "/registry/events/default/"+name, string(value), clientv3.WithLease(granted.ID))
		must(err)
	}
	for i := 0; i < 30; i++ {
		s.put("compact_rev_key", []byte(fmt.Sprint(i)))
		s.object("/registry/configmaps/kube-system/chart-content-traefik", &corev1.ConfigMap{ObjectMeta: meta("kube-system", "chart-content-traefik", nil), Data: map[string]string{"revision": fmt.Sprint(i)}})
	}
	for _, key := range []string{"/registry/configmaps/kube-system/chart-content-traefik", "/registry/validatingwebhookconfigurations/none", "/registry/events/default/" + fmt.Sprintf("%s.18%014x", node, 3)} {
		_, err := s.client.Delete(ctx, key)
		must(err)
	}
	compactAt, err := s.client.Get(ctx, "compact_rev_key")
	must(err)
	_, err = s.client.Compact(ctx, compactAt.Header.Revision/3, clientv3.WithCompactPhysical())
	must(err)
}

func link(text string) url.URL {
	parsed, err := url.Parse(text)
	must(err)
	return *parsed
}

func snapshot(to string, sealed bool) {
	folder, err := os.MkdirTemp("", "practice-etcd-")
	must(err)
	defer os.RemoveAll(folder)
	config := embed.NewConfig()
	config.Dir = folder
	config.Name = node + "-5c0fde57"
	config.LogLevel = "error"
	config.TickMs, config.ElectionMs = 500, 5000
	config.ListenPeerUrls = []url.URL{link("http://127.0.0.1:0")}
	config.ListenClientUrls = []url.URL{link("unix://" + filepath.Join(folder, "client.sock"))}
	config.AdvertisePeerUrls = []url.URL{link("https://" + address + ":2380")}
	config.AdvertiseClientUrls = []url.URL{link("https://" + address + ":2379")}
	config.InitialCluster = config.Name + "=https://" + address + ":2380"
	server, err := embed.StartEtcd(config)
	must(err)
	defer server.Close()
	<-server.Server.ReadyNotify()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{"unix://" + filepath.Join(folder, "client.sock")}, DialTimeout: 5 * time.Second})
	must(err)
	defer client.Close()
	s := store{client, sealed}
	s.put(bootstrapKey, []byte(strings.Repeat("B", bootstrapBytes)))
	s.cluster()
	// Settled on disk before it is copied.
	server.Server.Backend().ForceCommit()
	stream, err := client.Snapshot(context.Background())
	must(err)
	file, err := os.Create(to)
	must(err)
	_, err = io.Copy(file, stream)
	must(err)
	must(file.Close())
}

func main() {
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, coordinationv1.AddToScheme, discoveryv1.AddToScheme,
		rbacv1.AddToScheme, schedulingv1.AddToScheme, storagev1.AddToScheme, admissionv1.AddToScheme,
	} {
		must(add(scheme))
	}
	out := "."
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	snapshot(filepath.Join(out, "encrypted.db"), true)
	uids = 0
	snapshot(filepath.Join(out, "plain.db"), false)
}
