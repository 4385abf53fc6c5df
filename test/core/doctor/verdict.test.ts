import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings, findingsOf } from '../../../main/core/doctor/diagnose.ts';
import type { Piece } from '../../../main/core/doctor/piece.ts';
import { verdictOf } from '../../../main/core/doctor/verdict.ts';
import { viewOf } from '../../../main/core/doctor/view.ts';

const now = Date.parse('2026-11-21T11:00:00Z');
const whole = (id: string, text: string): Piece => ({ id, standing: 'whole', text });
const service = (more: Readonly<Record<string, string>> = {}): Piece =>
  whole(
    'service',
    Object.entries({
      Id: 'k3s.service',
      LoadState: 'loaded',
      ActiveState: 'active',
      SubState: 'running',
      UnitFileState: 'enabled',
      NRestarts: '0',
      ...more,
    })
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  );
const well: readonly Piece[] = [
  whole('clock', `now ${now / 1000}\ndate Sat Nov 21 11:00:00 UTC 2026`),
  whole('df', '/dev/sda1  30000000  9000000  19500000  32%  /'),
  whole('inodes', '/dev/sda1  1900000  210000  1690000  12%  /'),
  whole('kernel', ''),
  service(),
  whole(
    'journal',
    '2026-11-21T10:00:00+0000 cp1 k3s[8]: time="2026-11-21T10:00:00Z" level=info msg="k3s is up and running"',
  ),
  whole('answers', 'ping pong'),
];
const judged = (pieces: readonly Piece[], stopped = false) => {
  const view = viewOf({ pieces, laptop: { before: now, after: now } });
  return verdictOf(view, pieces, findingsOf(view), stopped);
};
const instead = (other: Piece): readonly Piece[] =>
  well.map(piece => (piece.id === other.id ? other : piece));

test('a node that was measured in everything and is well is healthy', () => {
  assert.equal(judged(well).verdict, 'healthy');
});

for (const { id } of well.filter(({ id }) => id !== 'answers'))
  for (const standing of ['timed-out', 'failed', 'not-asked'] as const)
    test(`without ${id} (${standing}) a node is never called healthy`, () => {
      const { verdict, says } = judged(instead({ id, standing, text: '' }));
      assert.notEqual(verdict, 'healthy');
      assert.match(says, /[Nn]ot read|could not be read/);
    });

test('a node that is ill in a way nobody knows is called unknown, and says how it is ill', () => {
  const ill: readonly (readonly [Piece, RegExp])[] = [
    [service({ ActiveState: 'inactive', SubState: 'dead' }), /K3s is stopped\./],
    [
      service({ ActiveState: 'inactive', SubState: 'dead', UnitFileState: 'disabled' }),
      /does not start at boot/,
    ],
    [service({ ActiveState: 'failed', SubState: 'failed' }), /stops again/],
    [service({ ActiveState: 'activating', SubState: 'auto-restart' }), /stops again/],
    [whole('service', 'unit none'), /no K3s service/],
    [whole('answers', 'ping curl: (7) Failed to connect'), /does not answer/],
  ];
  for (const [piece, says] of ill) {
    const found = judged(instead(piece));
    assert.equal(found.verdict, 'unknown', found.says);
    assert.match(found.says, says);
  }
});

test('a node that starts just now, and one whose examination was stopped, is neither well nor ill', () => {
  assert.equal(judged(instead(service({ ActiveState: 'activating', SubState: 'start' }))).verdict, 'partial');
  assert.equal(judged(well, true).verdict, 'partial');
});

test('without anything to ask K3s with, its own word in the log counts; without either it is not healthy', () => {
  const silent = instead(whole('answers', 'ping not-asked'));
  assert.equal(judged(silent).verdict, 'healthy');
  const mute = silent.map(piece => (piece.id === 'journal' ? whole('journal', '') : piece));
  assert.equal(judged(mute).verdict, 'partial');
});

const journal = (...lines: readonly string[]): Piece =>
  whole('journal', lines.map(line => `2026-11-21T10:50:00+0000 cp1 k3s[8]: ${line}`).join('\n'));
const causesOf = (pieces: readonly Piece[]) =>
  findings({ pieces, laptop: { before: now, after: now } }).map(({ cause, order }) => ({ cause, order }));

test('several causes stand in the order of the triage: clock, disk, configuration, datastore', () => {
  const found = causesOf([
    ...instead(whole('clock', 'now 1000000000\ndate Sun Sep 9 01:46:40 UTC 2001')).filter(
      ({ id }) => id !== 'df' && id !== 'journal',
    ),
    whole('df', '/dev/sda1  30000000  29999000  1000  100%  /'),
    journal(
      'time="x" level=fatal msg="starting kubernetes: listen tcp 0.0.0.0:6443: bind: address already in use"',
      '{"level":"fatal","msg":"failed to read WAL, cannot be repaired","error":"walpb: crc mismatch"}',
    ),
  ]);
  assert.deepEqual(
    found.map(({ cause }) => cause),
    ['clock-wrong', 'disk-full', 'port-taken', 'wal-corrupt'],
  );
  assert.deepEqual(
    found.map(({ order }) => order),
    found.map(({ order }) => order).toSorted((a, b) => a - b),
  );
});

test('what a full disk brings along is not named beside it', () => {
  const full = whole('df', '/dev/sda1  30000000  29999000  1000  100%  /');
  const lines = [
    '{"level":"fatal","msg":"failed to open WAL","error":"no space left on device"}',
    'time="x" level=error msg="containerd exited: exit status 1"',
    'time="x" level=error msg="failed to open database: write meta: no space left on device"',
  ];
  assert.deepEqual(
    causesOf([full, journal(...lines)]).map(({ cause }) => cause),
    ['disk-full'],
  );
});

test('an expired certificate is told from a clock that runs ahead', () => {
  const certs = whole(
    'certs',
    '/var/lib/rancher/k3s/server/tls/client-admin.crt notBefore=Nov 10 09:00:00 2026 GMT notAfter=Nov 10 09:00:00 2027 GMT',
  );
  const line = journal(
    'level=error msg="x509: certificate has expired or is not yet valid: current time 2031-01-01T00:00:00Z is after 2027-11-10T09:00:00Z"',
  );
  assert.deepEqual(
    causesOf([certs, line, whole('clock', 'now 1924992000\ndate Wed Jan 1 00:00:00 UTC 2031')]).map(
      ({ cause }) => cause,
    ),
    ['clock-wrong'],
  );
});
