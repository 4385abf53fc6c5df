import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { schedule } from '../../../preload/contract/coverage.ts';
import { listOf } from '../../ui/format.ts';

/** The options as they stand in the form: lists and numbers as typed. */
export type Draft = Omit<InstallOptions, 'tlsSan' | 'labels' | 'taints' | 'snapshotRetention'> & {
  readonly tlsSan: string;
  readonly labels: string;
  readonly taints: string;
  readonly snapshotRetention: string;
};

export type Wrong = 'name' | 'ip' | 'cidr' | 'same-cidr' | 'cron' | 'retention' | 'label' | 'taint';
export type Wrongs = Partial<Record<keyof Draft, Wrong>>;

export const draftOf = (options: InstallOptions): Draft => ({
  ...options,
  tlsSan: options.tlsSan.join('\n'),
  labels: options.labels.join('\n'),
  taints: options.taints.join('\n'),
  snapshotRetention: String(options.snapshotRetention),
});

export const optionsOf = (draft: Draft): InstallOptions => ({
  ...draft,
  nodeName: draft.nodeName.trim(),
  nodeIp: draft.nodeIp.trim(),
  clusterCidr: draft.clusterCidr.trim(),
  serviceCidr: draft.serviceCidr.trim(),
  snapshotCron: draft.snapshotCron.trim(),
  serialConsole: draft.serialConsole.trim(),
  tlsSan: listOf(draft.tlsSan),
  labels: listOf(draft.labels),
  taints: listOf(draft.taints),
  snapshotRetention: Number(draft.snapshotRetention),
});

const isName = (text: string): boolean => /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text);
const isIp = (text: string): boolean => /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/.test(text);
const isCidr = (text: string): boolean =>
  text.split(',').every(one => {
    const [ip = '', bits = ''] = one.trim().split('/');
    return isIp(ip) && /^\d{1,3}$/.test(bits);
  });
const isLabel = (text: string): boolean => /^[A-Za-z0-9./_-]+=[A-Za-z0-9._-]*$/.test(text);
const isTaint = (text: string): boolean =>
  /^[A-Za-z0-9./_-]+(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/.test(text);

/** What can be seen to be wrong on the page; the host looks again, and closer. */
export function wrongsOf(draft: Draft): Wrongs {
  const wrong: { -readonly [K in keyof Draft]?: Wrong } = {};
  if (!isName(draft.nodeName.trim())) wrong.nodeName = 'name';
  if (draft.nodeIp.trim() !== '' && !isIp(draft.nodeIp.trim())) wrong.nodeIp = 'ip';
  if (!isCidr(draft.clusterCidr.trim())) wrong.clusterCidr = 'cidr';
  if (!isCidr(draft.serviceCidr.trim())) wrong.serviceCidr = 'cidr';
  else if (draft.serviceCidr.trim() === draft.clusterCidr.trim()) wrong.serviceCidr = 'same-cidr';
  if (!schedule(draft.snapshotCron.trim())) wrong.snapshotCron = 'cron';
  if (!/^[1-9]\d{0,3}$/.test(draft.snapshotRetention) || Number(draft.snapshotRetention) > 1000)
    wrong.snapshotRetention = 'retention';
  if (!listOf(draft.labels).every(isLabel)) wrong.labels = 'label';
  if (!listOf(draft.taints).every(isTaint)) wrong.taints = 'taint';
  return wrong;
}
