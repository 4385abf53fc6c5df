import { address } from './addresses.ts';

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A DNS name of lower-case labels, as Kubernetes wants node names (RFC 1123); at most 253 characters. */
export const isDnsName = (text: string): boolean =>
  text.length > 0 && text.length <= 253 && text.split('.').every(part => label.test(part));

/** What is wrong with a node name; undefined when it will do. */
export function wrongNodeName(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (/^localhost(\.|$)/.test(text))
    return 'every machine calls itself localhost, so nodes could not be told apart';
  if (text !== text.toLowerCase()) return 'it has capital letters, and K3s would change them';
  if (!isDnsName(text))
    return 'only small letters, digits, dots and dashes may be in it, and no dash at an end';
  if (address(text)) return 'it is an address, not a name';
  return undefined;
}

/** What is wrong with an extra name or address of the API certificate; undefined when it will do. */
export function wrongSan(text: string): string | undefined {
  if (text.includes('*')) return 'K3s drops wildcard names from its certificate; list each name';
  if (address(text) || isDnsName(text.toLowerCase())) return undefined;
  return 'it is neither a DNS name nor an address';
}

const valuePart = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const namePart = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

function wrongKey(key: string): string | undefined {
  const [first = '', second, more] = key.split('/');
  if (more !== undefined || !namePart.test(second ?? first)) return 'its name is not one Kubernetes takes';
  if (second !== undefined && !isDnsName(first)) return 'the part before the slash is not a DNS name';
  return undefined;
}

/** Prefixes under kubernetes.io that a kubelet may give itself; with any other it refuses to start. */
const ownPrefixes = /^([a-z0-9.-]+\.)?(kubelet|node)\.kubernetes\.io$/;

/** What is wrong with a node label `key=value`; undefined when it will do. */
export function wrongLabel(text: string): string | undefined {
  const [key = '', value, more] = text.split('=');
  if (value === undefined || more !== undefined) return 'it is not of the form key=value';
  if (!valuePart.test(value)) return 'its value is not one Kubernetes takes';
  const prefix = key.includes('/') ? (key.split('/')[0] ?? '') : '';
  if (/(^|\.)(kubernetes|k8s)\.io$/.test(prefix) && !ownPrefixes.test(prefix))
    return `a node may not give itself labels under ${prefix}; the kubelet would refuse to start`;
  return wrongKey(key);
}

/** What is wrong with a node taint `key=value:Effect` or `key:Effect`; undefined when it will do. */
export function wrongTaint(text: string): string | undefined {
  const found = /^([^=:]+)(?:=([^=:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
  if (!found) return 'it is not of the form key=value:NoSchedule (or PreferNoSchedule, NoExecute)';
  if (!valuePart.test(found[2] ?? '')) return 'its value is not one Kubernetes takes';
  return wrongKey(found[1] ?? '');
}

/** A serial device by its kernel name, such as ttyS0, ttyAMA0 or ttyUSB0. */
export const isSerialDevice = (text: string): boolean => /^tty[A-Z]{1,6}[0-9]{1,3}$/.test(text);
