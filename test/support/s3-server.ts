import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface S3Server {
  readonly url: string;
  /** By key, the bucket first. */
  readonly objects: Map<string, Buffer>;
  /** Keys in the order they came, refused ones too. */
  readonly asked: string[];
  /** The next requests are answered with this instead. */
  failing: { status: number; times: number } | undefined;
}

/**
 * A store that takes PUTs, and takes them only when the signature is right, as written down in “Authenticating Requests:
 * Using the Authorization Header”. Written apart from ours, and itself tested with the signatures curl makes.
 */
export async function s3Server(
  t: TestContext,
  keys: { readonly id: string; readonly secret: string },
): Promise<S3Server> {
  const store: S3Server = { url: '', objects: new Map(), asked: [], failing: undefined };
  const server = createServer((ask, answer) => void serve(store, keys, ask, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(store, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function serve(
  store: S3Server,
  keys: { readonly id: string; readonly secret: string },
  ask: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of ask as AsyncIterable<Buffer>) parts.push(part);
  const body = Buffer.concat(parts);
  const refuse = (status: number, code: string): void =>
    void answer.writeHead(status).end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
  const key = decodeURIComponent((ask.url ?? '').slice(1));
  store.asked.push(key);
  if (store.failing && store.failing.times > 0) {
    store.failing.times -= 1;
    return refuse(store.failing.status, 'SlowDown');
  }
  const why = wrongWith(ask, body, keys);
  if (why !== undefined) return refuse(403, why);
  store.objects.set(key, body);
  answer.writeHead(200).end();
}

function wrongWith(
  ask: IncomingMessage,
  body: Buffer,
  keys: { readonly id: string; readonly secret: string },
): string | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const found = form.exec(ask.headers.authorization ?? '');
  if (!found) return 'MissingSecurityHeader';
  const [, id, day, region, list, signature] = found;
  if (id !== keys.id) return 'InvalidAccessKeyId';
  const names = (list ?? '').split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every(name => names.includes(name)))
    return 'AccessDenied';
  const header = (name: string): string => String(ask.headers[name] ?? '').trim();
  if (header('x-amz-content-sha256') !== createHash('sha256').update(body).digest('hex'))
    return 'XAmzContentSHA256Mismatch';
  let canonical = `${ask.method}\n${ask.url}\n\n`;
  for (const name of names) canonical += `${name}:${header(name)}\n`;
  canonical += `\n${list}\n${header('x-amz-content-sha256')}`;
  let text = `AWS4-HMAC-SHA256\n${header('x-amz-date')}\n${day}/${region}/s3/aws4_request\n`;
  text += createHash('sha256').update(canonical).digest('hex');
  const mac = (made: string | Buffer, part: string): Buffer =>
    createHmac('sha256', made).update(part).digest();
  const wanted = mac(
    mac(mac(mac(mac(`AWS4${keys.secret}`, day ?? ''), region ?? ''), 's3'), 'aws4_request'),
    text,
  );
  return wanted.toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}
