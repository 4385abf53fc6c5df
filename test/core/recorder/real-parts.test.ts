import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { etcdNames } from '../../../main/core/recorder/sources.ts';
import { etcds } from '../../support/etcd.ts';
import { needs } from '../../support/needs.ts';
import { recorderNode } from '../../support/recorder.ts';

const server = 'var/lib/rancher/k3s/server';
const valueOf = (stdout: string, series: string): number =>
  Number(
    stdout
      .split('\n')
      .find(line => line.startsWith(`${series} `))
      ?.slice(series.length + 1) ?? NaN,
  );

test(
  'a real etcd is logged by what the overview shows of it',
  needs('etcd', 'dash', 'curl', 'busybox'),
  async t => {
    const [etcd] = await etcds(t, 1);
    assert.ok(etcd);
    etcd.start();
    await etcd.until(/serving client traffic/);
    await etcd.put(3);
    for (const shell of ['dash', 'busybox ash'] as const) {
      const node = recorderNode(t, shell);
      node.put(`${server}/db/etcd/member`, '');
      const { stdout } = await node.recordBeside('show', `etcd=${etcd.client}/metrics`);
      const named = new Set(
        [...stdout.matchAll(/^(etcd_\w+?)(?:_bucket|_sum|_count)?[{ ]/gm)].map(m => m[1]),
      );
      assert.deepEqual(named, new Set(etcdNames), shell);
      assert.equal(valueOf(stdout, 'etcd_server_has_leader'), 1);
      const buckets = (text: string): number =>
        text.split('\n').filter(line => line.startsWith('etcd_disk_wal_fsync_duration_seconds_bucket{'))
          .length;
      assert.equal(buckets(stdout), buckets(await etcd.get('/metrics')));
      assert.ok(buckets(stdout) > 10);
      assert.ok(valueOf(stdout, 'etcd_mvcc_db_total_size_in_bytes') > 1000);
      assert.equal(valueOf(stdout, 'coldstart_recorder_source_up{source="etcd"}'), 1);
    }
    await etcd.kill();
    const node = recorderNode(t, 'dash');
    node.put(`${server}/db/etcd/member`, '');
    const { stdout } = node.record('show', `etcd=${etcd.client}/metrics`);
    assert.equal(valueOf(stdout, 'coldstart_recorder_source_up{source="etcd"}'), 0, 'skipped, and said so');
    assert.doesNotMatch(stdout, /^etcd_/m);
  },
);

test(
  'the end of each certificate and the age of the newest snapshot are logged',
  needs('dash', 'openssl'),
  t => {
    const node = recorderNode(t, 'dash');
    const tls = join(node.at, 'root', server, 'tls');
    mkdirSync(tls, { recursive: true });
    const make = (name: string, days: number): number => {
      const path = join(tls, name);
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-subj',
          '/CN=x',
          '-days',
          String(days),
          '-keyout',
          '/dev/null',
          '-out',
          path,
        ],
        { stdio: 'pipe' },
      );
      const said = execFileSync('openssl', ['x509', '-noout', '-enddate', '-in', path], { encoding: 'utf8' });
      return Date.parse(said.replace('notAfter=', '')) / 1000;
    };
    const ends = new Map([
      ['client-admin.crt', make('client-admin.crt', 365)],
      ['server-ca.crt', make('server-ca.crt', 3650)],
    ]);
    node.put(`${server}/tls/broken.crt`, 'no certificate');
    for (const [name, age] of [
      ['old', 7200],
      ['new', 3600],
    ] as const) {
      node.put(`${server}/db/snapshots/etcd-snapshot-${name}`, 'x');
      const at = Math.floor(Date.now() / 1000) - age;
      utimesSync(join(node.at, 'root', server, `db/snapshots/etcd-snapshot-${name}`), at, at);
    }
    const seen = (name: string): number =>
      valueOf(
        node.record('show').stdout,
        `coldstart_certificate_not_after_seconds{file="server/tls/${name}"}`,
      );
    for (const [name, end] of ends) assert.equal(seen(name), end, name);
    const { stdout } = node.record('show');
    assert.doesNotMatch(stdout, /broken/);
    assert.equal(valueOf(stdout, 'coldstart_snapshots'), 2);
    assert.ok(Math.abs(Date.now() / 1000 - valueOf(stdout, 'coldstart_snapshot_newest_seconds') - 3600) < 5);
    const renewed = make('client-admin.crt', 730);
    // the recorder goes by the times of the files
    utimesSync(join(tls, 'client-admin.crt'), Date.now() / 1000 + 2, Date.now() / 1000 + 2);
    assert.equal(seen('client-admin.crt'), renewed, 'a renewed one is seen');
  },
);
