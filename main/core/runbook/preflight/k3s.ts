import { judge, ours } from './sight.ts';
import type { Judge, Sight } from './sight.ts';

const kept = 'Nothing of it will be touched by this runbook.';

function running({ k3s }: Sight): string {
  const version = k3s.version === undefined ? 'K3s' : `K3s ${k3s.version}`;
  return `${version} is here, ${k3s.active ? 'running' : 'not running'}`;
}

function mine(sight: Sight): readonly ['passed' | 'blocked' | 'warned', string, string?] {
  const { k3s, needs } = sight;
  const here = `${running(sight)} on etcd, and this laptop keeps its token`;
  if (needs && k3s.version !== undefined && k3s.version !== needs.k3sVersion)
    return [
      'blocked',
      `${here}; the bundle carries ${needs.k3sVersion}.`,
      'An install never changes the version of a living cluster. Take the bundle of its own version.',
    ];
  return ['passed', `${here}.`];
}

const there = judge('k3s', 'K3s on the node', sight => {
  const { k3s, facts } = sight;
  const datastore = facts.all('k3s.config.key').includes('datastore-endpoint');
  if (k3s.db === 'unknown')
    return [
      'blocked',
      `${running(sight)}; only root can see on which datastore.`,
      'Give the right to act as root, then look again.',
    ];
  if (k3s.unit === 'k3s-agent' || k3s.db === 'agent')
    return [
      'blocked',
      `${running(sight)}, as an agent of some cluster.`,
      `${kept} Take the node out of that cluster first.`,
    ];
  if (k3s.db === 'sqlite')
    return [
      'blocked',
      `${running(sight)} on SQLite, not on etcd: there are no snapshots, and a restore needs another way.`,
      `${kept} Copy off what it holds, remove K3s, then install again; or leave it as it is.`,
    ];
  if (datastore) return ['blocked', `${running(sight)} on an external datastore.`, kept];
  if (k3s.db === 'etcd')
    return ours(sight)
      ? mine(sight)
      : [
          'blocked',
          `${running(sight)} on etcd, with a token this laptop does not keep: it is somebody’s cluster.`,
          `${kept} If it is to go, run “Remove K3s”, which copies it off first.`,
        ];
  return half(sight);
});

/** K3s without any data: an install that never became a cluster. */
function half(sight: Sight): readonly ['passed' | 'blocked' | 'warned', string, string?] {
  const { k3s, facts } = sight;
  if (facts.all('k3s.dropin').length > 0)
    return [
      'blocked',
      `Settings for K3s lie in ${facts.all('k3s.dropin').join(', ')}; they would win over what is chosen here.`,
      'Look at them, then move them away.',
    ];
  const traces = [
    ...(k3s.binary ? ['the binary'] : []),
    ...(k3s.unit ? ['the service'] : []),
    ...(facts.one('k3s.config') === 'yes' ? ['a configuration'] : []),
  ];
  if (traces.length === 0) return ['passed', 'none'];
  const seen = `An install stopped half way here: ${traces.join(', ')}, but no data`;
  if (facts.one('k3s.config') === 'yes' && !ours(sight) && k3s.tokenHash !== undefined)
    return [
      'warned',
      `${seen}. Its configuration was not made by this laptop and is kept aside before it is replaced.`,
      'Look at it first if somebody else works on this site.',
    ];
  return ['passed', `${seen}. It will be taken up.`];
}

/** What is on the node already. */
export const k3sJudges: readonly Judge[] = [there];
