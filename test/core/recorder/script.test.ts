import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readChunk } from '../../../main/core/recorder/format.ts';
import type { RecordedChunk } from '../../../main/core/recorder/format.ts';
import { needs } from '../../support/needs.ts';
import { recorderNode, recorderShells } from '../../support/recorder.ts';
import type { RecorderNode } from '../../support/recorder.ts';

const tools = needs('dash', 'busybox');
const chunksOf = ({ data }: RecorderNode): string[] => readdirSync(data).toSorted();
const chunkIn = (node: RecorderNode, name: string): RecordedChunk =>
  readChunk(gunzipSync(readFileSync(join(node.data, name))).toString());
/** Lets the chunks on the disk be so old. */
function age({ data }: RecorderNode, seconds: number): void {
  const at = Date.now() / 1000 - seconds;
  for (const name of readdirSync(data)) utimesSync(join(data, name), at, at);
}
function samples(node: RecorderNode, n: number, settings = ''): void {
  for (let i = 0; i < n; i++) assert.equal(node.record('sample', settings).code, 0);
}

const expected = `node_network_carrier_changes_total{device="eth0"} 7
node_network_up{device="eth0"} 1
node_cpu_seconds_total{cpu="0",mode="user"} 10.00
node_cpu_seconds_total{cpu="0",mode="system"} 2.00
node_cpu_seconds_total{cpu="0",mode="idle"} 900.00
node_cpu_seconds_total{cpu="0",mode="iowait"} 0.40
node_cpu_seconds_total{cpu="1",mode="user"} 11.00
node_cpu_seconds_total{cpu="1",mode="system"} 2.10
node_cpu_seconds_total{cpu="1",mode="idle"} 910.00
node_cpu_seconds_total{cpu="1",mode="iowait"} 0.50
node_boot_time_seconds 1790000000
node_load1 0.10
node_load5 0.20
node_load15 0.30
node_memory_MemTotal_bytes 4096000000
node_memory_MemFree_bytes 512000000
node_memory_MemAvailable_bytes 2048000000
node_memory_Cached_bytes 921600000
node_memory_SwapTotal_bytes 0
node_memory_SwapFree_bytes 0
node_vmstat_oom_kill 2
node_disk_reads_completed_total{device="mmcblk0"} 1000
node_disk_read_bytes_total{device="mmcblk0"} 10240000
node_disk_writes_completed_total{device="mmcblk0"} 5000
node_disk_written_bytes_total{device="mmcblk0"} 40960000000000
node_disk_io_time_seconds_total{device="mmcblk0"} 7.000
node_network_receive_bytes_total{device="eth0"} 123456
node_network_receive_errs_total{device="eth0"} 1
node_network_receive_drop_total{device="eth0"} 2
node_network_transmit_bytes_total{device="eth0"} 654321
node_network_transmit_errs_total{device="eth0"} 3
node_network_transmit_drop_total{device="eth0"} 4
node_pressure_cpu_waiting_seconds_total 1.500000
node_pressure_io_waiting_seconds_total 2.500000
node_pressure_io_stalled_seconds_total 2.000001
node_filesystem_readonly{device="/dev/mmcblk0p1",fstype="ext4",mountpoint="/"} 0
node_filesystem_readonly{device="/dev/mmcblk0p2",fstype="vfat",mountpoint="/boot"} 1
node_thermal_zone_temp{zone="0",type="cpu-thermal"} 45.123
node_hwmon_temp_celsius{chip="nvme1",sensor="temp1"} -5.500
coldstart_emmc_life_used_ratio{device="mmcblk0",kind="a"} 0.3
coldstart_emmc_life_used_ratio{device="mmcblk0",kind="b"} 1.1
coldstart_emmc_pre_eol_info{device="mmcblk0"} 2
node_timex_sync_status 1
`;

for (const shell of recorderShells) {
  test(`${shell} measures a node under the names node_exporter gives`, tools, t => {
    const node = recorderNode(t, shell);
    const { stdout, stderr, code } = node.record('show');
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const space = /^node_filesystem_(size|free|avail|files|files_free)/;
    const [sized, rest] = [true, false].map(is => stdout.split('\n').filter(line => space.test(line) === is));
    assert.equal(rest?.join('\n'), expected);
    assert.equal(sized?.length, 10, 'five sizes of two file systems');
  });

  test(
    `${shell} keeps samples in memory and writes a chunk when the write budget has one to give`,
    tools,
    t => {
      const node = recorderNode(t, shell);
      samples(node, 2);
      assert.equal(existsSync(node.data), false, 'two samples are too few for a chunk');
      node.put('proc/loadavg', '1.50 0.20 0.30 1/200 4242\n');
      samples(node, 1);
      assert.deepEqual(chunksOf(node), ['00000001.gz']);
      samples(node, 4);
      assert.deepEqual(chunksOf(node), ['00000001.gz'], 'the budget has none to give so soon');
      age(node, 3000);
      samples(node, 1);
      assert.deepEqual(chunksOf(node), ['00000001.gz'], '50 minutes are too short');
      age(node, 6000);
      samples(node, 1);
      assert.deepEqual(chunksOf(node), ['00000001.gz', '00000002.gz']);
      const first = chunkIn(node, '00000001.gz');
      assert.deepEqual([first.whole, first.left, first.rows.length], [true, [], 3]);
      assert.deepEqual(
        first.rows.map(({ samples }) => samples.get('node_load1')),
        [0.1, 0.1, 1.5],
      );
      for (const row of first.rows) {
        assert.equal(row.uptime, 1000.5);
        assert.equal(row.bootId, '3e1f7a52-0d6c-4a3f-9f57-6f4a2f1c8b11');
        assert.ok(Math.abs(row.at - Date.now()) < 20_000);
        assert.equal(row.samples.get('node_disk_written_bytes_total{device="mmcblk0"}'), 40_960_000_000_000);
      }
      assert.equal(chunkIn(node, '00000002.gz').rows.length, 6);
    },
  );

  test(`${shell} goes by the uptime where the clock is behind its own chunks`, tools, t => {
    const node = recorderNode(t, shell);
    samples(node, 3);
    age(node, -40 * 365 * 86_400);
    samples(node, 3);
    assert.deepEqual(chunksOf(node), ['00000001.gz']);
    node.put('proc/uptime', '7000.25 1900.00\n');
    samples(node, 1);
    assert.deepEqual(chunksOf(node), ['00000001.gz', '00000002.gz']);
  });

  test(`${shell} begins a new table after a sample that was stopped in the middle`, tools, t => {
    const node = recorderNode(t, shell);
    samples(node, 2);
    const open = join(node.run, 'open');
    truncateSync(open, statSync(open).size - 9);
    writeFileSync(join(node.run, 'busy'), '');
    samples(node, 1);
    assert.equal(node.record('keep').code, 0);
    const { rows, left, whole } = chunkIn(node, '00000001.gz');
    assert.equal(whole, true, 'what was torn in memory is whole on the disk');
    assert.equal(rows.length, 2, 'the torn one is left');
    assert.equal(left.length, 1);
    assert.equal(rows.at(-1)?.samples.get('node_load5'), 0.2);
  });

  test(`${shell} gives a whole file of a power cut its name, and sets a half one aside`, tools, t => {
    const node = recorderNode(t, shell);
    samples(node, 3);
    const bytes = readFileSync(join(node.data, '00000001.gz'));
    renameSync(join(node.data, '00000001.gz'), join(node.data, '00000001.gz.part'));
    writeFileSync(join(node.data, '00000002.gz.part'), bytes.subarray(0, bytes.length - 20));
    samples(node, 3);
    assert.deepEqual(chunksOf(node), ['00000001.gz', '00000002.gz', '00000002.gz.torn']);
    assert.equal(chunkIn(node, '00000001.gz').rows.length, 3);
    assert.equal(chunkIn(node, '00000002.gz').rows.length, 3);
  });

  test(`${shell} lets the oldest go when its disk budget is used up`, tools, t => {
    const node = recorderNode(t, shell);
    samples(node, 3);
    const bytes = readFileSync(join(node.data, '00000001.gz'));
    for (let n = 2; n <= 10; n++) writeFileSync(join(node.data, `${String(n).padStart(8, '0')}.gz`), bytes);
    samples(node, 1);
    // 64 KiB are kept for the folder itself, and each chunk takes 4 KiB here
    assert.equal(node.record('keep', 'disk_kib=84').code, 0);
    assert.deepEqual(
      chunksOf(node),
      [7, 8, 9, 10, 11].map(n => `${String(n).padStart(8, '0')}.gz`).slice(-5),
    );
  });

  test(`${shell} never runs twice, and is not held up by one that died`, tools, async t => {
    const node = recorderNode(t, shell);
    samples(node, 1);
    writeFileSync(join(node.run, 'lock'), '999999\n');
    samples(node, 1);
    assert.equal(existsSync(join(node.run, 'lock')), false);
    const holder = spawn('sh', ['-c', 'read line; : recorder']);
    t.after(() => holder.kill());
    writeFileSync(join(node.run, 'lock'), `${holder.pid}\n`);
    assert.equal(node.record('sample').stderr, 'it runs already\n');
    rmSync(join(node.run, 'lock'));
    const together = await Promise.all([1, 2, 3, 4].map(() => node.recordBeside('sample')));
    assert.deepEqual(
      together.map(({ code }) => code),
      [0, 0, 0, 0],
    );
    node.record('keep');
    const chunks = chunksOf(node).map(name => chunkIn(node, name));
    assert.ok(chunks.every(({ whole, left }) => whole && left.length === 0));
    const rows = chunks.reduce((sum, each) => sum + each.rows.length, 0);
    assert.ok(rows >= 3 && rows <= 6, String(rows));
  });
}
