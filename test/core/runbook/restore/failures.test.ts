import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restoreFailure } from '../../../../main/core/runbook/restore/failures.ts';

/** As K3s prints them, and a word of what is then said. */
const texts: readonly (readonly [text: string, says: RegExp])[] = [
  ['invalid flag use; --cluster-reset required with --cluster-reset-restore-path', /without being told/],
  [
    'starting kubernetes: preparing server: start managed database: etcd: snapshot path does not exist: /x',
    /where it was put/,
  ],
  ['etcd: snapshot path must be a file, not a directory: /x', /where it was put/],
  ['snapshot missing hash but --skip-hash-check=false', /cut short/],
  ['expected sha256 [1 2 3], got [4 5 6]', /damaged/],
  [
    'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
    /token does not belong/,
  ],
  ['no bootstrap data found in datastore - check server token value and verify datastore integrity', /empty/],
  [
    'failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>',
    /malformed/,
  ],
  [
    '/var/lib/rancher/k3s/server/token does not exist, please pass --token to complete the restoration',
    /no server token/,
  ],
  [
    '/var/lib/rancher/k3s/server/tls/server-ca.crt newer than datastore and could cause a cluster outage. Remove the file(s) from disk and restart to be recreated from datastore.',
    /newer than those/,
  ],
  ['unexpected compressed etcd snapshot contents', /more than one file/],
  ['Failed to reconcile with temporary etcd: walpb: crc mismatch', /old database/],
  ['failed to reconcile with local datastore: failed to read WAL', /old database/],
  ['tombstone file has been detected but --server is empty', /taken out/],
  [
    'etcd cluster join failed: duplicate node name found, please use a unique name for this node',
    /of that name/,
  ],
  [
    'Node password rejected, duplicate hostname or contents of /etc/rancher/node/password may not match server node-passwd entry',
    /another password/,
  ],
  [
    'cannot perform cluster-reset while server URL is set - remove server from configuration before resetting',
    /join another one/,
  ],
  [
    'Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally.',
    /reset before/,
  ],
  ['panic: invalid downgrade; server version is lower than determined cluster version', /newer etcd/],
  ['listen tcp 127.0.0.1:2380: bind: address already in use', /holds a port/],
  ['write /var/lib/rancher/k3s/server/db/etcd-tmp: no space left on device', /full/],
  [
    'Failed to test etcd connection: failed to get etcd status: rpc error: code = DeadlineExceeded',
    /does not answer/,
  ],
];

const noise = [
  'time="2026-11-22T10:00:00Z" level=info msg="Managed etcd cluster initializing"',
  '{"level":"info","ts":"2026-11-22T10:00:01Z","caller":"etcdserver/server.go:873","msg":"starting etcd server"}',
  'time="2026-11-22T10:00:02Z" level=warning msg="Unable to find hostname in known cluster members"',
].join('\n');

for (const [text, says] of texts)
  test(`“${text.slice(0, 60)}” is explained, on a terminal and in a journal`, () => {
    const quoted = text.replaceAll('"', String.raw`\"`);
    for (const line of [
      `\u001b[31mFATA\u001b[0m[0004] ${text}`,
      `time="2026-11-22T10:00:04Z" level=fatal msg="${quoted}"`,
      `time="2026-11-22T10:00:04Z" level=error msg="Shutdown request received: ${quoted}"`,
    ]) {
      const failure = restoreFailure(`${noise}\n${line}\nstatus=1\n`);
      assert.match(failure?.says ?? '', says);
      assert.ok((failure?.next ?? '').length > 20);
    }
  });

test('a reset that worked is no failure, though newer releases log it as an error', () => {
  const done =
    'Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes';
  assert.equal(
    restoreFailure(`${noise}\ntime="…" level=error msg="Shutdown request received: ${done}"\n`),
    undefined,
  );
  assert.equal(restoreFailure(noise), undefined);
  assert.equal(restoreFailure(''), undefined);
});

test('each text has an explanation of its own', () => {
  const all = texts.map(([text]) => restoreFailure(text)?.says);
  assert.ok(new Set(all).size >= texts.length - 2, all.join('\n'));
});
