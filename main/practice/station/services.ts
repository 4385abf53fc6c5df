import type { Station } from './station.ts';

/** One systemd unit as systemctl sees it. */
export interface Unit {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  active: 'active' | 'inactive' | 'failed' | 'activating' | 'deactivating';
  sub: string;
  pid: number;
  since: number;
  command: string;
  result: string;
  /** Exit status of the main process. */
  status: number;
  restarts: number;
}

/** What a service does when it is started and stopped. `start` settles when the service says it is ready. */
export interface Daemon {
  start(unit: Unit, signal: AbortSignal): Promise<void>;
  stop(unit: Unit): Promise<void>;
}

/** A service ended before it was ready. */
export class ServiceFailed extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}

const wants = '/etc/systemd/system/multi-user.target.wants';
const folders = ['/etc/systemd/system', '/run/systemd/system', '/usr/lib/systemd/system'];

/** systemd of the node: units come from unit files, what they do from here. */
export class Services {
  readonly #station: Station;
  readonly #units = new Map<string, Unit>();
  /** Behaviour by the base name of the program in ExecStart. */
  readonly daemons = new Map<string, Daemon>();
  #nextPid = 310;

  constructor(station: Station) {
    this.#station = station;
  }

  running(): Unit[] {
    return [...this.#units.values()].filter(unit => unit.pid > 0);
  }

  saved(): Unit[] {
    return [...this.#units.values()];
  }
  restore(units: readonly Unit[]): void {
    this.#units.clear();
    for (const unit of units) this.#units.set(unit.name, unit);
  }

  /** The app ended in the middle of a start or stop: the node goes on with it, as one that was never asked to wait. */
  goOn(): void {
    for (const unit of this.#units.values()) {
      const { active } = unit;
      if (active !== 'activating' && active !== 'deactivating') continue;
      Object.assign(unit, { active: 'inactive', sub: 'dead', pid: 0 });
      if (active === 'activating')
        void this.start(unit, this.closing.signal, 'as before').catch(() => undefined);
    }
  }

  fullName(name: string): string {
    const last = name.split('/').at(-1) ?? name;
    return /\.(service|timer|target|socket|mount|path)$/.test(last) ? last : `${last}.service`;
  }

  /** Path of the unit's file; instances (`a@b`) use their template. */
  fileOf(name: string): string | undefined {
    const template = name.replace(/@[^.]*\./, '@.');
    for (const folder of folders)
      for (const each of [name, template])
        if (this.#station.tree.peek(`${folder}/${each}`)) return `${folder}/${each}`;
    return undefined;
  }

  /** Values of a key in a section of the unit file, with the specifiers that are used here resolved. */
  setting(name: string, key: string): string[] {
    const file = this.fileOf(name);
    if (file === undefined) return [];
    const instance = /@([^.]*)\./.exec(name)?.[1] ?? '';
    const lines = this.#station.tree
      .read(file)
      .replace(/\\\n\s*/g, ' ')
      .split('\n');
    return lines
      .filter(line => line.startsWith(`${key}=`))
      .map(line => line.slice(key.length + 1).trim())
      .map(value =>
        value
          .replaceAll('%i', instance)
          .replaceAll('%I', instance)
          .replaceAll('%N', name.replace(/\.\w+$/, '')),
      );
  }

  unit(given: string): Unit | undefined {
    const name = this.fullName(given);
    const file = this.fileOf(name);
    const known = this.#units.get(name);
    if (file === undefined)
      return known?.active === 'active' || known?.active === 'failed' ? known : undefined;
    if (known) return known;
    const made: Unit = {
      name,
      file,
      description: this.setting(name, 'Description')[0] ?? name,
      active: 'inactive',
      sub: 'dead',
      pid: 0,
      since: this.#station.now(),
      command: this.setting(name, 'ExecStart')[0] ?? '',
      result: 'success',
      status: 0,
      restarts: 0,
    };
    this.#units.set(name, made);
    return made;
  }

  all(): Unit[] {
    const names = new Set(this.#units.keys());
    for (const folder of folders) {
      const node = this.#station.tree.peek(folder);
      if (node?.kind === 'folder')
        for (const name of node.entries.keys())
          if (/\.(service|timer)$/.test(name) && !name.includes('@.')) names.add(name);
    }
    return [...names].sort().flatMap(name => this.unit(name) ?? []);
  }

  enabled(name: string): boolean {
    return this.#station.tree.peek(`${wants}/${this.fullName(name)}`, undefined, false) !== undefined;
  }
  masked(name: string): boolean {
    const node = this.#station.tree.peek(`/etc/systemd/system/${this.fullName(name)}`, undefined, false);
    return node?.kind === 'link' && node.target === '/dev/null';
  }
  /** Gives the link that was made; undefined when it was there. */
  enable(given: string): string | undefined {
    const name = this.fullName(given);
    const file = this.fileOf(name);
    if (file === undefined || this.enabled(name)) return undefined;
    this.#station.tree.makeFolders(wants, 0o755, { uid: 0, gid: 0, groups: [0] });
    this.#station.tree.makeLink(file, `${wants}/${name}`, { uid: 0, gid: 0, groups: [0] });
    return `Created symlink '${wants}/${name}' → '${file}'.`;
  }
  disable(given: string): string | undefined {
    const link = `${wants}/${this.fullName(given)}`;
    if (!this.#station.tree.peek(link, undefined, false)) return undefined;
    this.#station.tree.removeAll(link);
    return `Removed '${link}'.`;
  }

  #daemon(unit: Unit): Daemon | undefined {
    const program = this.setting(unit.name, 'ExecStart')[0]
      ?.replace(/^[-@:+!]+/, '')
      .split(' ')[0];
    return this.daemons.get(program?.split('/').at(-1) ?? '');
  }

  /** A start that is under way already: asking again waits for it. */
  async #awaited(unit: Unit, signal: AbortSignal): Promise<void> {
    while (unit.active === 'activating' && unit.sub === 'start') await this.#station.pause(50, signal);
    if ((unit.active as string) !== 'active') throw new ServiceFailed(unit.result, unit.status);
  }

  /** Starts a unit; settles when it is ready, throws ServiceFailed when it ended before. */
  async start(
    unit: Unit,
    signal: AbortSignal,
    how: 'asked' | 'again' | 'as before' = 'asked',
  ): Promise<void> {
    if (unit.active === 'active') return;
    if (unit.active === 'activating' && unit.sub === 'start') return this.#awaited(unit, signal);
    // systemd counts only the restarts of its own.
    if (how === 'asked') unit.restarts = 0;
    const station = this.#station;
    this.#nextPid += 7;
    Object.assign(unit, {
      active: 'activating',
      sub: 'start',
      since: how === 'as before' ? unit.since : station.now(),
      result: 'success',
      status: 0,
      pid: this.#nextPid,
    });
    unit.command = this.setting(unit.name, 'ExecStart')[0] ?? '';
    if (how !== 'as before')
      station.log(unit.name, 'systemd', `Starting ${unit.name} - ${unit.description}...`);
    try {
      await this.#daemon(unit)?.start(unit, signal);
    } catch (thrown) {
      // Stopped while it started: whoever stopped it says how it stands.
      if (unit.active === 'deactivating') throw new ServiceFailed('stopped');
      if (!(thrown instanceof ServiceFailed)) throw thrown;
      this.failed(unit, thrown.status);
      this.#startAgain(unit);
      throw thrown;
    }
    const once = this.setting(unit.name, 'Type')[0] === 'oneshot';
    Object.assign(unit, {
      active: 'active',
      sub: once ? 'exited' : 'running',
      since: station.now(),
      ...(once ? { pid: 0 } : {}),
    });
    station.log(unit.name, 'systemd', `Started ${unit.name} - ${unit.description}.`);
    station.important();
  }

  /** `Restart=always`: systemd tries again after RestartSec, for as long as nobody stops it. */
  #startAgain(unit: Unit): void {
    const restart = this.setting(unit.name, 'Restart').at(-1) ?? 'no';
    if (!['always', 'on-failure'].includes(restart)) return;
    const seconds = Number.parseFloat(this.setting(unit.name, 'RestartSec').at(-1) ?? '0.1');
    Object.assign(unit, { active: 'activating', sub: 'auto-restart' });
    const station = this.#station;
    const since = unit.since;
    const { bootId } = station.identity;
    const again = async (): Promise<void> => {
      await station.pause(seconds * 1000, this.closing.signal);
      if (unit.sub !== 'auto-restart' || unit.since !== since || station.identity.bootId !== bootId) return;
      unit.restarts += 1;
      const text = `${unit.name}: Scheduled restart job, restart counter is at ${unit.restarts}.`;
      station.log(unit.name, 'systemd', text);
      await this.start(unit, this.closing.signal, 'again');
    };
    void again().catch(() => undefined);
  }
  /** Ends what goes on by itself when the station is closed. */
  closing = new AbortController();

  failed(unit: Unit, status: number): void {
    Object.assign(unit, {
      active: 'failed',
      sub: 'failed',
      pid: 0,
      result: 'exit-code',
      status,
      since: this.#station.now(),
    });
    this.#station.log(
      unit.name,
      'systemd',
      `${unit.name}: Main process exited, code=exited, status=${status}/FAILURE`,
      { priority: 5 },
    );
    this.#station.log(unit.name, 'systemd', `${unit.name}: Failed with result 'exit-code'.`, { priority: 4 });
    this.#station.log(unit.name, 'systemd', `Failed to start ${unit.name} - ${unit.description}.`, {
      priority: 3,
    });
  }

  async stop(unit: Unit): Promise<void> {
    if (unit.active === 'inactive') return;
    if (unit.active !== 'failed' && unit.sub !== 'auto-restart') {
      Object.assign(unit, { active: 'deactivating', sub: 'stop-sigterm' });
      this.#station.log(unit.name, 'systemd', `Stopping ${unit.name} - ${unit.description}...`);
      await this.#daemon(unit)?.stop(unit);
      this.#station.log(unit.name, 'systemd', `Stopped ${unit.name} - ${unit.description}.`);
    }
    Object.assign(unit, { active: 'inactive', sub: 'dead', pid: 0, since: this.#station.now() });
    this.#station.important();
  }
}
