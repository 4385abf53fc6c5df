import type { Site, SiteNode, World } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { plainName } from '../../core/plain-name.ts';
import { s3CredentialsIn } from '../../core/s3-credentials.ts';
import { withoutSecrets } from '../../core/scrub.ts';
import { Secret } from '../../core/secret.ts';
import type { Chance, Clock, Link, Links, Target, Vault } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import type { AuditFacts } from '../../store/audit.ts';
import {
  addNode,
  isNodeBusy,
  isNodeName,
  learnNode,
  nodeById,
  nodes,
  removeNode,
  setCable,
  setOver,
} from '../../store/nodes.ts';
import { dropSealedSecrets } from '../../store/secrets.ts';
import { technician } from '../../store/settings.ts';
import { addSite, isSiteName, setRecipients, siteById, sites } from '../../store/sites.ts';
import type { Store, Writing } from '../../store/store.ts';
import {
  anotherNode,
  nameTaken,
  noCable,
  nodeBusy,
  noSuch,
  notOnCable,
  outsidePractice,
  practiceNode,
} from './failures.ts';
import { keptSecrets } from './kept-secrets.ts';
import { loginSecrets } from './login-secrets.ts';
import { look } from './look.ts';
import type { KeptSecrets, Nodes } from './nodes.ts';
import { loginUser, loginWay, nodeAddress } from './reaching.ts';
import { siteRecipients } from './recipients.ts';
import { sharedLinks } from './shared-links.ts';

export interface SiteDeps {
  readonly store: Store;
  readonly links: Links;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly world: World;
  /** Which addresses are practice nodes; without it, whatever is on this laptop's loopback. */
  readonly isPracticeAddress?: (address: string, port: number) => boolean;
}

type SiteCalls =
  | 'site.list'
  | 'site.create'
  | 'site.recipients'
  | 'site.s3'
  | 'node.list'
  | 'node.add'
  | 'node.remove'
  | 'node.look'
  | 'node.trust'
  | 'node.secret'
  | 'node.cable'
  | 'node.over'
  | 'node.pinByCable';

export interface SiteService {
  readonly calls: Pick<CallHandlers, SiteCalls>;
  readonly nodes: Nodes;
  readonly secrets: KeptSecrets;
  targetOf(id: NodeId): Target;
  /** Closes all links and forgets the secrets typed in this session. */
  close(): Promise<void>;
}

/** Sites, their nodes, the links to them and the secrets for them. */
export function siteService(deps: SiteDeps): SiteService {
  const { store, clock, chance } = deps;
  const practice = deps.world === 'practice';
  const isPracticeAddress = deps.isPracticeAddress ?? isLoopback;
  const secrets = keptSecrets(deps);
  const logins = loginSecrets(secrets);
  const links = sharedLinks(clock, open);

  const get = (id: NodeId): SiteNode => {
    const node = store.read(db => nodeById(db, id));
    if (!node) throw noSuch('node', id);
    return node;
  };
  const site = (id: SiteId): Site => {
    const found = store.read(db => siteById(db, id));
    if (!found) throw noSuch('site', id);
    return found;
  };
  const now = (): string => clock.now().toISOString();
  const note = (db: Writing, what: string, facts: AuditFacts): void => {
    audit(db, technician(db), what, facts, clock.now());
  };

  async function open(id: NodeId, signal: AbortSignal): Promise<Link> {
    const node = get(id);
    if (practice && node.over === 'ssh' && !isPracticeAddress(node.address, node.port))
      throw outsidePractice(node.address);
    const link = await deps.links.open(logins.targetOf(node), signal);
    try {
      const { machineId, bootId } = link.who;
      const known = get(id).machineId;
      if (known !== undefined && known !== machineId) throw anotherNode(node, machineId);
      if (!practice && known === undefined && (await isPracticeNode(link, signal)))
        throw practiceNode(node.name);
      store.write(db => {
        if (node.over === 'serial' && node.cable && link.line)
          setCable(db, id, { ...node.cable, settings: link.line });
        learnNode(db, id, {
          lastSeen: now(),
          bootId,
          ...(machineId === '' ? {} : { machineId }),
          ...(link.hostKey === undefined ? {} : { hostKey: link.hostKey }),
        });
      });
      return link;
    } catch (thrown) {
      await link.close();
      throw thrown;
    }
  }

  const withLink: Nodes['withLink'] = async (id, signal, work) => {
    try {
      return await links.use(id, signal, work);
    } catch (thrown) {
      logins.ended(id, thrown);
      // A node may say anything, also the password it was just given.
      throw withoutSecrets(thrown, logins.given(id));
    }
  };

  const learned: Nodes['learned'] = (id, facts) => {
    store.write(db => {
      learnNode(db, id, { ...facts, lastSeen: now() });
    });
  };

  const calls: Pick<CallHandlers, SiteCalls> = {
    'site.list': () => store.read(sites),

    'site.create': ({ name: raw }) => {
      const name = plainName(raw, 'site');
      const made: Site = {
        id: chance.uuid() as SiteId,
        name,
        practice,
        createdAt: now(),
        recipients: [],
      };
      store.write(db => {
        if (isSiteName(db, name)) throw nameTaken('site', name);
        addSite(db, made);
        note(db, 'created-site', { site: made.id, name });
      });
      return made;
    },

    'site.recipients': ({ site: id, recipients: raw }) => {
      const before = site(id);
      const recipients = siteRecipients(raw);
      store.write(db => {
        setRecipients(db, id, recipients);
        note(db, 'set-recipients', { site: id, before: before.recipients, after: recipients });
      });
      return site(id);
    },

    'site.s3': ({ site: id, credentials }) => {
      const secret = new Secret(credentials);
      const { accessKey } = s3CredentialsIn(secret);
      secrets.keep(site(id).id, 's3', secret, `access key ${accessKey.slice(0, 4)}…`);
      store.write(db => {
        note(db, 'kept-s3-credentials', { site: id });
      });
      return null;
    },

    'node.list': ({ site: id }) => store.read(db => nodes(db, id)),

    'node.add': ({ site: at, name: raw, address: where, port, user, login }) => {
      const name = plainName(raw, 'node');
      const address = nodeAddress(where);
      if (practice && !isPracticeAddress(address, port)) throw outsidePractice(address);
      const node: SiteNode = {
        id: chance.uuid() as NodeId,
        site: site(at).id,
        name,
        address,
        port,
        user: loginUser(user),
        login: loginWay(login),
        over: 'ssh',
        practice,
        addedAt: now(),
      };
      store.write(db => {
        if (isNodeName(db, at, name)) throw nameTaken('node', name);
        addNode(db, node);
        note(db, 'added-node', { node: node.id, site: at, name, address, port, user: node.user });
      });
      return node;
    },

    'node.remove': async ({ node: id }) => {
      const node = get(id);
      store.write(db => {
        if (isNodeBusy(db, id)) throw nodeBusy(node);
        removeNode(db, id);
        // Tokens stay: they open this node's snapshots for as long as those are kept.
        dropSealedSecrets(db, id, ['password', 'passphrase', 'sudo', 'root']);
        note(db, 'removed-node', { node: id, site: node.site, name: node.name, address: node.address });
      });
      logins.forget(id);
      await links.drop(id);
      return null;
    },

    'node.look': async ({ node: id }, { signal }) => {
      const { name } = get(id);
      return await withLink(id, signal, async link => {
        const seen = await look(link, name, signal);
        const hostKey = link.hostKey ?? get(id).hostKey ?? '';
        learned(id, {
          bootId: seen.bootId,
          ...(seen.k3s === undefined ? {} : { k3sVersion: seen.k3s }),
          ...(hostKey === '' ? {} : { hostKey }),
        });
        return { ...seen, hostKey };
      });
    },

    'node.trust': async ({ node: id, fingerprint }, { signal }) => {
      const node = get(id);
      await deps.links.trust(logins.targetOf(node), fingerprint, signal);
      store.write(db => {
        learnNode(db, id, { hostKey: fingerprint });
        note(db, 'trusted-host-key', {
          node: id,
          name: node.name,
          address: node.address,
          port: node.port,
          fingerprint,
        });
      });
      return get(id);
    },

    'node.cable': async ({ node: id, cable }) => {
      const node = get(id);
      store.write(db => {
        setCable(db, id, cable);
        note(db, 'set-cable', { node: id, name: node.name, port: cable?.port ?? '' });
      });
      if (node.over === 'serial') await links.drop(id);
      return get(id);
    },

    'node.over': async ({ node: id, over }) => {
      const node = get(id);
      if (over === 'serial' && !node.cable) throw noCable(node);
      store.write(db => {
        if (isNodeBusy(db, id)) throw nodeBusy(node);
        setOver(db, id, over);
      });
      await links.drop(id);
      return get(id);
    },

    'node.pinByCable': async ({ node: id }, { signal }) => {
      const node = get(id);
      if (node.over !== 'serial') throw notOnCable(node);
      const pinned = await withLink(id, signal, cable =>
        deps.links.trustByCable(logins.targetOf(node), cable, signal),
      );
      store.write(db => {
        const [first] = pinned;
        if (first !== undefined) learnNode(db, id, { hostKey: first });
        note(db, 'pinned-by-cable', { node: id, name: node.name, address: node.address, pinned });
      });
      return { pinned };
    },

    'node.secret': ({ node: id, kind, secret: text, keep }) => {
      const node = get(id);
      const secret = new Secret(text);
      // Kept first: when the vault is locked nothing of this happened.
      if (keep) secrets.keep(id, kind, secret, `${kind} of ${node.user} on ${node.name}`);
      logins.give(id, kind, secret);
      return null;
    },
  };

  return {
    calls,
    nodes: {
      get,
      site,
      ofSite: id => store.read(db => nodes(db, site(id).id)),
      withLink,
      learned,
      given: id => logins.given(id),
    },
    secrets,
    targetOf: id => logins.targetOf(get(id)),
    async close() {
      logins.forgetAll();
      await links.close();
    },
  };
}

/** The practice station's nodes carry this file, so none of them ends up at a real site by its address. */
const isPracticeNode = async (link: Link, signal: AbortSignal): Promise<boolean> =>
  (await link.stat('/etc/coldstart-practice', { signal })) !== undefined;

const isLoopback = (address: string): boolean => /^(127(\.\d{1,3}){3}|::1|localhost)$/.test(address);
