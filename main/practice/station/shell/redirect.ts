import { terminalAt } from '../console/terminals.ts';
import { allowed, DiskError } from '../disk/nodes.ts';
import { single } from './expand.ts';
import { openFifo } from './fifo.ts';
import type { Shell } from './shell.ts';
import { path, ShellError, text } from './shell.ts';
import { fileStream, fixedStream } from './streams.ts';
import type { Stream } from './streams.ts';
import type { RedirectionNode } from './syntax.ts';

/** Applies redirections for good, as `exec` does. */
export async function redirectForGood(shell: Shell, list: readonly RedirectionNode[]): Promise<void> {
  for (const node of list) for (const [fd, stream] of await opened(shell, node)) put(shell, fd, stream);
}

/** Applies redirections; what it gives back undoes them. Throws ShellError as the shell would say it. */
export async function redirect(shell: Shell, list: readonly RedirectionNode[]): Promise<() => void> {
  const before = new Map<number, Stream | undefined>();
  const undo = () => {
    for (const [fd, stream] of before) put(shell, fd, stream);
  };
  try {
    for (const node of list)
      for (const [fd, stream] of await opened(shell, node)) {
        if (!before.has(fd)) before.set(fd, shell.fds.get(fd)?.retain());
        put(shell, fd, stream);
      }
  } catch (thrown) {
    undo();
    throw thrown;
  }
  return undo;
}

/** Makes a descriptor point at a stream, which it takes over, or closes it. */
function put(shell: Shell, fd: number, stream: Stream | undefined): void {
  shell.fds.get(fd)?.release();
  if (stream) shell.fds.set(fd, stream);
  else shell.fds.delete(fd);
}

async function opened(shell: Shell, node: RedirectionNode): Promise<[number, Stream | undefined][]> {
  const { operator, target } = node;
  if (target.type === 'HereDoc') {
    const body = await single(shell, target.content);
    return [[node.fd ?? 0, fixedStream(text(target.stripTabs ? body.replace(/^\t+/gm, '') : body))]];
  }
  const word = await single(shell, target);
  if (operator === '<<<') return [[node.fd ?? 0, fixedStream(text(`${word}\n`))]];
  if (operator === '&>' || operator === '&>>') {
    const stream = file(shell, word, operator === '&>' ? '>' : '>>');
    return [
      [1, stream],
      [2, stream.retain()],
    ];
  }
  if (operator === '>&' || operator === '<&')
    return [[node.fd ?? (operator === '>&' ? 1 : 0), duplicate(shell, word)]];
  const fd = node.fd ?? (operator.startsWith('<') ? 0 : 1);
  return [[fd, (await fifo(shell, word, operator)) ?? file(shell, word, operator)]];
}

function duplicate(shell: Shell, word: string): Stream | undefined {
  if (word === '-') return undefined;
  const stream = shell.fds.get(Number(word));
  if (!stream) throw new ShellError(`${word}: Bad file descriptor`);
  return stream.retain();
}

/** A named pipe that is there already. */
async function fifo(shell: Shell, word: string, operator: string): Promise<Stream | undefined> {
  const node = shell.station.tree.peek(path(shell, word), shell.who);
  if (node?.kind !== 'fifo') return undefined;
  const needed = (operator.startsWith('<') ? 4 : 0) | (operator === '<' ? 0 : 2);
  if (!allowed(node, shell.who, needed))
    throw new ShellError(wording(shell, word, operator !== '<', new DiskError('EACCES')));
  return openFifo(node, operator, shell.process.signal);
}

function file(shell: Shell, word: string, operator: string): Stream {
  const { tree } = shell.station;
  const write = operator !== '<';
  const terminal = terminalAt(shell, word);
  if (terminal) return terminal.retain();
  const numbered = /^\/(?:dev\/fd|proc\/self\/fd)\/(\d+)$/.exec(word)?.[1] ?? standard[word];
  if (numbered !== undefined) return duplicate(shell, numbered) as Stream;
  try {
    const exclusive =
      operator === '>' && shell.options.has('C') && tree.peek(path(shell, word))?.kind === 'file';
    const opening = { write, create: write, truncate: operator === '>' || operator === '>|', exclusive };
    const opened = tree.open(path(shell, word), { ...opening, mode: 0o666 & ~shell.umask }, shell.who);
    if (!write && opened.node.kind === 'folder') return fileStream(opened);
    return fileStream(opened, operator === '>>');
  } catch (thrown) {
    if (thrown instanceof DiskError) throw new ShellError(wording(shell, word, write, thrown));
    throw thrown;
  }
}

const standard: Readonly<Record<string, string>> = {
  '/dev/stdin': '0',
  '/dev/stdout': '1',
  '/dev/stderr': '2',
};

function wording(shell: Shell, word: string, write: boolean, error: DiskError): string {
  if (shell.flavour === 'bash') return `${word}: ${error.message}`;
  const why = error.code !== 'ENOENT' ? error.message : write ? 'Directory nonexistent' : 'No such file';
  return `cannot ${write ? 'create' : 'open'} ${word}: ${why}`;
}
