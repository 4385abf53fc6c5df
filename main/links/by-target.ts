import type { Links } from '../ports.ts';

/** Links over whichever way a target names: its cable where it has one, else SSH. Host keys are SSH’s own business. */
export const linksByTarget = (ssh: Links, serial: Pick<Links, 'open'>): Links => ({
  ...ssh,
  open: (target, signal) => (target.cable ? serial : ssh).open(target, signal),
});
