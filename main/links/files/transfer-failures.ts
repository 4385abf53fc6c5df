import { FieldError } from '../../../preload/contract/failure.ts';

/** The source gave fewer bytes than it had said. */
export const shrunk = (): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: 'The file on the laptop became shorter while it was sent.',
    untouched: 'Nothing under the final name was changed on the node.',
    next: 'Check whether the stick is still plugged in, then try again.',
  });

/** The laptop's file was wrong before it was sent. */
export const wrongHere = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `The laptop’s file for ${path} is not what its checksum says.`,
    about,
    untouched: 'Nothing under the final name was changed on the node.',
    next: 'Verify the bundle again; import it anew if it is damaged.',
  });

/** What the node holds after a whole transfer is something else. */
export const spoiled = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${path} did not arrive as it was sent: its SHA-256 on the node is another one.`,
    about,
    untouched: 'Nothing under the final name was changed; the damaged copy was removed.',
    next: 'Try again. If it happens twice, suspect the node’s memory or disk.',
  });

/** The node's file has another hash than it must have. */
export const wrongThere = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${path} on the node is not what its checksum says.`,
    about,
    untouched: 'The file on the node is as it was; the copy on the laptop was thrown away.',
    next: 'Make the file anew on the node, then fetch it again.',
  });

/** The node's file is not the same any more as when it was first looked at. */
export const changed = (about: string, path: string): FieldError =>
  new FieldError({
    code: 'damaged',
    says: `${path} changed on the node while it was fetched.`,
    about,
    untouched: 'The file on the node is as it was.',
    next: 'Wait until nothing writes to it any more, then fetch it again.',
  });
