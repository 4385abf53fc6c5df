import type { TestContext } from 'node:test';
import type { CommandLine } from '../coldstart.ts';
import { laptopOf } from './laptop-of.ts';
import type { LaptopOf } from './laptop-of.ts';
import { nspawnNode } from './nspawn.ts';
import type { NspawnNode } from './nspawn.ts';
import { clusterCa, configMap, content, put } from './several.ts';

/** A cluster of one server, cp1, with a snapshot of it on the laptop; and a spare machine, not added yet, without K3s. */
export interface WithSpare extends Pick<LaptopOf, 'add'> {
  readonly cli: CommandLine;
  readonly cp1: NspawnNode;
  readonly spare: NspawnNode;
  readonly snapshot: string;
  /** Every key of the cluster, and its CA, when the snapshot was taken. */
  readonly before: ReadonlyMap<string, string>;
  readonly ca: string;
}

export const written = {
  key: '/registry/configmaps/default/one',
  value: configMap('one', 'written'),
} as const;

export async function serverAndSpare(t: TestContext): Promise<WithSpare> {
  const [cp1, spare] = await Promise.all(
    ['cp1', 'spare'].map(name => nspawnNode(t, { name, diskMiB: 12_000 })),
  );
  if (!cp1 || !spare) throw new Error('two machines were asked for');
  const { cli, add, withBundle } = await laptopOf(t, [cp1]);
  await withBundle();
  await cli.done('install', 'cp1', '--yes');
  await put(cp1, written.key, written.value);
  const { name } = await cli.done('snapshot', 'take', 'cp1', '--pull');
  return { cli, add, cp1, spare, snapshot: name, before: await content(cp1), ca: await clusterCa(cp1) };
}
