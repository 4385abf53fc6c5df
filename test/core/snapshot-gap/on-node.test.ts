import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleFrom } from '../../../main/core/snapshot-gap/on-node.ts';

const main = '/etc/rancher/k3s/config.yaml';

test('a server that says nothing has the schedule of K3s', () => {
  assert.deepEqual(scheduleFrom('offset +0000\n'), {
    schedule: { cron: '0 */12 * * *', retention: 5 },
    disabled: false,
    prefix: 'etcd-snapshot-',
    utcOffset: 0,
    elsewhere: [],
  });
});

test('the last file that sets the schedule counts, and is named', () => {
  const found = scheduleFrom(`offset -0330
${main}\tetcd-snapshot-schedule-cron: "0 */6 * * *"
${main}\tetcd-snapshot-retention: 10
/etc/rancher/k3s/config.yaml.d/20-site.yaml\tetcd-snapshot-retention: 40
/etc/systemd/system/k3s.service\tetcd-snapshot-name: "nightly"
`);
  assert.deepEqual(found.schedule, { cron: '0 */6 * * *', retention: 40 });
  assert.equal(found.utcOffset, -210);
  assert.equal(found.prefix, 'nightly-');
  assert.deepEqual(found.elsewhere, ['/etc/rancher/k3s/config.yaml.d/20-site.yaml']);
});

test('a server that takes none says so', () => {
  assert.equal(scheduleFrom(`${main}\tetcd-disable-snapshots: true`).disabled, true);
  assert.equal(scheduleFrom(`${main}\tetcd-disable-snapshots: false`).disabled, false);
  assert.equal(scheduleFrom(`${main}\tetcd-snapshot-retention: 0`).schedule.retention, 0);
});

test('lines that are no settings are passed over', () => {
  const found = scheduleFrom(
    `${main}\tetcd-snapshot-retention: [\n${main}\tetcd-snapshot-schedule-cron:\nnoise\n\t\n`,
  );
  assert.deepEqual(found.schedule, { cron: '0 */12 * * *', retention: 5 });
});
