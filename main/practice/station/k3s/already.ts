import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOn } from '../run.ts';
import type { Station } from '../station.ts';

const config = {
  etcd: 'cluster-init: true\nsecrets-encryption: true\n',
  sqlite: 'write-kubeconfig-mode: "0644"\n',
} as const;

/**
 * Installs K3s the way somebody may have done it before we came, from the practice bundle in `resources/bundle`.
 * Without `cluster-init` K3s keeps its data in SQLite. Throws when the node refuses.
 */
export async function installBefore(
  station: Station,
  resources: string,
  datastore: 'etcd' | 'sqlite',
): Promise<void> {
  const { tree } = station;
  const from = (name: string): Buffer => readFileSync(join(resources, 'bundle', name));
  const archive = `k3s-airgap-images-${station.arch}.tar.zst`;
  tree.write('/usr/local/bin/k3s', from(station.arch === 'arm64' ? 'k3s-arm64' : 'k3s'), 0o755);
  tree.write(`/var/lib/rancher/k3s/agent/images/${archive}`, from(archive));
  tree.write('/etc/rancher/k3s/config.yaml', config[datastore], 0o600);
  tree.write('/tmp/install.sh', from('install.sh'), 0o755);
  const ran = await runOn(
    station,
    'INSTALL_K3S_SKIP_DOWNLOAD=true sh /tmp/install.sh && rm -f /tmp/install.sh',
  );
  if (ran.status !== 0)
    throw new Error(`the practice node could not be prepared: ${ran.stdout}${ran.stderr}`);
}
