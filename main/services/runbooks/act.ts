import { FieldError } from '../../../preload/contract/failure.ts';
import type { VaultFile } from '../bundles/bundles.ts';
import type { Files } from '../../ports.ts';
import type { Action, Hands } from './book.ts';
import { tailOf } from './book.ts';
import type { Console } from './console.ts';
import type { Intent } from './ledger.ts';
import { cameByStick } from './carry/came.ts';
import { follow, startJob } from './job.ts';
import type { JobEnd } from './job.ts';

/** What doing an action needs besides hands. */
export interface Doing {
  readonly files: Files;
  /** Journals what is about to happen; the answer is journaled by `done`. */
  intend(asks: string, as: string, job?: string): Intent;
  sent(as: 'login' | 'root' | 'laptop', text: string): void;
  /** Where a job's log is shown. */
  output(): ReturnType<Console['output']>;
  /** How often a job of this name was started in this run before. */
  attempts(name: string): number;
}

const failed = (about: string, says: string): FieldError =>
  new FieldError({
    code: 'step-failed',
    says,
    about,
    next: 'Look at the last lines in the terminal, then continue the run or remove what it left.',
  });

async function command(hands: Hands, action: Action & { is: 'command' }): Promise<void> {
  const { as, timeoutMs = 60_000 } = action;
  const exit = await hands.exec(action.command, { as, timeoutMs });
  const says = action.fails
    ? action.fails(exit, hands)
    : exit.code === 0
      ? undefined
      : `A command ended with ${exit.code === null ? `signal ${exit.signal ?? ''}` : `status ${exit.code}`}: ${tailOf(exit) || 'it said nothing'}.`;
  if (says !== undefined) throw failed(hands.node.name, says);
}

/** Judges a job's end: anything but status 0 is a failure, and so is work that vanished. */
function judgeJob(about: string, end: JobEnd): void {
  const last = tailOf({ stdout: end.tail, stderr: '' });
  if (end.is !== 'done')
    throw failed(
      about,
      'The work on the node ended without leaving its result: it was killed, or the node restarted.',
    );
  if (end.code !== 0)
    throw failed(about, `The work on the node ended with status ${end.code}: ${last || 'it said nothing'}.`);
}

async function job(hands: Hands, doing: Doing, action: Action & { is: 'job' }): Promise<void> {
  const name = `${action.name}.${doing.attempts(action.name) + 1}`;
  const start = startJob(hands.run, name, action.command);
  const intent = doing.intend(start.text, 'root', name);
  doing.sent('root', `${action.command.text}   # detached, as ${name}`);
  const exit = await hands.exec(start, { as: 'root', again: true, timeoutMs: 60_000 });
  if (exit.code !== 0)
    throw failed(
      hands.node.name,
      `The work could not be started on the node: ${tailOf(exit) || 'it said nothing'}.`,
    );
  const output = doing.output();
  const end = await follow(hands, name, action.timeoutMs, text => {
    action.tells?.(text, hands);
    return output.take(Buffer.from(text));
  });
  output.end();
  intent.done(end.is === 'done' ? end.code : null, tailOf({ stdout: end.tail, stderr: '' }));
  const known = end.is === 'done' && end.code !== 0 ? action.fails?.(end.tail, hands) : undefined;
  if (known) throw known;
  judgeJob(hands.node.name, end);
}

async function write(hands: Hands, doing: Doing, action: Action & { is: 'write' }): Promise<void> {
  const { path, mode } = action;
  const intent = doing.intend(`write ${path}`, 'root');
  doing.sent('root', `write ${path}:\n${action.shown}`);
  await hands.link.writeFile(path, action.content(hands), {
    signal: hands.signal,
    mode,
    owner: '0:0',
    as: 'root',
  });
  intent.done(0, 'written');
}

async function upload(hands: Hands, doing: Doing, action: Action & { is: 'upload' }): Promise<void> {
  if (action.byStick === true) {
    await cameByStick(hands, action);
    return;
  }
  const { file, path, mode } = action;
  const says = `upload ${file.name} (${file.bytes} bytes) to ${path}`;
  const intent = doing.intend(says, 'login');
  doing.sent('login', says);
  const local = await openVaultFile(doing.files, file);
  try {
    const done = await hands.link.upload(local, path, {
      signal: hands.signal,
      mode,
      sha256: file.sha256,
      onProgress: ({ done: bytes }) => {
        hands.progress(
          file.bytes === 0 ? 1 : bytes / file.bytes,
          `${file.name}: ${mib(bytes)} of ${mib(file.bytes)}`,
        );
      },
    });
    const resumed = done.resumedAt > 0 ? `, taken up again at byte ${done.resumedAt}` : '';
    intent.done(0, `${done.bytes} bytes, SHA-256 ${done.sha256}${resumed}`);
    hands.note(`${file.name} is on the node, SHA-256 equal on both ends${resumed}.`);
  } finally {
    await local.close();
  }
}

async function openVaultFile(files: Files, file: VaultFile): Promise<Awaited<ReturnType<Files['open']>>> {
  try {
    return await files.open(file.path, 'read');
  } catch (cause) {
    throw new FieldError(
      {
        code: 'damaged',
        says: `The bundle’s file ${file.name} cannot be read from the laptop.`,
        about: file.path,
        untouched: 'Nothing of it was sent to the node.',
        next: 'Check the bundle (verify), or import it again; then continue the run.',
      },
      { cause },
    );
  }
}

const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MiB`;

async function laptop(hands: Hands, doing: Doing, action: Action & { is: 'laptop' }): Promise<void> {
  const intent = doing.intend(action.says, 'laptop');
  doing.sent('laptop', action.says);
  const saw = await action.work(hands);
  intent.done(0, saw ?? 'done');
  if (saw !== undefined) hands.note(saw);
}

/** Does one action of a step; throws when it did not work. */
export function act(hands: Hands, doing: Doing, action: Action): Promise<void> {
  switch (action.is) {
    case 'command':
      return command(hands, action);
    case 'job':
      return job(hands, doing, action);
    case 'write':
      return write(hands, doing, action);
    case 'upload':
      return upload(hands, doing, action);
    case 'laptop':
      return laptop(hands, doing, action);
    default:
      return action satisfies never;
  }
}
