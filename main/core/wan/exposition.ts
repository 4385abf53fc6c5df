import { targetName } from './targets.ts';
import type { WanTarget } from './targets.ts';

/** How a target answered; `seconds` of the round trip where it was told. */
export interface Reached {
  readonly up: boolean;
  readonly seconds?: number | undefined;
}

/** Asks one target once. Undefined where this laptop has no tool to ask with. Only a stop throws. */
export type Reach = (target: WanTarget, signal: AbortSignal) => Promise<Reached | undefined>;

/** Answers of this laptop in Prometheus' exposition format. Names of targets hold nothing that would need an escape. */
export const wanText = (answers: readonly (readonly [WanTarget, Reached | undefined])[]): string =>
  answers
    .flatMap(([target, reached]) => {
      if (!reached) return [];
      const label = `{from="laptop",target="${targetName(target)}"}`;
      return [
        `coldstart_wan_up${label} ${reached.up ? 1 : 0}\n`,
        ...(reached.up && reached.seconds !== undefined
          ? [`coldstart_wan_rtt_seconds${label} ${reached.seconds.toFixed(6)}\n`]
          : []),
      ];
    })
    .join('');
