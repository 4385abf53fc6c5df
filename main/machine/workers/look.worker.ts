import type {
  SnapshotContents,
  SnapshotObjectText,
  SnapshotObjects,
} from '../../../preload/contract/snapshots/look.ts';
import { Look } from '../../core/snapshot-look/look.ts';
import type { Wanted } from '../../core/snapshot-look/find.ts';
import type { SiteImages } from '../../core/snapshot-look/used-images.ts';
import { LastHeld } from './held-snapshot.ts';
import type { HeldSnapshot, HoldOptions } from './held-snapshot.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';

/** What is asked of a snapshot, and what comes back. */
export type LookAsk =
  | { readonly is: 'contents' }
  | { readonly is: 'objects'; readonly wanted: Wanted; readonly offset: number; readonly most: number }
  | { readonly is: 'object'; readonly key: string; readonly managedFields: boolean }
  | { readonly is: 'images' };
export type LookReply = Omit<SnapshotContents, 'path'> | SnapshotObjects | SnapshotObjectText | SiteImages;

export interface LookJob extends HoldOptions {
  readonly path: string;
  readonly ask: LookAsk;
}

const last = new LastHeld();
const looks = new WeakMap<HeldSnapshot, Look>();

function lookInto(held: HeldSnapshot): Look {
  const look = looks.get(held) ?? new Look(held.reading);
  looks.set(held, look);
  return look;
}

async function answer({ path, ask, ...options }: LookJob, desk: Desk): Promise<LookReply> {
  const held = await last.of(path, options, desk);
  const reply = replyTo(lookInto(held), held, ask, () => desk.goOn());
  held.assertUnchanged();
  return reply;
}

function replyTo(look: Look, held: HeldSnapshot, ask: LookAsk, goOn: () => void): LookReply {
  switch (ask.is) {
    case 'contents': {
      const { damage } = held;
      return { ...look.contents(goOn), ...(damage === undefined ? {} : { damage }) };
    }
    case 'objects':
      return look.objects(ask.wanted, ask, goOn);
    case 'object':
      return look.object(ask.key, ask.managedFields);
    case 'images':
      return look.images(goOn);
    default:
      return ask satisfies never;
  }
}

serve<LookJob, LookReply>(answer);
