import { inUrl } from './addresses.ts';

/** The node's kubeconfig with an address that works from elsewhere; undefined when it has no loopback server to replace. */
export function kubeconfigFor(text: string, at: string): string | undefined {
  const loopback = /^(\s*server:\s*)"?https:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)"?\s*$/m;
  return loopback.test(text)
    ? text.replace(loopback, (_all, lead: string, port: string) => `${lead}https://${inUrl(at)}:${port}`)
    : undefined;
}
