import { now, picked } from '../suspect.ts';
import type { Matcher } from '../suspect.ts';
import { remedy } from './remedies.ts';

const otherCluster = { any: ['token ca hash does not match the cluster ca certificate hash'] };
const spoiled = {
  any: [
    'invalid token format',
    'invalid token ca hash length',
    'failed to normalize server token',
    'failed to normalize token',
    'failed to normalize agent token',
  ],
};
const turnedAway = {
  any: [
    'failed to validate token',
    /(?:\/v1-k3s\/|:6443\/|cluster at https?:\/\/).*(?:401 unauthorized|not authorized)/,
  ],
  but: ['node password rejected', 'pull', 'registry', 'kubelet.go'],
};
const knocking = { any: [/failed to authenticate request from .*invalid username\/password combination/] };

/** The token this node gives is not the cluster's; or somebody else gives a wrong one to this server. */
export const badToken: Matcher = view => {
  const [other, bad, away, from] = [otherCluster, spoiled, turnedAway, knocking].map(ear => now(view, ear));
  const base = { cause: 'bad-token' as const, remedies: [remedy('put-token')] };
  if (other && other.length > 0)
    return {
      ...base,
      sure: 'certain',
      says: 'The token of this node belongs to another cluster, or its server was installed anew.',
      lines: picked(other, 2),
      not: 'It is not a worn-out certificate.',
      next: 'Take the token from the server this node belongs to (server/token in its data folder).',
    };
  if (bad && bad.length > 0)
    return {
      ...base,
      sure: 'certain',
      says: 'The token of this node is spoiled: it has not the form of one.',
      lines: picked(bad, 2),
      not: 'It is not a wrong cluster: the token is unreadable.',
      next: 'Copy the whole token again, without line breaks and blanks.',
    };
  if (away && away.length > 0)
    return {
      ...base,
      sure: 'likely',
      says: 'The server turns this node away: the password in its token is wrong.',
      lines: picked(away, 2),
      not: 'It is not the network: the server answered.',
      next: 'Take the current token from the server. If it is lost there: server/cred/passwd of any server holds it.',
    };
  if (!from || from.length === 0) return undefined;
  const who = /request from (\[?[0-9a-f.:]+?\]?)(?::\d+)?[: ]/.exec(from.at(-1)?.low ?? '')?.[1];
  return {
    ...base,
    sure: 'likely',
    says: `Another machine${who === undefined ? '' : ` (${who})`} knocks here with a wrong token.`,
    lines: picked(from, 2),
    not: 'It is not this server’s own token.',
    next: 'Put the current token on that machine.',
    remedies: [],
  };
};

/** The datastore is locked with another token than the one K3s was given. */
export const tokenDiffers: Matcher = view => {
  const lines = now(view, { any: ['bootstrap data already found and encrypted with different token'] });
  if (lines.length === 0) return undefined;
  return {
    cause: 'token-differs',
    sure: 'certain',
    says: 'The token in this server’s configuration is not the one its datastore was made with.',
    lines: picked(lines, 2),
    not: 'It is not a damaged datastore: it opens with the right token.',
    next: 'Put the token that was valid when this datastore was made. This laptop keeps the ones it knew.',
    remedies: [remedy('put-token')],
  };
};

const rejected = {
  any: ['node password rejected', /unable to verify password for node .*hash does not match/],
};
const twice = { any: ['duplicate node name found'] };

/** Two machines under one name, or one that was installed anew under its old name. */
export const duplicateName: Matcher = view => {
  const lines = [...now(view, rejected), ...now(view, twice)];
  const [line] = lines;
  if (!line) return undefined;
  const other = /unable to verify password for node ([a-z0-9.-]+)/.exec(line.low)?.[1]?.replace(/\.$/, '');
  return {
    cause: 'duplicate-name',
    sure: 'certain',
    says:
      other === undefined
        ? 'The cluster knows this node’s name already, with another password: it was installed anew, or two machines have one name.'
        : `A machine that calls itself ${other} is turned away: the cluster knows that name with another password.`,
    lines: picked(lines, 2),
    not: 'It is not the cluster’s token: that was accepted.',
    next: 'Installed anew: delete the secret “<name>.node-password.k3s” in kube-system, or put /etc/rancher/node/password back from a copy. Two machines: rename one, or set with-node-id: true.',
    remedies: [remedy('rejoin-member', 'The cluster forgets what it knew of the old node under this name.')],
  };
};

/** The others took this server out of the cluster, and it was started again as it was. */
export const removedMember: Matcher = view => {
  const lines = now(view, {
    any: ['this node has been removed from the cluster', 'tombstone file has been detected'],
  });
  if (lines.length === 0) return undefined;
  return {
    cause: 'removed-member',
    sure: 'certain',
    says: 'This server was removed from the cluster and does not come back by itself.',
    lines: picked(lines, 2),
    not: 'It is not a changed address, and its disk is not broken.',
    next: 'Give it “server: https://<another server>:6443” in config.yaml and the token, then start K3s: it joins anew and sets its old datastore aside. Never start it with cluster-init: true and no server.',
    remedies: [remedy('rejoin-member', 'The local copy of the datastore is moved aside, not deleted.')],
  };
};
