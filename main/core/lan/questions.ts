/** A port by which something is recognised, and how it is talked to; see `Question` in ports.ts. */
export type PortQuestion =
  | { readonly port: number; readonly question: { readonly is: 'ssh'; readonly keyTypes: readonly string[] } }
  | {
      readonly port: number;
      readonly question: { readonly is: 'tls' | 'http'; readonly paths: readonly string[] };
    };

const tls = (port: number, ...paths: readonly string[]): PortQuestion => ({
  port,
  question: { is: 'tls', paths },
});

/**
 * In the order in which they are asked: what names a machine first. Ports after K3s' requirements page, RKE2's (9345) and
 * Talos' (50000).
 */
export const questions: readonly PortQuestion[] = [
  { port: 22, question: { is: 'ssh', keyTypes: ['ssh-ed25519'] } },
  tls(6443, '/ping', '/cacerts'),
  tls(10_250),
  tls(2379),
  tls(2380),
  { port: 9100, question: { is: 'http', paths: ['/'] } },
  { port: 5000, question: { is: 'http', paths: ['/v2/'] } },
  tls(9345, '/ping', '/cacerts'),
  tls(50_000),
];
