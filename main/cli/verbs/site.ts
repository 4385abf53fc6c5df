import { FieldError } from '../../../preload/contract/failure.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import { secretText } from '../questions.ts';
import type { Verb } from '../verb.ts';
import { table } from '../words.ts';
import { inventoryText } from './scan.ts';

export const siteVerbs: readonly Verb[] = [
  {
    name: 'site create',
    takes: ['NAME'],
    says: 'Make a site; it gets a random id of its own.',
    run: async at => {
      const site = await at.call('site.create', { name: at.arg(0) });
      return { json: site, text: `✓ ${site.name} (${site.id})` };
    },
  },
  {
    name: 'site list',
    takes: [],
    says: 'Show the sites.',
    run: async at => {
      const sites = await at.call('site.list', {});
      const nodes = await at.call('node.list', {});
      const seen = (id: SiteId): string =>
        nodes
          .flatMap(node => (node.site === id ? (node.lastSeen ?? []) : []))
          .toSorted()
          .at(-1)
          ?.slice(0, 16)
          .replace('T', ' ') ?? 'never';
      return {
        json: { sites },
        text:
          sites.length === 0
            ? 'No site yet. Make one: coldstart site create NAME'
            : table(
                ['NAME', 'NODES', 'LAST SEEN (UTC)', 'RECIPIENTS', 'ID'],
                sites.map(s => [
                  s.name,
                  String(nodes.filter(node => node.site === s.id).length),
                  seen(s.id),
                  String(s.recipients.length),
                  s.id,
                ]),
              ),
      };
    },
  },
  {
    name: 'site show',
    takes: ['[SITE]'],
    says: 'Show a site with its nodes, its recipients, and the machines that scans found there.',
    run: async at => {
      const site = await at.site(at.args[0]);
      const nodes = await at.call('node.list', { site: site.id });
      const inventory = await at.call('inventory.show', { site: site.id });
      return {
        json: { site, nodes, inventory },
        text: [
          `${site.name} (${site.id})`,
          `Nodes: ${nodes.map(node => node.name).join(', ') || 'none'}`,
          `Sealed for: ${site.recipients.join(', ') || 'nobody yet, so nothing can be exported'}`,
          inventory.machines.length === 0
            ? 'No scan has found it yet: coldstart scan'
            : inventoryText(inventory, new Map([[site.id, site.name]])),
        ].join('\n'),
      };
    },
  },
  {
    name: 'site restores',
    takes: ['[SITE]'],
    says: 'Show the restores of a site and how long each took, from the first change until it was verified.',
    run: async at => {
      const site = await at.site(at.args[0]);
      const restores = await at.call('restore.records', { site: site.id });
      return {
        json: { restores },
        text:
          restores.length === 0
            ? `Nothing was restored at ${site.name} from this laptop yet.`
            : table(
                ['WHEN', 'NODE', 'KIND', 'TOOK', 'SNAPSHOT', 'RESULT'],
                restores.map(one => [
                  one.at,
                  one.nodeName,
                  one.kind,
                  `${one.seconds} s`,
                  one.snapshot || '—',
                  `${one.verified ? '✓' : '✗'} ${one.says}`,
                ]),
              ),
      };
    },
  },
  {
    name: 'site recipients',
    takes: ['SITE', 'AGE1…'],
    says: 'Say for whom exports of a site are sealed: headquarters’ age recipients.',
    run: async at => {
      const site = await at.site(at.arg(0));
      const changed = await at.call('site.recipients', { site: site.id, recipients: at.args.slice(1) });
      return {
        json: changed,
        text: `✓ Exports of ${changed.name} are sealed for ${changed.recipients.length} recipient(s).`,
      };
    },
  },
  {
    name: 'site s3',
    takes: ['SITE'],
    says: 'Keep the access key of a site’s S3 store in the vault, for the remedy `snapshot-s3`.',
    options: {
      'credentials-file': {
        value: 'FILE',
        says: 'Two lines: the access key, then the secret key; - reads standard input.',
      },
    },
    run: async at => {
      const path = at.option('credentials-file');
      if (path === undefined)
        throw new FieldError({
          code: 'bad-ask',
          says: 'The option --credentials-file is missing.',
          untouched: 'Nothing was kept.',
          next: 'Write the access key and the secret key into a file of two lines, or give them on standard input with -.',
        });
      const site = await at.site(at.arg(0));
      await at.call('site.s3', { site: site.id, credentials: secretText(path) });
      return {
        json: { site: site.id },
        text: `✓ Kept in the vault. Next: coldstart remedy snapshot-s3 NODE`,
      };
    },
  },
];
