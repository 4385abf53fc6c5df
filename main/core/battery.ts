/** One entry of `/sys/class/power_supply` (Documentation/ABI/testing/sysfs-class-power), as far as it was readable. */
export interface Supply {
  /** `Battery`, `Mains`, `USB`, `UPS` … */
  readonly type: string;
  /** `Device` for the battery of a mouse or a pen. */
  readonly scope?: string;
  /** Of what feeds the laptop: whether it does now. */
  readonly online?: boolean;
  /** Of a battery: `Charging`, `Discharging`, `Not charging`, `Full`, `Unknown`. */
  readonly status?: string;
  /** Charge of a battery in percent. */
  readonly percent?: number;
  /** What it holds when full, in its own unit; weighs one battery against another. */
  readonly full?: number;
}

/** Below this a long run may end with the battery. */
const leastPercent = 40;

/** Charge of the laptop's batteries together, in percent, while it runs on them; undefined on mains, or without any. */
export function onBattery(supplies: readonly Supply[]): number | undefined {
  if (supplies.some(one => one.type !== 'Battery' && one.type !== 'UPS' && one.online === true))
    return undefined;
  const own = supplies.filter(one => one.type === 'Battery' && one.scope !== 'Device');
  if (!own.some(one => one.status === 'Discharging')) return undefined;
  const known = own.filter(one => one.percent !== undefined);
  const weight = known.every(one => one.full !== undefined) ? (one: Supply) => one.full ?? 0 : () => 1;
  const all = known.reduce((sum, one) => sum + weight(one), 0);
  if (all === 0) return undefined;
  return Math.round(known.reduce((sum, one) => sum + (one.percent ?? 0) * weight(one), 0) / all);
}

/** What to say before a run that changes a node; undefined when the laptop will last, or nothing is known. */
export function batteryWarning(supplies: readonly Supply[]): string | undefined {
  const percent = onBattery(supplies);
  if (percent === undefined || percent >= leastPercent) return undefined;
  return `The laptop runs on its battery, at ${percent} %. Connect it to mains before you begin: when it goes dark in the middle, the run has to be continued later.`;
}
