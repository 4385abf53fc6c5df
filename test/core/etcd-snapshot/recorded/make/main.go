// Makes the recorded files: a snapshot of a real etcd 3.6 with an alarm, a lease, deletions and a compaction, the same
// after `etcdutl snapshot restore --bump-revision`, and bbolt files that are not etcd's. See README.md.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func start(folder, port string) (*embed.Etcd, *clientv3.Client) {
	cfg := embed.NewConfig()
	cfg.Dir, cfg.Name, cfg.LogLevel = folder, "cp1", "error"
	at := func(p string) []url.URL { return []url.URL{{Scheme: "http", Host: "127.0.0.1:" + p}} }
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = at(port), at(port)
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = at("1"+port), at("1"+port)
	cfg.InitialCluster = "cp1=http://127.0.0.1:1" + port
	server, err := embed.StartEtcd(cfg)
	must(err)
	<-server.Server.ReadyNotify()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{"127.0.0.1:" + port}})
	must(err)
	return server, client
}

func fill(ctx context.Context, client *clientv3.Client) {
	lease, err := client.Grant(ctx, 3600)
	must(err)
	for n := 0; n < 120; n++ {
		key := fmt.Sprintf("/registry/configmaps/ns-%d/item-%03d", n%3, n%60)
		_, err := client.Put(ctx, key, fmt.Sprintf("k8s\x00 value %d of %s", n, key))
		must(err)
	}
	_, err = client.Put(ctx, "/registry/masterleases/192.168.50.11", "k8s\x00 lease", clientv3.WithLease(lease.ID))
	must(err)
	for n := 0; n < 10; n++ {
		_, err := client.Delete(ctx, fmt.Sprintf("/registry/configmaps/ns-%d/item-%03d", n%3, n))
		must(err)
	}
	_, err = client.Put(ctx, "/registry/configmaps/ns-0/item-000", "again")
	must(err)
	_, err = client.Compact(ctx, 40)
	must(err)
}

func snapshot(ctx context.Context, client *clientv3.Client, to string) {
	reader, err := client.Snapshot(ctx)
	must(err)
	file, err := os.Create(to)
	must(err)
	_, err = io.Copy(file, reader)
	must(err)
	must(file.Close())
}

func foreign(to string) {
	db, err := bolt.Open(to, 0o600, &bolt.Options{FreelistType: bolt.FreelistArrayType})
	must(err)
	for round := 0; round < 3; round++ {
		must(db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("io.containerd.metadata"))
			must(err)
			within, err := bucket.CreateBucketIfNotExists([]byte("v1"))
			must(err)
			for n := 0; n < 400; n++ {
				must(within.Put([]byte(fmt.Sprintf("image-%04d", n)), make([]byte, 40+round*20)))
			}
			return nil
		}))
	}
	must(db.Close())
}

func main() {
	out := os.Args[1]
	work, err := os.MkdirTemp("", "recorded")
	must(err)
	defer os.RemoveAll(work)
	ctx := context.Background()
	server, client := start(filepath.Join(work, "one"), "2379")
	fill(ctx, client)
	_, err = server.Server.Alarm(ctx, &pb.AlarmRequest{
		Action: pb.AlarmRequest_ACTIVATE, MemberID: uint64(server.Server.MemberID()), Alarm: pb.AlarmType_NOSPACE})
	must(err)
	// etcd writes its storage version some seconds after it knows the version of the cluster.
	time.Sleep(15 * time.Second)
	first := filepath.Join(out, "etcd-3.6.db")
	snapshot(ctx, client, first)
	client.Close()
	server.Close()

	restored := filepath.Join(work, "restored")
	restore := exec.Command(os.Args[2], "snapshot", "restore", first, "--data-dir", restored,
		"--name", "cp1", "--initial-cluster", "cp1=http://127.0.0.1:13379",
		"--initial-advertise-peer-urls", "http://127.0.0.1:13379", "--bump-revision", "1000", "--mark-compacted")
	restore.Stderr = os.Stderr
	must(restore.Run())
	raw, err := os.ReadFile(filepath.Join(restored, "member/snap/db"))
	must(err)
	must(os.WriteFile(filepath.Join(out, "restored-raw.db"), raw, 0o600))
	foreign(filepath.Join(out, "foreign.db"))
}
