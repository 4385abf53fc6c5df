import { Agent, request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { oneLine } from '../../core/lan/said.ts';
import type { Talk } from '../../core/lan/sighting.ts';
import type { Door } from './connect.ts';
import type { Draft } from './draft.ts';

export type Answer = NonNullable<Talk['http']>[number];

/** What is kept of one answer. */
const mostBodyBytes = 64 * 1024;
const mostHeaders = 64;
const longestHeader = 500;
const mostHeaderBytes = 16 * 1024;

/** Lets all requests go over the one connection that stands, and none over another. */
class OneConnection extends Agent {
  #socket: Duplex | undefined;

  constructor(socket: Duplex) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(...[, done]: Parameters<Agent['createConnection']>): Duplex {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) return socket;
    // The far side closed it after an answer. Node takes an error through the callback, although its types ask for a stream.
    done?.(new Error('closed'), undefined as unknown as Duplex);
    return undefined as unknown as Duplex;
  }
}

/**
 * Gets each path over one connection and adds the answers to the draft as they come. Ends early when the far side closes, or
 * sends more than is kept of an answer: what follows could not be told from its rest. The socket is the caller's to destroy.
 */
export async function getAll(
  socket: Duplex,
  door: Door,
  paths: readonly string[],
  draft: Draft,
  body?: (answer: Answer, bytes: Uint8Array, isWhole: boolean) => void,
): Promise<void> {
  const agent = new OneConnection(socket);
  const answers: Answer[] = [];
  for (const path of paths) {
    const { answer, bytes, isWhole } = await got(agent, door, path);
    answers.push(answer);
    draft.http = [...answers];
    body?.(answer, bytes, isWhole);
    if (!isWhole || socket.destroyed) return;
  }
}

interface Got {
  readonly answer: Answer;
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

function got(agent: Agent, { address, port }: Door, path: string): Promise<Got> {
  return new Promise((done, failed) => {
    const plain = address.split('%')[0] ?? '';
    const asked = Date.now();
    const asking: ClientRequest = request({
      agent,
      path,
      host: plain,
      port,
      maxHeaderSize: mostHeaderBytes,
      headers: { host: `${isIPv6(plain) ? `[${plain}]` : plain}:${port}`, accept: '*/*' },
    });
    asking.on('error', failed);
    const closed = (): void => failed(new Error('closed'));
    asking.on('close', closed);
    asking.on('upgrade', (_response, upgraded) => upgraded.destroy());
    asking.on('response', response => {
      // Closing now is nothing wrong with the question.
      asking.off('close', closed);
      const at = Math.round((asked + Date.now()) / 2);
      read(response, (bytes, isWhole) =>
        done({ answer: answerOf(path, response, bytes, at), bytes, isWhole }),
      );
    });
    asking.end();
  });
}

/** Reads the beginning of the body; what was cut or broken off is not whole. `then` may be called more than once. */
function read(response: IncomingMessage, then: (bytes: Uint8Array, isWhole: boolean) => void): void {
  const kept: Buffer[] = [];
  let length = 0;
  const end = (isWhole: boolean): void => then(Buffer.concat(kept).subarray(0, mostBodyBytes), isWhole);
  response.on('data', (bytes: Buffer) => {
    kept.push(bytes);
    length += bytes.length;
    if (length <= mostBodyBytes) return;
    response.removeAllListeners('data').pause();
    end(false);
  });
  response.on('end', () => end(true));
  response.on('error', () => end(false));
  response.on('close', () => end(false));
}

const answerOf = (path: string, response: IncomingMessage, bytes: Uint8Array, at: number): Answer => ({
  path,
  status: response.statusCode ?? 0,
  headers: Object.fromEntries(
    Object.entries(response.headers)
      .slice(0, mostHeaders)
      .map(([name, value]) => [oneLine(name), oneLine(String(value), longestHeader)]),
  ),
  body: Buffer.from(bytes).toString('utf8'),
  at,
});
