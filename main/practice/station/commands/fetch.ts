import type { Call, Program, Programs } from '../shell/call.ts';
import { options } from './options.ts';

/** What answers at a URL of the node itself. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

const hostOf = (url: string): string => /^\w+:\/\/\[?([^\]/:]+)/.exec(url)?.[1] ?? url.split('/')[0] ?? '';
const portOf = (url: string): string =>
  /^\w+:\/\/[^/]*:(\d+)/.exec(url)?.[1] ?? (url.startsWith('https') ? '443' : '80');

async function put(call: Call, to: string | undefined, body: string): Promise<void> {
  if (to === undefined || to === '-') return call.out(body);
  const how = { write: true, create: true, truncate: true, mode: 0o666 & ~call.umask };
  call.station.tree.open(call.path(to), how, call.who).write(0, Buffer.from(body));
}

/** `curl`: asks the services of this node; beyond it there is no network. */
const curl: Program = async call => {
  const given = options(call.args, 'sSkfgLo:m:w:H:X:d:iIvu:A:', [
    'silent',
    'show-error',
    'insecure',
    'fail',
    'globoff',
    'location',
    'output=',
    'max-time=',
    'connect-timeout=',
    'write-out=',
    'header=',
    'request=',
    'cacert=',
    'cert=',
    'key=',
    'noproxy=',
    'proto=',
    'tlsv1.2',
  ]);
  const [url] = given.rest;
  if (url === undefined) return (await call.err('curl: (2) no URL specified\n'), 2);
  const silent = given.has('s', 'silent') && !given.has('S', 'show-error');
  const fails = async (status: number, why: string): Promise<number> => {
    if (!silent) await call.err(`curl: (${status}) ${why}\n`);
    return status;
  };
  const answer = call.station.answer(url);
  if (!answer && !/^(127\.|localhost|::1)/.test(hostOf(url)))
    return fails(6, `Could not resolve host: ${hostOf(url)}`);
  if (!answer)
    return fails(
      7,
      `Failed to connect to ${hostOf(url)} port ${portOf(url)} after 0 ms: Could not connect to server`,
    );
  if (given.has('f', 'fail') && answer.status >= 400)
    return fails(22, `The requested URL returned error: ${answer.status}`);
  await put(call, given.value('o', 'output'), answer.body);
  const extra = given.value('w', 'write-out');
  if (extra !== undefined)
    await call.out(
      extra
        .replaceAll('%{http_code}', String(answer.status))
        .replaceAll('%{time_connect}', '0.000310')
        .replaceAll('\\n', '\n'),
    );
  return 0;
};

/** `wget`: the same, as Debian brings it. */
const wget: Program = async call => {
  const given = options(call.args, 'qO:T:t:S', [
    'quiet',
    'output-document=',
    'timeout=',
    'tries=',
    'no-check-certificate',
    'header=',
    'ca-certificate=',
    'spider',
  ]);
  const [url] = given.rest;
  if (url === undefined) return (await call.err('wget: missing URL\n'), 1);
  const answer = call.station.answer(url);
  if (!answer) {
    if (!given.has('q', 'quiet'))
      await call.err(`Connecting to ${hostOf(url)}:${portOf(url)}... failed: Connection refused.\n`);
    return 4;
  }
  if (answer.status >= 400) {
    if (!given.has('q', 'quiet')) await call.err(`ERROR ${answer.status}.\n`);
    return 8;
  }
  await put(call, given.value('O', 'output-document') ?? 'index.html', answer.body);
  return 0;
};

export const fetchPrograms: Programs = { curl, wget };
