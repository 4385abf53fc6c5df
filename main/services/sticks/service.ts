import { relative } from 'node:path';
import type { Stick } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { CapacityCheck, Ejected } from '../../../preload/contract/supply/sticks.ts';
import type { CallContext, CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import type { Chance, Clock, Files, Sticks, Work } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import { exports, recordLeft } from '../../store/exports.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import { checkCapacity } from './check.ts';
import { watchSticks } from './watch.ts';

export interface SticksDeps {
  readonly sticks: Sticks;
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly work: Work;
  readonly chance: Chance;
  /** What is being written below a folder now. */
  readonly busyAt: (folder: string) => string | undefined;
}

const isBelow = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && !way.startsWith('/');
};

/** Sticks of this laptop: which are there, when each was written to last, and taking one out. */
export function stickService(deps: SticksDeps): {
  readonly calls: Pick<CallHandlers, 'stick.list' | 'stick.eject' | 'stick.check'>;
  readonly feeds: Pick<FeedHandlers, 'stick.watch'>;
} {
  const { sticks, store, files, clock } = deps;

  /** By the bags that lie on it now: a mount point tells nothing, for every stick gets the same. */
  const lastExportAt = async (stick: Stick): Promise<string | undefined> => {
    if (stick.path === '') return undefined;
    const copies = store.read(db => exports(db)).flatMap(each => each.copies);
    for (const copy of copies.toSorted((a, b) => b.writtenAt.localeCompare(a.writtenAt)))
      if (isBelow(copy.path, stick.path) && (await files.stat(copy.path).catch(() => undefined)))
        return copy.writtenAt;
    return undefined;
  };

  const list = async (): Promise<readonly Stick[]> =>
    Promise.all(
      (await sticks.list()).map(async stick => {
        const at = await lastExportAt(stick);
        return at === undefined ? stick : { ...stick, lastExportAt: at };
      }),
    );

  /** The stick mounted there, with nobody writing to it. */
  const ours = async (
    path: string,
    refusal: { readonly says: string; readonly untouched: string },
  ): Promise<string> => {
    const place = await files.real(path);
    const busy = deps.busyAt(place);
    const { untouched } = refusal;
    if (busy !== undefined)
      throw new FieldError({
        code: 'refused',
        says: busy,
        about: path,
        untouched,
        next: 'Wait until that is done, or stop it, then try again.',
      });
    if ((await sticks.list()).some(each => each.path === place)) return place;
    throw new FieldError({
      code: 'refused',
      says: refusal.says,
      about: path,
      untouched,
      next: 'Choose one from the list of sticks.',
    });
  };

  const check = async (path: string, context: CallContext): Promise<CapacityCheck> => {
    const says = 'This is no removable drive; only a stick is checked.';
    const place = await ours(path, { says, untouched: 'Nothing was written.' });
    const found = await checkCapacity(deps, place, context);
    store.write(db =>
      audit(db, technician(db), 'checked-stick', { path: place, holds: found.holds }, clock.now()),
    );
    return found;
  };

  const eject = async (path: string): Promise<Ejected> => {
    const place = await ours(path, {
      says: 'This is no removable drive, so there is nothing to unplug.',
      untouched: 'It stays mounted.',
    });
    // Looked up before it is gone: afterwards nothing lies there any more.
    const there = store
      .read(db => exports(db))
      .flatMap(each =>
        each.copies.filter(copy => isBelow(copy.path, place)).map(copy => ({ id: each.id, copy })),
      );
    const present = await Promise.all(there.map(({ copy }) => files.stat(copy.path).catch(() => undefined)));
    const ejected = await sticks.eject(place);
    if (!ejected.safe) return ejected;
    const at = clock.now();
    store.write(db => {
      there.forEach(({ id, copy }, i) => {
        if (present[i]) recordLeft(db, id, copy.path, at.toISOString());
      });
      audit(db, technician(db), 'took-out-stick', { path: place }, at);
    });
    return ejected;
  };

  return {
    calls: {
      'stick.list': list,
      'stick.check': ({ path }, context) => check(path, context),
      'stick.eject': ({ path }) => eject(path),
    },
    feeds: {
      'stick.watch': (_, signal) => watchSticks({ clock, glance: () => sticks.glance(), list }, signal),
    },
  };
}
