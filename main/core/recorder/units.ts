import type { RecorderBudget } from './budget.ts';
import { everySeconds } from './budget.ts';
import { recorderPaths } from './script.ts';

/** The files of the recorder's units, by their names under /etc/systemd/system. */
export const recorderUnits = {
  'coldstart-recorder.service': `[Unit]
Description=Coldstart: log one measurement of this node

[Service]
Type=oneshot
ExecStart=/bin/sh ${recorderPaths.script} sample
Nice=19
IOSchedulingClass=idle
TimeoutStartSec=90
MemoryMax=96M
TasksMax=64
NoNewPrivileges=yes
# that it began and ended is no news: 288 times a day it would cost the disk more than the log itself
LogLevelMax=warning
`,
  'coldstart-recorder.timer': `[Unit]
Description=Coldstart: log a measurement every ${everySeconds / 60} minutes

[Timer]
OnBootSec=60
OnUnitActiveSec=${everySeconds}
AccuracySec=10
RandomizedDelaySec=0

[Install]
WantedBy=timers.target
`,
  'coldstart-recorder-keep.service': `[Unit]
Description=Coldstart: write the log of this node to the disk before the machine goes down
RequiresMountsFor=${recorderPaths.data}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/bin/sh ${recorderPaths.script} keep
TimeoutStopSec=30
LogLevelMax=warning

[Install]
WantedBy=multi-user.target
`,
} as const;

/** The recorder's settings, as the shell reads them. `targets` are `icmp:HOST` and `tcp:HOST:PORT`, checked before. */
export const recorderSettings = (
  { diskMiB, writeMiBPerDay }: RecorderBudget,
  targets: readonly string[],
): string => `# Coldstart’s node recorder. Change it with the remedy recorder-install.
disk_kib=${Math.round(diskMiB * 1024)}
write_kib=${Math.round(writeMiBPerDay * 1024)}
targets='${targets.join(' ')}'
`;
