import type { NodeId } from '../../../preload/contract/ids.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { script } from '../../core/sh.ts';
import { Secret } from '../../core/secret.ts';
import type { Link } from '../../ports.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';

/**
 * What it takes beside a snapshot to make this machine again: K3s' settings, its unit with the environment, the node's
 * password, the version, and which image archives lie there (k3s etcd-snapshot documentation; facts §6). The cluster's
 * kubeconfig is left out: a restored server writes its own. POSIX: hex by od, because not every node has base64.
 */
const collect = `cd / || exit 1
set --
for f in etc/rancher/k3s/config.yaml etc/rancher/k3s/config.yaml.d etc/rancher/k3s/registries.yaml etc/rancher/k3s/k3s.env \\
  etc/rancher/node/password etc/systemd/system/k3s.service etc/systemd/system/k3s.service.d etc/systemd/system/k3s.service.env \\
  etc/systemd/system/k3s-agent.service etc/systemd/system/k3s-agent.service.d etc/systemd/system/k3s-agent.service.env \\
  etc/init.d/k3s etc/init.d/k3s-agent etc/conf.d/k3s etc/default/k3s etc/sysconfig/k3s etc/hostname etc/hosts; do
  if [ -e "$f" ]; then set -- "$@" "$f"; fi
done
echo "version $(/usr/local/bin/k3s --version 2>/dev/null | head -n 1)"
for f in var/lib/rancher/k3s/agent/images/*; do if [ -f "$f" ]; then echo "image \${f##*/}"; fi; done
if [ "$#" -gt 0 ]; then echo "files $#"; tar -cf - "$@" 2>/dev/null | gzip -c | od -An -v -tx1 | tr -d ' \\n'; echo; fi
echo end`;

const most = 8 * 1024 * 1024;

/** The configuration set of a node, as it is kept in the vault and carried in an export. */
export interface ConfigurationSet {
  readonly format: 1;
  readonly node: NodeId;
  readonly name: string;
  readonly address: string;
  readonly version: string;
  readonly images: readonly string[];
  /** tar.gz of the files, paths from the root, in base64; empty where the node has none of them. */
  readonly files: string;
}

/** Reads what `collect` printed; undefined when the end is missing, so that half a set is never kept. */
export function configurationIn(
  stdout: string,
  node: Pick<ConfigurationSet, 'node' | 'name' | 'address'>,
): ConfigurationSet | undefined {
  const lines = stdout.split('\n').map(line => line.replace(/\r$/, ''));
  if (!lines.includes('end')) return undefined;
  const begun = lines.findIndex(line => /^files \d+$/.test(line));
  const hex = begun < 0 ? '' : (lines[begun + 1] ?? '');
  if (!/^(?:[0-9a-f]{2})*$/.test(hex) || (begun >= 0 && hex === '')) return undefined;
  const after = (mark: string): readonly string[] =>
    lines.filter(line => line.startsWith(mark)).map(line => line.slice(mark.length).trim());
  return {
    format: 1,
    ...node,
    version: after('version ')[0] ?? '',
    images: after('image '),
    files: Buffer.from(hex, 'hex').toString('base64'),
  };
}

/** Takes the configuration set of a node over an open link into the vault. Throws `could-not`, `vault-locked`. */
export async function takeConfiguration(
  { nodes }: { readonly nodes: Nodes & KeptSecrets },
  link: Link,
  id: NodeId,
  signal: AbortSignal,
): Promise<ConfigurationSet> {
  const { name, address } = nodes.get(id);
  const { stdout } = await link.exec(script(collect), {
    signal,
    as: 'root',
    timeoutMs: 120_000,
    keepBytes: most,
  });
  const set = configurationIn(stdout, { node: id, name, address });
  if (!set)
    throw new FieldError({
      code: 'could-not',
      says: 'The configuration of the node could not be read as a whole.',
      about: name,
      untouched: 'An earlier one on this laptop stays as it is. Nothing was changed on the node.',
      next: 'Look in the terminal whether tar, gzip and od are on the node, then pull the snapshot again.',
    });
  nodes.keep(id, 'configuration', new Secret(JSON.stringify(set)), `configuration of ${name}`);
  return set;
}
