import type { FileNode } from '../disk/nodes.ts';
import type { Station } from '../station.ts';
import { answersOf } from './answers.ts';
import { k3sProgram } from './command.ts';
import { K3s } from './server.ts';

const stamp = Buffer.from('k3s version v');

/** Teaches a station K3s: the practice binary becomes runnable, and the unit that starts it a service. */
export function teachK3s(station: Station, resources: string): K3s {
  const k3s = new K3s(station, resources);
  station.programs.set('k3s', k3sProgram(k3s));
  station.services.daemons.set('k3s', k3s);
  station.answer = answersOf(station, k3s);
  station.knows = (node: FileNode) =>
    Buffer.from(node.content.buffer, node.content.byteOffset, node.size).includes(stamp) ? 'k3s' : undefined;
  return k3s;
}
