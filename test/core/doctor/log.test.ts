import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, persists, runLog, timeOf } from '../../../main/core/doctor/log.ts';

const at = (seconds: number, text: string): string =>
  `${new Date(Date.UTC(2026, 10, 21, 10, 0, seconds)).toISOString().replace('.000Z', '+0000')} cp1 ${text}`;
const begins = (seconds: number): string =>
  at(seconds, 'systemd[1]: Starting k3s.service - Lightweight Kubernetes...');
const again = (seconds: number): string =>
  at(seconds, 'systemd[1]: k3s.service: Scheduled restart job, restart counter is at 1.');
const says = (seconds: number, text: string): string =>
  at(seconds, `k3s[8]: time="x" level=info msg="${text}"`);
const texts = (lines: readonly string[], restarting = false): string =>
  runLog(linesOf('journal', lines.join('\n')), restarting)
    .now.flatMap(({ text }) => /msg="(.*)"/.exec(text)?.[1] ?? [])
    .join(' ');

test('times are read from the journal’s stamp, logfmt, JSON and etcd’s old form', () => {
  const wanted = Date.UTC(2026, 10, 21, 10, 50, 3);
  for (const text of [
    '2026-11-21T10:50:03+0000 cp1 k3s[8]: x',
    '2026-11-21T11:50:03+01:00 cp1 k3s[8]: x',
    'time="2026-11-21T10:50:03Z" level=info',
    '{"level":"info","ts":"2026-11-21T10:50:03.000Z"}',
    '2026-11-21 10:50:03.000000 I | etcdserver: x',
  ])
    assert.equal(timeOf(text), wanted, text);
  assert.equal(timeOf('E1121 10:50:03.000211     812 kubelet.go'), undefined);
});

test('what K3s said before it was up and running is history', () => {
  const lines = [begins(0), says(1, 'old'), says(30, 'k3s is up and running'), says(40, 'new')];
  assert.equal(texts(lines), 'new');
});

test('of a service that starts again and again, the try before a young one counts too', () => {
  const lines = [
    begins(0),
    says(1, 'first'),
    again(5),
    begins(6),
    says(7, 'second'),
    again(11),
    begins(12),
    says(13, 'third'),
  ];
  assert.equal(texts(lines), 'second third');
  assert.equal(texts([...lines, says(90, 'late')]), 'third late');
});

test('what went before a start by hand is history, however young that is', () => {
  const lines = [
    begins(0),
    says(1, 'typo'),
    again(5),
    begins(6),
    says(7, 'typo'),
    begins(20),
    says(21, 'token'),
  ];
  assert.equal(texts(lines), 'token');
});

test('a service that dies after each “up and running” is not well because it was up a moment ago', () => {
  const lines = [
    begins(0),
    says(10, 'k3s is up and running'),
    says(11, 'containerd exited'),
    again(16),
    begins(17),
    says(27, 'k3s is up and running'),
  ];
  assert.equal(texts(lines), '');
  assert.match(texts(lines, true), /containerd exited/);
});

test('something goes on when it is seen over a time and up to the end', () => {
  const hits = (seconds: readonly number[]) =>
    linesOf('x', seconds.map(second => says(second, 'no leader')).join('\n'));
  const end = linesOf('x', says(60, 'end'));
  assert.equal(persists(hits([1, 20, 50]), end), true);
  assert.equal(persists(hits([1, 2, 3]), end), false);
  assert.equal(persists(hits([1, 50]), end), false);
  assert.equal(persists(hits([1, 20, 50]), linesOf('x', says(600, 'end'))), false);
});

test('colours, control characters and escaped quotes are gone before anything is compared', () => {
  const [line] = linesOf('x', '\u001b[31mFATA\u001b[0m[0000] \u0007a \\"b\\" \\\\\\"c\\\\\\"\r');
  assert.equal(line?.low, 'fata[0000] a "b" "c"');
});
