import { dataFolder } from '../../../core/runbook/preflight/disk.ts';
import { facts } from '../../../core/runbook/preflight/facts.ts';
import { script } from '../../../core/sh.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker } from './frame.ts';
import { saying } from './look.ts';
import { savedStep } from './saved.ts';

/** Names only: on a dying card every read may be the last, or hang for ever. */
const lookScript = `# what is worth saving, by its names?
${saying}${String.raw`s=$1/server
ls -t "$s/db/snapshots" 2>/dev/null | grep -v '\.part$' | head -n 100 | each snapshot
for p in "$s/db/etcd" "$s/db/state.db" "$s/tls" "$s/cred" "$s/token" /etc/rancher; do [ -e "$p" ] && say there "$p"; done
dmesg 2>/dev/null | grep -i -E 'remounting filesystem read-only|I/O error|EXT4-fs error|mmc[0-9]+: error' | tail -n 2 | each error
say end 1`}`;

interface CardGround {
  readonly snapshots: readonly string[];
  readonly there: readonly string[];
  readonly error: string;
}

async function look(looker: Looker): Promise<CardGround> {
  const seen = facts((await looker.ask(script(lookScript, dataFolder))).stdout);
  const there = seen.all('there');
  if (there.length === 0)
    throw refused(
      looker.node.name,
      'Nothing of K3s can be seen on this disk.',
      'If the card does not answer any more, try it in a card reader.',
    );
  return { snapshots: seen.all('snapshot'), there, error: seen.all('error').at(-1) ?? '' };
}

const folder = `${dataFolder}/server/db/snapshots`;

export const readOffCard = remedyKind<CardGround>({
  title: node => `Save everything worth saving off ${node.name}`,
  says: 'For a disk or card that is dying: writes nothing to it, and brings token, settings, keys, the newest snapshot and the data to the laptop, in that order. What cannot be read is passed over and told.',
  look,
  warnings: ({ ground }) => [
    ...(ground.error === '' ? [] : [`The kernel says: ${ground.error.slice(0, 200)}`]),
    'Never answer a question of fsck with yes on this disk before it was read off.',
    'Nothing is written to the disk; what the run notes lies in the node’s memory.',
  ],
  steps: (parts, { node, ground, run }) => {
    const [newest, ...older] = ground.snapshots;
    const saving = (id: string, title: string, why: string, roots: readonly string[]) =>
      savedStep(parts, run, roots, { words: { id, title, why } });
    return [
      copyStep(parts, node, run),
      saving('settings', 'Save the settings', 'With them a new machine is set up as this one was.', [
        '/etc/rancher',
      ]),
      saving('keys', 'Save the keys of the cluster', 'They lie sealed on the laptop.', [
        `${dataFolder}/server/cred`,
        `${dataFolder}/server/tls`,
      ]),
      ...(newest === undefined
        ? []
        : [
            saving('newest', 'Save the newest snapshot', 'It is what a restore begins from.', [
              `${folder}/${newest}`,
            ]),
          ]),
      saving('data', 'Save the data of etcd', 'Without a snapshot they may still be rescued.', [
        `${dataFolder}/server/db/etcd`,
        `${dataFolder}/server/db/state.db`,
      ]),
      ...(older.length === 0
        ? []
        : [
            saving(
              'older',
              'Save the older snapshots',
              'As far as the disk still gives them.',
              older.map(name => `${folder}/${name}`),
            ),
          ]),
    ];
  },
  afterFailure: 'Continue the run: it goes on with what is not on the laptop yet.',
});
