import { probeFunctions } from '../../core/wan/probe.ts';
import { wanText } from '../../core/wan/exposition.ts';
import type { Reach } from '../../core/wan/exposition.ts';
import { targetWord } from '../../core/wan/targets.ts';
import type { WanTarget } from '../../core/wan/targets.ts';
import { script } from '../../core/sh.ts';
import type { Link } from '../../ports.ts';

/** Asks the targets from this laptop, all at once; gives Prometheus' exposition format. */
export async function wanFromLaptop(
  targets: readonly WanTarget[],
  reach: Reach,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const answers = await Promise.all(
    targets.map(async target => [target, await reach(target, signal)] as const),
  );
  return wanText(answers);
}

/** Asks the targets from the node; gives the same. A target the node has no tool for is not named. Throws as links do. */
export async function wanFromNode(
  link: Link,
  targets: readonly WanTarget[],
  signal: AbortSignal,
): Promise<string> {
  if (targets.length === 0) return '';
  const command = script(`# is the way out there?\n${probeFunctions}probes "$@"`, ...targets.map(targetWord));
  const { stdout } = await link.exec(command, { signal, timeoutMs: 30_000 });
  return stdout
    .split('\n')
    .filter(line => /^coldstart_wan_\w+\{target="[^"]+"\} [0-9.]+$/.test(line))
    .map(line => `${line}\n`)
    .join('');
}
