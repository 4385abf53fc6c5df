import { noNetwork } from './senses.ts';
import type { TestContext } from 'node:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Exit, Link, Links } from '../../main/ports.ts';
import { sh } from '../../main/core/sh.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import { folder } from './folder.ts';
import type { RealNode } from './nodes/node.ts';
import { compose } from '../../main/compose.ts';
import { noBlackBoxes, noConsoles } from '../../main/links/serial/none.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import { openHome } from '../../main/machine/home.ts';
import { localSticks } from '../../main/machine/sticks.ts';
import { openVault } from '../../main/machine/vault.ts';
import { metricsBox } from '../../main/machine/metrics.ts';
import { work } from '../../main/machine/work.ts';
import { openStore } from '../../main/store/open.ts';
import { build, resourcesFolder } from '../../main/version.ts';
import { context } from './sites.ts';
import type { OpenApp } from './practice-site.ts';

/** Asked before each command: `cut` loses the line before it is sent, `cut after` when it was done. */
export type AtCommand = (command: string) => 'go' | 'cut' | 'cut after';

export interface Faults {
  at?: AtCommand;
  /** What happens at a cut besides the lost line, such as a pulled plug; gets the command. */
  cutBy?: (command: string) => Promise<void>;
}

const lost = (about: string): FieldError =>
  new FieldError({
    code: 'link-lost',
    says: 'The line is gone.',
    about,
    untouched: 'Nothing more was sent.',
    next: 'Continue the run.',
  });

/**
 * A link that enters a real machine as root past SSH and console: for tests of what remedies do to a machine whose network
 * is down or whose boot is stuck. The links themselves have tests of their own.
 */
export async function throughTheWall(node: RealNode, faults: Faults = {}): Promise<Link> {
  let isLost = false;
  const lostNow = Promise.withResolvers<void>();
  const cut = async (text: string): Promise<never> => {
    isLost = true;
    await faults.cutBy?.(text);
    lostNow.resolve();
    throw lost(node.name);
  };
  const run = async (text: string): Promise<Exit> => {
    if (isLost) throw lost(node.name);
    const fault = faults.at?.(text) ?? 'go';
    if (fault === 'cut') await cut(text);
    const { code, stdout, stderr } = await node.run(text);
    if (fault === 'cut after') await cut(text);
    // 255 is what entering itself says when the machine is off
    if (code === 255 && stderr.includes('the node is off')) throw lost(node.name);
    return { code, signal: null, stdout, stderr, truncated: false };
  };
  const said = async (text: string): Promise<string> => (await run(text)).stdout.trim();
  const [hostname = '', machineId = '', bootId = ''] = (
    await said('hostname; cat /etc/machine-id /proc/sys/kernel/random/boot_id')
  ).split('\n');
  const read = async (path: string): Promise<Buffer> => {
    const { code, stdout } = await run(sh`base64 -w 0 ${path}`.text);
    if (code !== 0)
      throw new FieldError({
        code: 'no-such-thing',
        says: `${path} is not there.`,
        untouched: 'Nothing was done.',
        next: 'Look.',
      });
    return Buffer.from(stdout, 'base64');
  };
  const write = async (path: string, content: Uint8Array, mode: number): Promise<void> => {
    const parts =
      Buffer.from(content)
        .toString('base64')
        .match(/.{1,90000}/gs) ?? [];
    await run(sh`: >${`${path}.part`}`.text);
    for (const part of parts) await run(sh`printf %s ${part} | base64 -d >>${`${path}.part`}`.text);
    const done = await run(
      sh`chmod ${mode.toString(8)} ${`${path}.part`} && mv ${`${path}.part`} ${path}`.text,
    );
    if (done.code !== 0)
      throw new FieldError({
        code: 'could-not',
        says: done.stderr,
        untouched: 'The file is as it was.',
        next: 'Look.',
      });
  };
  return {
    kind: 'serial',
    who: { hostname, machineId, bootId },
    lost: lostNow.promise,
    exec: async (command, { onOutput, stdin }) => {
      if (stdin !== undefined) throw new Error('no input through this link');
      const exit = await run(command.text);
      await onOutput?.('stdout', Buffer.from(exit.stdout));
      return exit;
    },
    async stat(path) {
      const found = await said(sh`stat -L -c '%F|%s|%a|%u|%g|%Y' ${path} 2>/dev/null`.text);
      const [kind = '', bytes, mode = '0', uid, gid, modified] = found.split('|');
      return found === ''
        ? undefined
        : {
            kind: kind.includes('directory') ? 'folder' : kind.includes('regular') ? 'file' : 'other',
            bytes: Number(bytes),
            mode: parseInt(mode, 8),
            uid: Number(uid),
            gid: Number(gid),
            modified: Number(modified),
          };
    },
    readFile: read,
    writeFile: (path, content, { mode }) =>
      write(path, content instanceof Uint8Array ? content : Buffer.from(content.reveal()), mode),
    async upload(from, path, { mode, sha256 = '' }) {
      await write(path, await from.read(0, from.bytes), mode);
      return { bytes: from.bytes, sha256, resumedAt: 0 };
    },
    async download(path, to) {
      const all = await read(path);
      await to.truncate(0);
      await to.append(all);
      return {
        bytes: all.length,
        sha256: await said(sh`sha256sum ${path} | cut -c 1-64`.text),
        resumedAt: 0,
      };
    },
    sudo: () => Promise.resolve('root'),
    shell: () => Promise.reject(new Error('no shell through this link')),
    close: async () => {
      lostNow.resolve();
      await lostNow.promise;
    },
  };
}

/** The app with one real machine as its node, entered past SSH and console. In the practice world, so it needs no passphrase. */
export async function realSite(
  t: TestContext,
  node: RealNode,
  faults: Faults = {},
  others: readonly RealNode[] = [],
): Promise<OpenApp> {
  const folderOfHome = join(folder(t), 'home');
  mkdirSync(folderOfHome);
  const home = openHome({ env: { COLDSTART_HOME: folderOfHome }, world: 'practice' });
  const store = openStore(home.db);
  const links: Links = {
    open: ({ port }) => {
      const other = others.find(one => one.port === port);
      return other ? throughTheWall(other) : throughTheWall(node, faults);
    },
    trust: () => Promise.resolve(),
    trustByCable: () => Promise.resolve([]),
  };
  const composed = compose({
    world: 'practice',
    door: 'terminal',
    version: build,
    ports: {
      clock: systemClock,
      chance: systemChance,
      links,
      consoles: noConsoles,
      blackBoxes: noBlackBoxes,
      files: localFiles(),
      sticks: localSticks(),
      work: work(),
      awake: { hold: () => ({ close: () => undefined }) },
      power: { supplies: async () => [] },
      metrics: metricsBox(),
      senses: noNetwork,
    },
    store,
    vault: openVault(home.vault, { practice: true, chance: systemChance }),
    home,
    shippedKeys: join(resourcesFolder(), 'keys'),
    warnings: () => [],
    station: () => undefined,
    isStation: () => true,
  });
  const { handlers } = composed;
  const { calls } = handlers;
  const site = await calls['site.create']({ name: 'Dome C' }, context());
  const login = { is: 'agent' } as const;
  const add = ({ name, port }: RealNode) =>
    calls['node.add']({ site: site.id, name, address: '127.0.0.1', port, user: 'root', login }, context());
  const { id } = await add(node);
  for (const other of others) await add(other);
  const app: OpenApp = {
    handlers,
    calls,
    site: site.id,
    node: id,
    close: async () => {
      await composed.close();
      store.close();
    },
  };
  t.after(() => app.close());
  return app;
}

/**
 * Puts a stand-in for K3s on the machine: a script under a real systemd unit that behaves as K3s does where remedies are
 * concerned. It says why it does not start in K3s' own words (facts §14), makes an EMPTY cluster where the real one would,
 * and renews certificates at its start. No real K3s can be had here.
 */
export async function standInK3s(
  node: RealNode,
  config = 'cluster-init: true\ntoken: "right"\n',
): Promise<void> {
  const script = String.raw`#!/bin/sh
d=/var/lib/rancher/k3s c=/etc/rancher/k3s/config.yaml
fatal() { echo "time=\"now\" level=fatal msg=\"$*\""; exit 1; }
node=$(hostname)
certs() {
  mkdir -p $d/server/tls/etcd; cd $d/server/tls || exit 1
  [ -e server-ca.crt ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server-ca.key -out server-ca.crt -days 3650 -subj /CN=k3s-server-ca 2>/dev/null
  if [ ! -e serving-kube-apiserver.crt ] || ! openssl x509 -checkend $((120 * 86400)) -noout -in serving-kube-apiserver.crt >/dev/null; then
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout serving-kube-apiserver.key -out x.csr -subj /CN=kube-apiserver 2>/dev/null
    openssl x509 -req -in x.csr -CA server-ca.crt -CAkey server-ca.key -CAcreateserial -days 365 -out serving-kube-apiserver.crt 2>/dev/null
  fi; cd /
}
case $1 in
  --version) echo 'k3s version v1.33.5+k3s1 (stand-in)' ;;
  server)
    for k in $(sed -n 's/^\([a-zA-Z0-9+-]*\):.*/\1/p' $c); do
      case $k in cluster-init|token|server|node-name|node-ip|tls-san|disable) ;; *) echo "Incorrect Usage: flag provided but not defined: -$k"; exit 1 ;; esac
    done
    mkdir -p $d/server/db && echo probe >$d/server/db/.write || fatal 'write failed: no space left on device'
    rm -f $d/server/db/.write
    certs
    if [ -e $d/server/db/etcd/member/broken ]; then fatal 'failed to read WAL, cannot be repaired'; fi
    t=$(sed -n 's/^token: *//p' $c | tr -d '"')
    if [ ! -d $d/server/db/etcd/member ]; then
      if grep -q '^server:' $c; then mkdir -p $d/server/db/etcd/member && echo JOINED >$d/server/db/etcd/member/made && echo "$t" >$d/server/db/etcd/member/token; fi
    fi
    if [ ! -d $d/server/db/etcd/member ]; then
      grep -q '^cluster-init: true' $c || fatal 'no cluster to join'
      mkdir -p $d/server/db/etcd/member && echo EMPTY >$d/server/db/etcd/member/made && echo "$t" >$d/server/db/etcd/member/token
      echo "K10$(sha256sum <$d/server/tls/server-ca.crt | cut -c 1-64)::server:$t" >$d/server/token
    fi
    [ "$t" = "$(cat $d/server/db/etcd/member/token)" ] || fatal 'bootstrap data already found and encrypted with different token'
    touch /run/k3s-ready; trap 'rm -f /run/k3s-ready; exit 0' TERM
    while :; do sleep 0.2; done ;;
  kubectl)
    [ -e /run/k3s-ready ] || { echo 'The connection to the server 127.0.0.1:6443 was refused' >&2; exit 1; }
    case "$2 $3" in
      'get nodes') printf '{"items":['; p=; for m in $d/members/*; do [ -e "$m" ] || continue
        printf '%s{"metadata":{"name":"%s","labels":{"node-role.kubernetes.io/etcd":"true"}},"status":{"conditions":[{"type":"Ready","status":"%s"}]}}' "$p" "$(basename $m)" "$(cat $m)"; p=,; done; echo ']}' ;;
      'delete node') rm $d/members/$4 ;;
      'get node') [ ! -d $d/members ] || [ -e "$d/members/$4" ] || { echo "nodes $4 not found" >&2; exit 1; }
        printf '{"kind":"Node","metadata":{"name":"%s","labels":{"node-role.kubernetes.io/etcd":"true"}},"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"EtcdIsVoter","status":"True"}],"nodeInfo":{"kubeletVersion":"v1.33.5+k3s1"}}}' "$4" ;;
      *) exit 1 ;;
    esac ;;
  certificate) [ -e /run/k3s-ready ] && { echo 'k3s must be stopped'; exit 1; }; rm -f $d/server/tls/serving-*; echo rotated ;;
  etcd-snapshot) exit 1 ;;
  *) exit 1 ;;
esac
`;
  await node.done(
    sh`mkdir -p /etc/rancher/k3s /usr/local/bin; printf %s ${config} >/etc/rancher/k3s/config.yaml; chmod 600 /etc/rancher/k3s/config.yaml
printf %s ${script} >/usr/local/bin/k3s; chmod 755 /usr/local/bin/k3s
printf '[Unit]\nDescription=stand-in\n[Service]\nExecStart=/usr/local/bin/k3s server\nKillMode=process\nRestart=always\nRestartSec=1s\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/k3s.service
systemctl daemon-reload; systemctl enable -q --now k3s`.text,
  );
}

/** Waits until the stand-in serves, or throws with its last words. */
export const untilServing = (node: RealNode): Promise<string> =>
  node.done(
    'n=0; until [ -e /run/k3s-ready ]; do n=$((n + 1)); [ $n -lt 100 ] || { journalctl -u k3s -n 5 --no-pager -o cat; exit 1; }; sleep 0.1; done',
  );
