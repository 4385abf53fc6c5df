import { StringDecoder } from 'node:string_decoder';
import { exitCodes, FieldError, kindOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import { failureText } from '../output.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain } from '../words.ts';

/** What `ssh` ends with when the connection, and not the command, failed. */
const linkFailed = 255;
const ofLink: readonly Failure['code'][] = ['unreachable', 'link-lost', 'login-refused', 'timed-out'];

function seconds(at: At): number | undefined {
  const word = at.option('timeout');
  if (word === undefined) return undefined;
  const value = /^\d{1,5}$/.test(word) ? Number(word) : 0;
  if (value > 0) return value;
  throw new FieldError({
    code: 'bad-ask',
    says: `“${word}” is no number of seconds.`,
    untouched: 'Nothing was sent to the node.',
    next: 'Give a whole number from 1 to 86400.',
  });
}

interface Heard {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: string | null;
}

async function heard(at: At): Promise<Heard> {
  const node = await at.node(at.arg(0));
  const timeoutSeconds = seconds(at);
  const all: Heard = { stdout: '', stderr: '', code: null, signal: null };
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  const asked = {
    node: node.id,
    command: at.args.slice(1).join(' '),
    as: at.has('root') ? ('root' as const) : ('login' as const),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
  for await (const news of at.listen('exec.open', asked)) {
    if (news.is === 'ended') Object.assign(all, { code: news.code, signal: news.signal });
    else {
      const text = decoders[news.is].write(Buffer.from(news.bytes));
      if (at.output.json) all[news.is] += text;
      else process[news.is].write(plain(text));
    }
  }
  if (at.signal.aborted) throw stopped(node.name);
  return all;
}

const stopped = (about: string): FieldError =>
  new FieldError({
    code: 'cancelled',
    says: 'The command was stopped because you asked for it.',
    about,
    untouched: 'What it had done until then stays done.',
    next: 'Look at the node before you repeat it.',
  });

/** A link that failed is not the command's status: 255 as with ssh, and under `--json` told in `exit` too. */
function failed(at: At, thrown: unknown): Answer {
  if (!(thrown instanceof FieldError) || !ofLink.includes(thrown.failure.code)) throw thrown;
  const { failure } = thrown;
  if (!at.output.json) at.output.say(failureText(failure));
  return { json: { exit: linkFailed, failure, kind: kindOf(failure) }, text: '', exit: linkFailed };
}

export const execVerbs: readonly Verb[] = [
  {
    name: 'exec',
    takes: ['NODE', 'COMMAND…'],
    says: 'Run one command on a node, over SSH or its serial console; ends with the command’s own status.',
    more: 'Example: coldstart exec cp1 --root -- journalctl -u k3s -n 20\nThe command is read by sh on the node. Status 255 means that the link failed.',
    options: {
      root: { says: 'As root, through sudo where that is needed.' },
      timeout: { value: 'SECONDS', says: 'End the command after so long.' },
    },
    run: async at => {
      try {
        const { stdout, stderr, code, signal } = await heard(at);
        // a shell tells a signal's end the same way, only with its number
        const exit = code ?? exitCodes.bug;
        return { json: { exit: code, signal, stdout, stderr }, text: '', exit };
      } catch (thrown) {
        return failed(at, thrown);
      }
    },
  },
];
