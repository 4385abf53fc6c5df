import { scheduleFrom, scheduleKeys } from '../../core/snapshot-gap/on-node.ts';
import type { ScheduleOnNode } from '../../core/snapshot-gap/on-node.ts';
import { script } from '../../core/sh.ts';
import type { Sh } from '../../core/sh.ts';
import type { Link } from '../../ports.ts';

// The configuration holds the token as well: only the lines of these keys leave the node.
const lookScript = `# when does K3s take snapshots here?
echo "offset $(date +%z)"
for f in /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.d/*.yaml /etc/rancher/k3s/config.yaml.d/*.yml; do
  [ -f "$f" ] || continue
  for k in "$@"; do sed -n "s|^$k:|$f	$k:|p" "$f"; done
done
for f in /etc/systemd/system/k3s.service /etc/init.d/k3s; do
  [ -f "$f" ] || continue
  for k in "$@"; do sed -n "s|.*--$k[= ]\\([^'\\"\\\\]*\\).*|$f	$k: \\"\\1\\"|p" "$f"; done
done
exit 0`;

/** Asks a server for its snapshot schedule. Changes nothing. */
export const scheduleLook: Sh = script(lookScript, ...scheduleKeys);

/** The schedule of a server, as K3s would read it. */
export async function scheduleOn(link: Link, signal: AbortSignal): Promise<ScheduleOnNode> {
  const { stdout } = await link.exec(scheduleLook, { as: 'root', signal, timeoutMs: 30_000 });
  return scheduleFrom(stdout);
}
