import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { schedule } from '../../../preload/contract/coverage.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { address, isFirst, network, overlap } from './addresses.ts';
import type { Network } from './addresses.ts';
import { isSerialDevice, wrongLabel, wrongNodeName, wrongSan, wrongTaint } from './names.ts';

function refuse(field: string, value: string, why: string, next: string): never {
  throw new FieldError({
    code: 'bad-ask',
    says: `${field} ${JSON.stringify(value)} will not do: ${why}.`,
    about: field,
    untouched: 'Nothing was sent to the node.',
    next,
  });
}

function cidr(
  field: string,
  text: string,
  largest: Readonly<Record<4 | 6, readonly [number, number]>>,
): Network {
  const found = network(text);
  if (!found)
    return refuse(field, text, 'it is not a network like 10.42.0.0/16', 'Write it as address/bits.');
  if (!isFirst(text))
    refuse(
      field,
      text,
      'it does not begin at the first address of its network',
      'Set the host bits to zero.',
    );
  const [least, most] = largest[found.family];
  if (found.prefix < least || found.prefix > most)
    refuse(field, text, `the bits must lie between ${least} and ${most}`, 'Choose another size.');
  return found;
}

function networks(options: InstallOptions): void {
  // each node takes a /24 (IPv6: /64) of the pods' network; the API server limits services to 20 bits
  const pods = cidr('The pods’ network (cluster-cidr)', options.clusterCidr, { 4: [8, 24], 6: [40, 64] });
  const services = cidr('The services’ network (service-cidr)', options.serviceCidr, {
    4: [12, 27],
    6: [108, 123],
  });
  if (pods.family !== services.family)
    refuse(
      'The services’ network (service-cidr)',
      options.serviceCidr,
      'it and the pods’ network are of different kinds',
      'Use IPv4 for both, or IPv6 for both.',
    );
  if (overlap(pods, services))
    refuse(
      'The services’ network (service-cidr)',
      options.serviceCidr,
      `it overlaps the pods’ network ${options.clusterCidr}`,
      'Choose two networks that share no address.',
    );
  if (options.nodeIp !== '' && address(options.nodeIp)?.family !== pods.family)
    refuse(
      'The node’s address',
      options.nodeIp,
      'it is not an address of the same kind as the pods’ network',
      'Give one plain address of the node, or leave it empty.',
    );
}

const firstWrong = (
  values: readonly string[],
  wrong: (text: string) => string | undefined,
): { value: string; why: string } | undefined => {
  for (const value of values) {
    const why = wrong(value);
    if (why !== undefined) return { value, why };
  }
  return undefined;
};

function lists(options: InstallOptions): void {
  const rules = [
    ['The extra name (tls-san)', options.tlsSan, wrongSan, 'Write a DNS name or an address, one per line.'],
    ['The label', options.labels, wrongLabel, 'Write it as key=value, for example rack=north.'],
    ['The taint', options.taints, wrongTaint, 'Write it as key=value:NoSchedule.'],
  ] as const;
  for (const [field, values, wrong, next] of rules) {
    const found = firstWrong(values, wrong);
    if (found) refuse(field, found.value, found.why, next);
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (twice !== undefined) refuse(field, twice, 'it stands there twice', 'Take one of them out.');
  }
}

/**
 * Throws `bad-ask` naming the field when an option could not become a working cluster. What passes holds no space, quote,
 * newline or shell character except where the format itself asks for one (a schedule's spaces).
 */
export function checkOptions(options: InstallOptions): InstallOptions {
  const name = wrongNodeName(options.nodeName);
  if (name !== undefined)
    refuse(
      'The node name',
      options.nodeName,
      name,
      'Choose a name like station-1; it can never change later.',
    );
  if (options.nodeIp !== '' && !address(options.nodeIp))
    refuse(
      'The node’s address',
      options.nodeIp,
      'it is not a plain IP address',
      'Give one address of the node, or leave it empty.',
    );
  networks(options);
  lists(options);
  if (!schedule(options.snapshotCron))
    refuse(
      'The snapshot schedule',
      options.snapshotCron,
      'it is not a schedule of five fields',
      'For example 0 */12 * * *, or @every 6h.',
    );
  if (options.serialConsole !== '' && !isSerialDevice(options.serialConsole))
    refuse(
      'The serial console',
      options.serialConsole,
      'it is not a device name like ttyS0',
      'Give the name without /dev/, or leave it empty.',
    );
  return options;
}
