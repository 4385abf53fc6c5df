import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, DEFAULT_CIPHERS } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { certificateSeen } from '../../core/lan/certificates.ts';
import { caProof } from '../../core/lan/chains.ts';
import type { Door } from './connect.ts';
import type { Draft } from './draft.ts';
import { getAll } from './http.ts';

/** K3s presents three at most. */
const mostPresented = 8;

/**
 * Without sums over a prime of the server's own choosing, up to 10,000 bits long, which would hold up the whole app. Electron's
 * TLS has none.
 */
const ciphers = process.versions['electron'] === undefined ? { ciphers: `${DEFAULT_CIPHERS}:!DHE` } : {};

/** A handshake that trusts nobody, and then a GET for each path on the same connection. Throws what went wrong. */
export async function tlsTalk(
  socket: Socket,
  door: Door,
  paths: readonly string[],
  draft: Draft,
): Promise<void> {
  const secured = await handshake(socket);
  try {
    const presented = chainOf(secured);
    const [leaf] = presented;
    draft.certificates = presented.map(certificateSeen);
    if (paths.length === 0 || leaf === undefined) return;
    await getAll(secured, door, paths, draft, (answer, bytes, isWhole) => {
      if (answer.path !== '/cacerts' || answer.status !== 200 || !isWhole) return;
      Object.assign(draft, caProof(leaf, presented, bytes));
    });
  } catch (thrown) {
    // Whoever demands a certificate of ours says so only after the handshake: what was learned until then counts.
    if (!/certificate.required|bad.certificate|handshake.failure/i.test((thrown as Error).message))
      throw thrown;
  } finally {
    secured.destroy();
  }
}

function handshake(socket: Socket): Promise<TLSSocket> {
  return new Promise((done, failed) => {
    const secured = connect({
      socket,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ...ciphers,
      ALPNProtocols: ['http/1.1'],
      // Names are judged elsewhere; Node's own check throws on malformed ones.
      checkServerIdentity: () => undefined,
    });
    secured.on('error', failed);
    secured.once('close', () => failed(new Error('closed')));
    secured.once('secureConnect', () => done(secured));
  });
}

/** As presented, leaf first. */
function chainOf(secured: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at = secured.getPeerX509Certificate();
  while (at && chain.length < mostPresented) {
    chain.push(at);
    at = at.issuerCertificate;
  }
  return chain;
}
