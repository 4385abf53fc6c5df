import { FieldError } from './failure.ts';
import type { Parse } from './parse.ts';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Random ids the laptop gives; never derived from names or addresses. */
export type SiteId = Branded<string, 'site'>;
export type NodeId = Branded<string, 'node'>;
export type BundleId = Branded<string, 'bundle'>;
export type RunId = Branded<string, 'run'>;
export type SnapshotId = Branded<string, 'snapshot'>;
export type ExportId = Branded<string, 'export'>;
export type ShellId = Branded<string, 'shell'>;
export type ConsoleId = Branded<string, 'console'>;
export type ExaminationId = Branded<string, 'examination'>;
export type MachineId = Branded<string, 'machine'>;

const uuid =
  <T extends string>(thing: string): Parse<T> =>
  raw => {
    if (typeof raw === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(raw))
      return raw as T;
    throw new FieldError({
      code: 'bad-ask',
      says: `A ${thing} is named by the id the laptop gave it.`,
      untouched: 'Nothing was done.',
      next: `List the ${thing}s and copy the id from there.`,
    });
  };

export const siteId = uuid<SiteId>('site');
export const nodeId = uuid<NodeId>('node');
export const runId = uuid<RunId>('run');
export const snapshotId = uuid<SnapshotId>('snapshot');
export const exportId = uuid<ExportId>('export');
export const shellId = uuid<ShellId>('shell');
export const consoleId = uuid<ConsoleId>('console');
export const examinationId = uuid<ExaminationId>('examination');
export const machineId = uuid<MachineId>('machine');
/** A bundle's id is the SHA-256 over its sorted file list, so the same files are the same bundle. */
export const bundleId: Parse<BundleId> = raw => {
  if (typeof raw === 'string' && /^[0-9a-f]{64}$/.test(raw)) return raw as BundleId;
  throw new FieldError({
    code: 'bad-ask',
    says: 'A bundle is named by its 64-digit id.',
    next: 'List the bundles and copy the id from there.',
  });
};
