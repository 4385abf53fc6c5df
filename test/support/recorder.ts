import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { recorderScript } from '../../main/core/recorder/script.ts';
import { folder } from './folder.ts';

/** The kernel's tables of a small node with a wired and a cluster's own network, an eMMC and a sensor. */
const node: Readonly<Record<string, string>> = {
  'proc/uptime': '1000.50 1900.00\n',
  'proc/sys/kernel/random/boot_id': '3e1f7a52-0d6c-4a3f-9f57-6f4a2f1c8b11\n',
  'proc/stat': `cpu  30 0 20 100 4 0 0 0 0 0
cpu0 1000 5 200 90000 40 0 3 0 0 0
cpu1 1100 5 210 91000 50 0 3 0 0 0
intr 5
btime 1790000000
`,
  'proc/loadavg': '0.10 0.20 0.30 1/200 4242\n',
  'proc/meminfo': `MemTotal:        4000000 kB
MemFree:          500000 kB
MemAvailable:    2000000 kB
Buffers:           10000 kB
Cached:           900000 kB
SwapTotal:             0 kB
SwapFree:              0 kB
`,
  'proc/vmstat': 'nr_free_pages 1\noom_kill 2\n',
  'proc/diskstats': `   7       0 loop0 1 2 3 4 5 6 7 8 9 10 11
 179       0 mmcblk0 1000 10 20000 300 5000 40 80000000000 600 0 7000 900 0 0 0 0
 179      16 mmcblk0boot0 1 0 8 1 0 0 0 0 0 1 1 0 0 0 0
  11       0 sr0 1 0 8 1 0 0 0 0 0 1 1 0 0 0 0
 179       1 mmcblk0p1 900 10 20000 300 5000 40 80000 600 0 7000 900 0 0 0 0
`,
  'proc/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0
  eth0:123456 100 1 2 0 0 0 0 654321 90 3 4 0 0 0 0
  cni0: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0
`,
  'proc/pressure/cpu':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0 avg60=0 avg300=0 total=0\n',
  'proc/pressure/io':
    'some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=2000001\n',
  'proc/mounts': `/dev/mmcblk0p1 / ext4 rw,noatime 0 0
proc /proc proc rw 0 0
/dev/mmcblk0p1 /var/lib/kubelet/pods/x ext4 rw 0 0
/dev/loop3 /snap/core squashfs ro 0 0
/dev/mmcblk0p2 /boot vfat ro,errors=remount-ro 0 0
`,
  'boot/here': '',
  'sys/block/mmcblk0/device/life_time': '0x03 0x0b\n',
  'sys/block/mmcblk0/device/pre_eol_info': '0x02\n',
  'sys/block/mmcblk0boot0/device/life_time': '0x03 0x0b\n',
  'sys/block/sr0/device/vendor': 'QEMU\n',
  'sys/block/loop0/size': '0\n',
  'sys/class/net/eth0/device/vendor': '0x8086\n',
  'sys/class/net/eth0/carrier_changes': '7\n',
  'sys/class/net/eth0/operstate': 'up\n',
  'sys/class/net/cni0/carrier_changes': '1\n',
  'sys/class/net/cni0/operstate': 'up\n',
  'sys/class/thermal/thermal_zone0/temp': '45123\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/hwmon/hwmon1/temp1_input': '-5500\n',
  'sys/class/hwmon/hwmon1/name': 'nvme\n',
  'run/systemd/timesync/synchronized': '',
};

/** The shells nodes have; the last with no tool but busybox's own. */
export const recorderShells = ['dash', 'busybox ash', 'busybox alone'] as const;
export type RecorderShell = (typeof recorderShells)[number];

export interface RecorderNode {
  readonly at: string;
  readonly data: string;
  readonly run: string;
  put(path: string, text: string): void;
  /** Runs the recorder once. `settings` are lines of its file. */
  record(verb: 'sample' | 'keep' | 'show', settings?: string): Recorded;
  /** The same beside the test, which may answer it. */
  recordBeside(verb: 'sample' | 'keep' | 'show', settings?: string): Promise<Recorded>;
}
interface Recorded {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The node recorder in one of the shells, over tables of a node of our own. */
export function recorderNode(t: TestContext, shell: RecorderShell): RecorderNode {
  const at = folder(t);
  const [data, run, file, conf] = ['data', 'run', 'recorder', 'conf'].map(name => join(at, name)) as [
    string,
    string,
    string,
    string,
  ];
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(at, 'root', path)), { recursive: true });
    writeFileSync(join(at, 'root', path), text);
  };
  for (const [path, text] of Object.entries(node)) put(path, text);
  writeFileSync(file, recorderScript);
  let path = process.env['PATH'] ?? '';
  if (shell === 'busybox alone') {
    path = join(at, 'bin');
    mkdirSync(path);
    spawnSync('busybox', ['--install', '-s', path]);
  }
  const words = (shell === 'dash' ? ['dash', file] : ['busybox', 'ash', file]) as [string, ...string[]];
  let written: string | undefined;
  const prepared = (settings: string): NodeJS.ProcessEnv => {
    // Never half a file for one that runs beside: it would work on this machine's own folders.
    if (settings !== written)
      writeFileSync(conf, `root=${join(at, 'root')} data=${data} run=${run}\n${settings}\n`);
    written = settings;
    return { PATH: path, RECORDER_CONF: conf, RECORDER_PATH: path };
  };
  const [program, ...args] = words;
  return {
    at,
    data,
    run,
    put,
    record(verb, settings = '') {
      const { status, stdout, stderr } = spawnSync(program, [...args, verb], {
        encoding: 'utf8',
        env: prepared(settings),
        timeout: 60_000,
      });
      return { code: status, stdout, stderr };
    },
    recordBeside: async (verb, settings = '') =>
      await new Promise<Recorded>((done, failed) => {
        const child = spawn(program, [...args, verb], { env: prepared(settings) });
        let [stdout, stderr] = ['', ''];
        child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
        child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
        child.on('error', failed);
        child.on('close', code => {
          done({ code, stdout, stderr });
        });
      }),
  };
}
