import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExerciseName } from '../../preload/contract/exercises.ts';
import { Secret } from '../core/secret.ts';
import type { Chance, Clock } from '../ports.ts';
import { readState, writeState } from './state-file.ts';
import type { SavedState } from './state-file.ts';
import { installed } from './station/commands/index.ts';
import type { JournalLine } from './station/journal.ts';
import { installBefore } from './station/k3s/already.ts';
import { teachK3s } from './station/k3s/install.ts';
import type { K3s } from './station/k3s/server.ts';
import { pack, unpack } from './station/persist.ts';
import { runOn } from './station/run.ts';
import type { Ran } from './station/run.ts';
import { healthy } from './station/scenario.ts';
import type { Scenario } from './station/scenario.ts';
import { conform, refresh, seed } from './station/seed.ts';
import type { Unit } from './station/services.ts';
import type { Stage } from './station/console/side.ts';
import { Station } from './station/station.ts';
import type { Identity } from './station/station.ts';
import { troubles } from './trouble/all.ts';
import { settled } from './trouble/bring.ts';
import { newKeyPair, publicParts, startSshd } from './wires/server.ts';
import { practiceSerial } from './wires/serial.ts';
import type { PracticeSerial } from './wires/serial.ts';
import type { Faults } from './wires/server.ts';

export type { Scenario } from './station/scenario.ts';
export type { Faults } from './wires/server.ts';

declare const practice: unique symbol;

/** The practice node: how to reach it, how to log in, and how to make it misbehave. Never a real node. */
export interface PracticeStation {
  readonly [practice]: true;
  readonly address: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  readonly name: string;
  /** Random at every start; the same password logs in and answers sudo's question, as on a real Debian. */
  readonly password: Secret;
  readonly sudoPassword: Secret;
  /** Path of a private key that may log in; random at every start, 0600. */
  readonly keyFile: string;
  /** Line for known_hosts: `[127.0.0.1]:port ssh-ed25519 …`. The key stays the same over restarts. */
  readonly hostKey: string;
  /** `SHA256:…` as ssh-keygen prints it. */
  readonly fingerprint: string;
  /** A fresh node with a new identity; open connections end. */
  reset(): Promise<void>;
  /** Makes the node differ from a healthy one. */
  set(change: Partial<Scenario>): void;
  /** Installs K3s by hand, as somebody may have done before: with embedded etcd, or without and thus on SQLite. */
  installK3s(datastore: 'etcd' | 'sqlite'): Promise<void>;
  /** Makes a node that has run K3s for weeks, and breaks it in the way of this exercise. */
  breakWith(exercise: ExerciseName): Promise<void>;
  /** Keeps the node as it is now, once, to go back to; and goes back to it. */
  putAside(): void;
  putBack(): void;
  /** Uid of the cluster's kube-system namespace: another one is another cluster. */
  readonly clusterUid: string;
  /** Whether a file was opened for reading since the node was broken. */
  wasRead(path: string): boolean;
  /** Runs a script on the node without any wire; for tests and scenarios. */
  run(script: string, as?: 'login' | 'root'): Promise<Ran>;
  readonly faults: Faults;
  /** Ends all open connections, as a pulled cable would. */
  cutConnections(): void;
  /** Turns the node off and on. */
  reboot(): void;
  /** The node itself, for tests that look behind the curtain. */
  readonly node: Station;
  /** The node's serial console and the cable in it. */
  readonly serial: PracticeSerial;
  /** Writes the state now. */
  save(): void;
  close(): Promise<void>;
}

export interface PracticeOptions {
  /** The practice home's folder; the station keeps its files in `station/` below it. */
  readonly home: string;
  /** The `practice` folder of the app's resources. */
  readonly resources: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Factor of all waiting on the serial console: 1 is as a node would, 0 as fast as it can. */
  readonly consolePace?: number;
}

const saveAfterMs = 400;
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

const randomWord = (chance: Chance, length: number): string =>
  [...chance.bytes(length)].map(byte => alphabet.charAt(byte % alphabet.length)).join('');

function freshIdentity(chance: Chance, now: number): Identity {
  const hex = (n: number) => Buffer.from(chance.bytes(n)).toString('hex');
  const mac = `02:${hex(5).replace(/../g, '$&:').slice(0, -1)}`;
  return { machineId: hex(16), mac, bootId: chance.uuid(), bootedAt: now - 3_600_000 };
}

/** Opens the practice station: the node as it was left, or a fresh one, behind a real SSH server on loopback. */
export async function practiceStation(options: PracticeOptions): Promise<PracticeStation> {
  const { chance } = options;
  const folder = join(options.home, 'station');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const privateKey = keptKey(join(folder, 'host_key'));
  const loginKey = newKeyPair('coldstart practice login');
  const keyFile = join(folder, 'login_key');
  writeFileSync(keyFile, loginKey.private, { mode: 0o600 });
  const password = new Secret(randomWord(chance, 16));
  const keeper = new Keeper(join(folder, 'node.state'), options, password);
  const faults: Faults = { refuseLogins: false, cutAfterBytes: undefined, atExec: () => 'go' };
  const { line, fingerprint } = publicParts(privateKey);
  const station = keeper.open(line);
  const sshd = await startSshd({
    station,
    hostKey: privateKey,
    password,
    authorizedKey: loginKey.public,
    faults,
  });
  const serial = practiceSerial(station, {
    ...(options.consolePace !== undefined && { pace: options.consolePace }),
  });
  station.rebooted = () => {
    sshd.cut();
    serial.side.go('boot');
  };
  return {
    address: '127.0.0.1',
    port: sshd.port,
    user: station.loginUser,
    name: 'practice-node-1',
    password,
    sudoPassword: password,
    keyFile,
    hostKey: `[127.0.0.1]:${sshd.port} ${line}`,
    fingerprint,
    reset: async () => {
      sshd.cut();
      keeper.reset();
      serial.side.go('up');
    },
    set: change => keeper.set(change),
    installK3s: datastore => installBefore(station, options.resources, datastore),
    breakWith: async exercise => {
      sshd.cut();
      // It stays the same machine to whoever knows it.
      const { machineId, mac } = station.identity;
      keeper.reset({ machineId, mac });
      serial.side.go('up');
      const trouble = troubles.get(exercise);
      if (!trouble) throw new Error(`the practice station has no ${exercise}`);
      const node = {
        station,
        k3s: keeper.k3s,
        set: keeper.set.bind(keeper),
        run: (script: string) => runOn(station, script),
      };
      await settled(node, { resources: options.resources, age: trouble.age ?? 40 });
      await trouble.bring(node);
      station.tree.forgetReads();
      keeper.save();
    },
    putAside: () => keeper.putAside(),
    putBack: () => {
      sshd.cut();
      keeper.putBack();
      serial.side.go(station.stage);
    },
    get clusterUid() {
      return keeper.k3s.kept.clusterUid;
    },
    wasRead: path => station.tree.peek(path)?.wasRead === true,
    run: (script, as) => runOn(station, script, as),
    faults,
    cutConnections: () => sshd.cut(),
    reboot: () => station.reboot(),
    node: station,
    serial,
    save: () => keeper.save(),
    close: async () => {
      serial.close();
      await sshd.close();
      keeper.close();
    },
  } as PracticeStation;
}

function keptKey(path: string): string {
  if (!existsSync(path)) writeFileSync(path, newKeyPair('coldstart practice host').private, { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

/** Keeps the node's state in a file: a while after each change, and at once when it matters. */
class Keeper {
  readonly #path: string;
  readonly #options: PracticeOptions;
  readonly #station: Station;
  readonly k3s: K3s;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(path: string, options: PracticeOptions, password: Secret) {
    this.#path = path;
    this.#options = options;
    const { clock, chance } = options;
    this.#station = new Station({
      clock,
      chance,
      identity: freshIdentity(chance, clock.now().getTime()),
      sudoPassword: password,
    });
    for (const [name, program] of installed) this.#station.programs.set(name, program);
    this.k3s = teachK3s(this.#station, options.resources);
  }

  open(hostKey: string): Station {
    const station = this.#station;
    station.hostKey = hostKey;
    const saved = readState(this.#path);
    if (!saved || !this.#restored(saved)) {
      // What cannot be read is kept for a look; the trainee gets a fresh node.
      if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.damaged`);
      this.reset();
    }
    station.tree.changed = () => this.#soon();
    station.important = () => this.#soon(20);
    station.services.goOn();
    return station;
  }

  #restored(saved: SavedState): boolean {
    const station = this.#station;
    const { head, body } = saved;
    try {
      unpack(station.tree, head['nodes'] as never, body);
    } catch {
      return false;
    }
    Object.assign(station.identity, head['identity']);
    station.journal.lines = head['journal'] as JournalLine[];
    station.services.restore(head['units'] as Unit[]);
    for (const [name, part] of station.parts)
      part.load((head['parts'] as Record<string, unknown> | undefined)?.[name]);
    this.set({ ...healthy, ...(head['scenario'] as Scenario) });
    station.stage = (head['stage'] as Stage | undefined) ?? 'up';
    refresh(station);
    return true;
  }

  reset(same: Partial<Identity> = {}): void {
    const station = this.#station;
    const { chance, clock } = this.#options;
    station.processes.killAll();
    station.services.closing.abort();
    station.services.closing = new AbortController();
    station.tree.root.entries.clear();
    station.tree.used = 0;
    station.tree.inodesUsed = 0;
    station.scenario = healthy;
    station.stage = 'up';
    this.set({});
    Object.assign(station.identity, freshIdentity(chance, clock.now().getTime()), same);
    station.journal.lines = [];
    station.services.restore([]);
    station.locks.clear();
    for (const part of station.parts.values()) part.load(undefined);
    seed(station);
    station.log('', 'kernel', 'Linux version 6.12.48+deb13 (debian-kernel@lists.debian.org)', { pid: 0 });
    station.log('init.scope', 'systemd', 'Startup finished in 3.1s (kernel) + 6.8s (userspace) = 9.9s.');
    if (!this.#closed) this.save();
  }

  set(change: Partial<Scenario>): void {
    const station = this.#station;
    station.scenario = { ...station.scenario, ...change };
    const { disk, readOnlyRoot } = station.scenario;
    station.tree.readOnly = readOnlyRoot;
    const gib = 2 ** 30;
    station.tree.capacity = disk === 'small' ? 6 * gib : 32 * gib;
    station.tree.reserved =
      disk === 'full' ? station.tree.capacity - station.tree.used - 20 * 2 ** 20 : 3.1 * gib;
    const { tree } = station;
    tree.inodesReserved = disk === 'no-inodes' ? tree.inodes - tree.inodesUsed - 12 : 61_204;
    // Not before there is a disk.
    if (station.tree.peek('/etc/hostname')) {
      station.tree.readOnly = false;
      conform(station);
      station.tree.readOnly = readOnlyRoot;
    }
    this.#soon();
  }

  #soon(ms = saveAfterMs): void {
    if (this.#closed || (this.#timer && ms >= saveAfterMs)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), ms);
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const station = this.#station;
    const { nodes, body } = pack(station.tree);
    const parts = Object.fromEntries([...station.parts].map(([name, part]) => [name, part.save()]));
    const { identity, scenario, stage } = station;
    writeState(
      this.#path,
      {
        nodes,
        identity,
        scenario,
        stage,
        journal: station.journal.lines,
        units: station.services.saved(),
        parts,
      },
      body,
    );
  }

  get #aside(): string {
    return `${this.#path}.aside`;
  }
  get hasAside(): boolean {
    return existsSync(this.#aside);
  }
  /** Keeps the state of now, unless one is kept already: the first is the trainee's own. */
  putAside(): void {
    this.save();
    if (!this.hasAside) copyFileSync(this.#path, this.#aside);
  }
  putBack(): void {
    const saved = readState(this.#aside);
    this.#station.processes.killAll();
    this.#station.services.closing.abort();
    this.#station.services.closing = new AbortController();
    if (!saved || !this.#restored(saved)) this.reset();
    rmSync(this.#aside, { force: true });
    this.save();
    this.#station.services.goOn();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.save();
    this.#closed = true;
    this.#station.services.closing.abort();
    this.#station.processes.killAll();
  }
}
