import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request as overHttp } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as overHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled, FieldError } from '../../preload/contract/failure.ts';
import type { Uploads } from '../ports.ts';
import { errnoOf } from './trouble.ts';

/** Nothing moved for this long: the other side is gone. */
const silentMs = 60_000;
/** How long an answer may still take to be read after the line broke. */
const graceMs = 1000;
const mostAnswer = 64 * 1024;

async function answerOf(request: ClientRequest): Promise<{ readonly status: number; readonly text: string }> {
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>)
    if (text.length < mostAnswer) text += chunk;
  return { status: answer.statusCode ?? 0, text: text.slice(0, mostAnswer) };
}

/** A store that refuses may answer before all of it was sent, and close: its answer is then what counts. */
async function lastWord<T>(answer: Promise<T>, why: unknown): Promise<T> {
  const nothing = wait(graceMs).then(() => undefined);
  const said = await Promise.race([answer.catch(() => undefined), nothing]);
  if (said === undefined) throw why;
  return said;
}

/** Sends files over HTTP and HTTPS; redirections are not followed. Throws `unreachable`, `timed-out`. */
export const localUploads: Uploads = {
  async send(method, url, headers, from, signal) {
    const bytes = 'path' in from ? from.bytes : from.content.length;
    const request = (url.startsWith('https:') ? overHttps : overHttp)(url, {
      method,
      headers: { ...headers, 'content-length': `${bytes}` },
      signal,
      timeout: silentMs,
    });
    request.on('timeout', () => request.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })));
    const answer = answerOf(request);
    try {
      const sent =
        'path' in from
          ? pipeline(createReadStream(from.path), request)
          : Promise.resolve(void request.end(from.content));
      return await Promise.race([
        answer,
        sent.then(
          () => answer,
          (why: unknown) => lastWord(answer, why),
        ),
      ]);
    } catch (thrown) {
      answer.catch(() => undefined);
      request.destroy();
      if (signal.aborted) throw cancelled('The upload');
      const code = errnoOf(thrown);
      throw new FieldError(
        {
          code: code === 'ETIMEDOUT' ? 'timed-out' : 'unreachable',
          says: `The store did not take the file (${code ?? (thrown instanceof Error ? thrown.message : 'no reason given')}).`,
          about: new URL(url).origin,
          untouched: 'What was sent before stays there.',
          next: 'Check the address of the store and the network, then try again.',
        },
        { cause: thrown },
      );
    }
  },
};
