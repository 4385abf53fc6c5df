import type { Scrubber } from '../scrub.ts';

const gone = '‹secret›';

/** What looks like a secret whoever made it. Rather a harmless word too many than a password too few. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|(?![\s\S]))/g, gone],
  [/(--?(?:agent-)?token(?:=|\s+))[^\s"'\\,]+/g, `$1${gone}`],
  [
    /(--(?:datastore-endpoint|etcd-s3-(?:access|secret)-key|etcd-s3-session-token|vpn-auth)(?:=|\s+))[^\s"'\\]+/g,
    `$1${gone}`,
  ],
  [
    /\b([A-Z][A-Z0-9_]*(?:TOKEN|SECRET|PASSWORD|PASSPHRASE|ACCESS_KEY|ENDPOINT)[A-Z0-9_]*=)[^\s"']+/g,
    `$1${gone}`,
  ],
  [
    /((?:password|passwd|passphrase|auth_pass|secret[-_]?key|access[-_]?key|client-key-data|client-certificate-data)["']?\s*[:=]\s*["']?)[^\s"',}]+/gi,
    `$1${gone}`,
  ],
  [/((?:^|[\s"'])token["']?\s*[:=]\s*["']?)[^\s"',}]+/gim, `$1${gone}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*:)[^\s@/"']+(?=@)/gi, `$1${gone}`],
  [/(\b(?:bearer|basic) )[A-Za-z0-9+/=._~-]{8,}/gi, `$1${gone}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, gone],
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, gone],
];

/** A text from a node without its secrets: those this laptop knows, and what looks like one. */
export const redacted = (text: string, scrub: Scrubber): string =>
  rules.reduce((now, [rule, by]) => now.replace(rule, by), scrub.text(text));
