import { bootstrapKey, caHash, fullToken, openBootstrap } from '../../../core/server-token.ts';
import { rootCred } from '../disk/nodes.ts';
import type { Tree } from '../disk/tree.ts';

const server = '/var/lib/rancher/k3s/server';

/** What the datastore keeps besides objects, by its name there, and the file below `server/` it is (facts §5). */
export const bootstrapFiles: readonly (readonly [name: string, path: string])[] = [
  ['ServerCA', 'tls/server-ca.crt'],
  ['ServerCAKey', 'tls/server-ca.key'],
  ['ClientCA', 'tls/client-ca.crt'],
  ['ClientCAKey', 'tls/client-ca.key'],
  ['ServiceKey', 'tls/service.key'],
  ['PasswdFile', 'cred/passwd'],
  ['RequestHeaderCA', 'tls/request-header-ca.crt'],
  ['RequestHeaderCAKey', 'tls/request-header-ca.key'],
  ['IPSECKey', 'cred/ipsec.psk'],
  ['EncryptionConfig', 'cred/encryption-config.json'],
  ['EncryptionHash', 'cred/encryption-state.json'],
  ['ETCDServerCA', 'tls/etcd/server-ca.crt'],
  ['ETCDServerCAKey', 'tls/etcd/server-ca.key'],
  ['ETCDPeerCA', 'tls/etcd/peer-ca.crt'],
  ['ETCDPeerCAKey', 'tls/etcd/peer-ca.key'],
];

/** Whether a database holds the bootstrap data of any cluster. */
export const hasBootstrap = (db: Uint8Array): boolean =>
  /\/bootstrap\/[0-9a-f]{12}/.test(Buffer.from(db).toString('latin1'));

/** Contents of the files a database keeps, by their path below `server/`; undefined when this password opens nothing in it. */
function bootstrapOf(db: Uint8Array, password: string): ReadonlyMap<string, Buffer> | undefined {
  const text = Buffer.from(db).toString('latin1');
  // The value stands right behind its key, in one piece: the page it lies in overflows into the next ones.
  const at = text.lastIndexOf(bootstrapKey(password));
  const value = at < 0 ? undefined : /[0-9a-f]{16}:[A-Za-z0-9+/]+=*/.exec(text.slice(at))?.[0];
  const opened = value === undefined ? undefined : openBootstrap(password, value);
  if (!opened) return undefined;
  const kept = JSON.parse(Buffer.from(opened).toString()) as Record<string, { readonly Content: string }>;
  return new Map(
    bootstrapFiles.flatMap(([name, path]) => {
      const content = Buffer.from(kept[name]?.Content ?? '', 'base64');
      return content.length === 0 ? [] : [[path, content] as const];
    }),
  );
}

/**
 * Writes the authorities, keys and token of the cluster a database is of, in the place of those that were there, which
 * are set aside as `tls-<seconds>`. Leaves are made anew at the next start. False when this password does not open it.
 */
export function rebootstrap(tree: Tree, db: Uint8Array, password: string, seconds: number): boolean {
  const files = bootstrapOf(db, password);
  if (!files) return false;
  if (tree.peek(`${server}/tls`)) tree.rename(`${server}/tls`, `${server}/tls-${seconds}`, rootCred);
  for (const folder of [server, `${server}/tls`, `${server}/tls/etcd`, `${server}/cred`])
    tree.makeFolders(folder, 0o700, rootCred);
  for (const [path, content] of files)
    tree.write(`${server}/${path}`, content, path.endsWith('.crt') ? 0o644 : 0o600);
  const hash = caHash(files.get('tls/server-ca.crt') ?? Buffer.alloc(0)) ?? '';
  tree.write(`${server}/token`, `${fullToken(hash, password)}\n`, 0o600);
  for (const name of ['node-token', 'agent-token'])
    if (!tree.peek(`${server}/${name}`)) tree.makeLink(`${server}/token`, `${server}/${name}`, rootCred);
  return true;
}
