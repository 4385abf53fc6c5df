/** Something that is going on behind a door: a run on a node, or long work on the laptop itself. */
export interface GoingOn {
  readonly is: 'run' | 'work';
  /** What it is, as its screen calls it. */
  readonly what: string;
  /** The node, bundle or folder it is about. */
  readonly about?: string;
}

const named = ({ what, about }: GoingOn): string => (about === undefined ? what : `${what} (${about})`);

const runStays =
  'A run stops being watched: a command that is running on the node goes on there, nothing further is sent. The run stands in the journal; after the next start Coldstart looks at the node and offers to continue.';
const workStays = 'A copy stops where it is, and goes on from there the next time it is asked for.';

/** The question to ask before Coldstart is closed while this is going on; undefined when nothing is. */
export function closingQuestion(
  going: readonly GoingOn[],
): { readonly message: string; readonly detail: string } | undefined {
  const [first, ...more] = going;
  if (!first) return undefined;
  const message =
    more.length === 0
      ? `${named(first)} is going on. Close Coldstart?`
      : `${going.length} things are going on. Close Coldstart?`;
  const list = more.length === 0 ? [] : [going.map(one => `• ${named(one)}`).join('\n')];
  const runs = going.some(one => one.is === 'run') ? [runStays] : [];
  const work = going.some(one => one.is === 'work') ? [workStays] : [];
  return { message, detail: [...list, ...runs, ...work].join('\n\n') };
}
