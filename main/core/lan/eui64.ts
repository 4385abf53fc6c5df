/** The MAC that a link-local address was made of (EUI-64, RFC 4291 appendix A); undefined for one made otherwise. */
export function macInside(address: string): string | undefined {
  const [, tail] = /^fe80::((?:[0-9a-f]{1,4}:){0,3}[0-9a-f]{1,4})(?:%|$)/i.exec(address) ?? [];
  const groups = tail?.toLowerCase().split(':') ?? [];
  // Zeros at the front are left out.
  const hex = groups
    .map(group => group.padStart(4, '0'))
    .join('')
    .padStart(16, '0');
  if (hex.slice(6, 10) !== 'fffe') return undefined;
  const first = (Number.parseInt(hex.slice(0, 2), 16) ^ 2).toString(16).padStart(2, '0');
  return `${first}${hex.slice(2, 6)}${hex.slice(10)}`.replaceAll(/..(?!$)/g, '$&:');
}
