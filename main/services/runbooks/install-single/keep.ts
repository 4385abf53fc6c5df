import { createHash } from 'node:crypto';

import type { InstallOptions, SiteNode } from '../../../../preload/contract/domain.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { judgeCertificate } from '../../../core/runbook/certificate.ts';
import { kubeconfigFor } from '../../../core/runbook/kubeconfig.ts';
import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { caHashOf, newToken, passwordOf, tokenHash } from '../../../core/server-token.ts';
import { Secret } from '../../../core/secret.ts';
import { script } from '../../../core/sh.ts';
import type { Chance, Clock } from '../../../ports.ts';
import type { KeptSecrets, Nodes } from '../../sites/nodes.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { looking, notSo, so } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { secretFile } from '../secret-file.ts';
import type { Strongbox } from '../strongbox.ts';
import { tokenNote, tokenOf } from './ground.ts';
import type { InstallGround } from './ground.ts';

export interface KeepParts {
  readonly nodes: Nodes & KeptSecrets;
  readonly chance: Chance;
  readonly clock: Clock;
  readonly strongbox: Strongbox;
}

export interface KeepOf {
  readonly ground: InstallGround;
  readonly options: InstallOptions;
  readonly node: SiteNode;
  readonly run: RunId;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** The token is on the laptop, sealed, before the node ever sees it. */
export function tokenStep({ nodes, chance }: KeepParts, { ground, node, run }: KeepOf): Step {
  const kept: Look = looking('is the server token kept on the laptop?', hands => {
    const token = tokenOf(nodes, ground, node, run);
    if (!token) return notSo('not made yet');
    hands.hide(token);
    return so(`the token ${tokenHash(token)} is kept on the laptop, sealed`);
  });
  return {
    id: 'token',
    title: 'Keep the server token',
    why: 'Without its token a snapshot opens nowhere; so it is made and kept on the laptop first.',
    weight: 1,
    changes: true,
    probe: kept,
    apply: [
      {
        is: 'laptop',
        says: 'make a server token from 16 random bytes and keep it sealed',
        work: async hands => {
          const token = newToken(chance.bytes(16));
          hands.hide(token);
          nodes.keep(node.site, 'server-token', token, tokenNote(node, run));
          return await Promise.resolve(`The token ${tokenHash(token)} was made and kept.`);
        },
      },
    ],
    verify: kept,
  };
}

const certificateScript = String.raw`# the certificates of the CA and of the API (public)
t=$1/server/tls
cat "$t/server-ca.crt" 2>/dev/null; echo '--serving--'
if [ -r "$t/dynamic-cert.json" ]; then sed -n 's/.*"tls\.crt": *"\([A-Za-z0-9+\/=]*\)".*/\1/p' "$t/dynamic-cert.json" | base64 -d
else cat "$t/serving-kube-apiserver.crt" 2>/dev/null; fi
echo; echo '--hash--'; sha256sum <"$t/server-ca.crt" 2>/dev/null | cut -c 1-64
exit 0`;

const names = ({ ground, options }: KeepOf): readonly string[] => [
  ...new Set([ground.nodeIp, ...options.tlsSan]),
];

/** Certificate of the API: signed by the cluster's CA, names the node, valid by the laptop's clock. */
export function certificateStep({ clock }: KeepParts, of: KeepOf): Step {
  const command = script(certificateScript, dataFolder);
  return {
    id: 'certificate',
    title: 'Check the API’s certificate',
    why: 'A certificate made with a wrong clock or without the right names fails later, when nobody looks.',
    weight: 1,
    changes: false,
    apply: [],
    verify: {
      shows: [{ text: command.text, as: 'root' }],
      look: async (hands, again) => {
        const { stdout } = await hands.exec(command, { as: 'root', again, hush: true });
        const [ca = '', rest = ''] = stdout.split('--serving--');
        return judgeCertificate(ca, rest.split('--hash--')[0] ?? '', names(of), clock.now());
      },
      patience: { everyMs: 2000, forMs: 30_000, what: 'Waiting for the certificate' },
    },
  };
}

/** The full token with the CA's hash, as K3s made it, joins the history; the CA's hash tells this cluster from others. */
export function recordStep({ nodes }: KeepParts, { node, ground }: KeepOf, version: string): Step {
  const path = `${dataFolder}/server/token`;
  const read = async (hands: Hands): Promise<Secret | undefined> => {
    const full = await secretFile(hands, path);
    return full && new Secret(full.reveal().trim());
  };
  const kept: Look = looking(
    `read ${path} (as root; not shown) and compare it with what the laptop keeps`,
    async hands => {
      const full = await read(hands);
      if (!full) return notSo(`${path} is not there`);
      hands.hide(full);
      const hash = caHashOf(full);
      if (hash === undefined) return notSo('the node’s token does not name its CA');
      const { stdout } = await hands.exec(
        script(`sha256sum <"$1" | cut -c 1-64`, `${dataFolder}/server/tls/server-ca.crt`),
        { as: 'root' },
      );
      if (stdout.trim() !== hash) return notSo('the CA on the node is not the one its token names');
      const known = nodes
        .history(node.site, 'server-token')
        .some(({ secret }) => secret.reveal() === full.reveal());
      const learned = nodes.get(node.id).caHash === hash && nodes.get(node.id).k3sVersion === version;
      return known && learned
        ? so(`CA ${hash.slice(0, 12)}…, its full token is kept`)
        : notSo('not kept yet');
    },
  );
  return {
    id: 'record',
    title: 'Keep the full token and the CA’s hash',
    why: 'With the hash the laptop knows this cluster again, and a restore elsewhere can check that it is the right one.',
    weight: 1,
    changes: true,
    probe: kept,
    apply: [
      {
        is: 'laptop',
        says: `keep the token in ${path} sealed, and remember the CA’s hash and the version`,
        work: async hands => {
          const full = await read(hands);
          const hash = full && caHashOf(full);
          if (!full || hash === undefined) return 'The node has no full token.';
          sameToken(full, ground, node);
          nodes.keep(node.site, 'server-token', full, `read from ${node.name}`);
          nodes.learned(node.id, {
            caHash: hash,
            k3sVersion: version,
            machineId: hands.link.who.machineId,
            bootId: hands.link.who.bootId,
          });
          return `The full token was kept; the CA’s hash is ${hash}.`;
        },
      },
    ],
    verify: kept,
  };
}

function sameToken(full: Secret, { token }: InstallGround, node: SiteNode): void {
  if (token.is === 'new' || tokenHash(passwordOf(full)) === token.hash) return;
  throw new FieldError({
    code: 'check-failed',
    says: 'The cluster on the node has another token than the one it was set up with.',
    about: node.name,
    untouched: 'Both tokens are kept.',
    next: 'Somebody rotated it: begin a new run, which takes the present one.',
  });
}

/** The kubeconfig with the node's address, sealed on the laptop. */
export function kubeconfigStep({ nodes }: KeepParts, { node, ground }: KeepOf): Step {
  const path = '/etc/rancher/k3s/k3s.yaml';
  const fetched = async (hands: Hands): Promise<Secret | undefined> => {
    const file = await secretFile(hands, path);
    const text = file && kubeconfigFor(file.reveal(), ground.nodeIp);
    return text === undefined ? undefined : new Secret(text);
  };
  const kept: Look = looking(
    `read ${path} (as root; not shown) and compare it with the one the laptop keeps`,
    async hands => {
      const now = await fetched(hands);
      if (!now) return notSo(`${path} is not there yet`);
      const latest = nodes.latest(node.site, 'kubeconfig');
      return latest?.secret.reveal() === now.reveal()
        ? so(
            `kept since ${latest.madeAt.slice(0, 10)}, SHA-256 ${sha256(Buffer.from(now.reveal())).slice(0, 12)}…`,
          )
        : notSo('not kept yet, or made anew by K3s');
    },
  );
  return {
    id: 'kubeconfig',
    title: 'Fetch the kubeconfig',
    why: `The key to the cluster is kept on the laptop, with the node’s address ${ground.nodeIp} in it.`,
    weight: 1,
    changes: true,
    probe: kept,
    apply: [
      {
        is: 'laptop',
        says: `keep ${path} sealed, with https://${ground.nodeIp} as its server`,
        work: async hands => {
          const now = await fetched(hands);
          if (now) nodes.keep(node.site, 'kubeconfig', now, `of ${node.name}`);
          return now ? 'The kubeconfig was kept.' : `${path} is not there.`;
        },
      },
    ],
    verify: kept,
  };
}
