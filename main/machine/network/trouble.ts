import { oneLine } from '../../core/lan/said.ts';
import type { Question } from '../../ports.ts';

const speaks = { ssh: 'SSH', tls: 'TLS', http: 'HTTP' } as const;
const wrong = {
  ssh: /handshake|protocol|identification|packet|kex|key exchange|malformed|bad/i,
  tls: /ssl|tls|eproto|wrong.version|decode|alert|packet/i,
  http: /^hpe_|parse error/i,
} as const;

/** What went wrong while talking, in one sentence; the far side's own words are cut. */
export function troubleOf(thrown: Error, question: Question): string {
  if (question.is === 'knock') return 'It closed the connection.';
  const { code = '' } = thrown as NodeJS.ErrnoException;
  if (thrown.message === 'closed' || /^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code))
    return 'It closed the connection before it had answered.';
  if (/certificate.required|bad.certificate|handshake.failure/i.test(thrown.message))
    return 'It refused the handshake: it wants a certificate from whoever asks.';
  if (wrong[question.is].test(code) || wrong[question.is].test(thrown.message))
    return `It does not speak ${speaks[question.is]} as it should.`;
  return `It could not be asked: ${oneLine(thrown.message, 120)}`;
}
