import type { ProofPart, ProofPartName } from '../../../preload/contract/snapshots/proof.ts';
import type { Named } from './names.ts';

const titles: Readonly<Record<ProofPartName, string>> = {
  file: 'The file',
  trailer: 'Checksum inside the file',
  pages: 'Pages of the database',
  keys: 'Keys and objects',
  reference: 'Same as on the node',
  token: 'Server token',
  site: 'Which site it is of',
  secrets: 'Secrets',
  versions: 'Versions',
  age: 'Age',
  members: 'Servers and nodes inside',
  alarms: 'Alarms of etcd',
  quota: 'Size against etcd’s limit',
  volumes: 'Volumes outside etcd',
  images: 'Images',
  binary: 'K3s itself',
  configuration: 'Configuration of the servers',
};

export interface More {
  readonly next?: string;
  readonly names?: Named;
}

/** One part of a proof, with its title. */
export function part(
  name: ProofPartName,
  is: ProofPart['is'],
  says: string,
  { next, names }: More = {},
): ProofPart {
  return {
    part: name,
    title: titles[name],
    is,
    says,
    ...(next === undefined ? {} : { next }),
    ...(names && names.names.length > 0 ? { names: names.names } : {}),
    ...(names && names.more > 0 ? { more: names.more } : {}),
  };
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
