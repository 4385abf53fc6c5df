import { createHash } from 'node:crypto';

import type { Plan } from '../../../preload/contract/domain.ts';

/** JSON with sorted keys, so equal plans give equal text whatever built them. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)
    .join(',')}}`;
}

/** The plan with its digest: SHA-256 over everything shown in it. What was shown is what may run. */
export const digested = (plan: Omit<Plan, 'digest'>): Plan => ({
  ...plan,
  digest: createHash('sha256').update(canonical(plan)).digest('hex'),
});
