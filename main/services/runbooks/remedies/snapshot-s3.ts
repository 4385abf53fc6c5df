import type { RemedyField } from '../../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../../preload/contract/domain.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Answers } from '../../../core/runbook/remedies/answers.ts';
import type { Base } from '../../../core/runbook/remedies/base.ts';
import { settingIn, withSetting } from '../../../core/runbook/remedies/config-line.ts';
import { maskedText } from '../../../core/runbook/remedies/config-repair.ts';
import { changedLines } from '../../../core/runbook/remedies/diff.ts';
import { s3CredentialsIn } from '../../../core/s3-credentials.ts';
import type { S3Credentials } from '../../../core/s3-credentials.ts';
import { configPath } from '../install-single/ground.ts';
import { hashOf, secretEditStep } from './backup.ts';
import { copyStep } from './copies.ts';
import { refused, remedyKind } from './frame.ts';
import type { Looker, RemedyParts } from './frame.ts';
import { lookAtBase } from './look.ts';
import { startStep, worksStep } from './service.ts';

/** The settings of K3s that this remedy writes, by the question that asks for them (facts §6). */
const asked = {
  endpoint: 'etcd-s3-endpoint',
  bucket: 'etcd-s3-bucket',
  region: 'etcd-s3-region',
  folder: 'etcd-s3-folder',
} as const;
type Asked = keyof typeof asked;

interface S3Ground {
  readonly base: Base;
  readonly hash: string;
  readonly masked: string;
  readonly now: Readonly<Record<Asked, string>>;
}

const kept = ({ nodes }: RemedyParts, node: SiteNode): S3Credentials | undefined => {
  const latest = nodes.latest(node.site, 's3');
  return latest && s3CredentialsIn(latest.secret);
};

const noCredentials = (node: SiteNode): FieldError =>
  refused(
    node.name,
    'The laptop keeps no access key for an S3 store of this site.',
    'Give it first: coldstart site s3 SITE --credentials-file FILE. It goes into the vault and never into a plan.',
  );

async function look(looker: Looker, parts: RemedyParts): Promise<S3Ground> {
  const { node } = looker;
  const base = await lookAtBase(looker, parts.clock);
  if (base.role === 'agent' || base.db !== 'etcd')
    throw refused(
      node.name,
      'This node has no etcd of its own, so K3s takes no snapshots here.',
      'Choose a server with embedded etcd.',
    );
  if (!kept(parts, node)) throw noCredentials(node);
  const text = (await looker.read(configPath)) ?? '';
  const setting = (name: Asked): string => {
    const value = settingIn(text, asked[name]);
    return typeof value === 'string' ? value : '';
  };
  return {
    base,
    hash: hashOf(text),
    masked: maskedText(text),
    now: {
      endpoint: setting('endpoint'),
      bucket: setting('bucket'),
      region: setting('region') || 'us-east-1',
      folder: setting('folder'),
    },
  };
}

const fields = ({ now }: S3Ground): readonly RemedyField[] => [
  {
    name: 'endpoint',
    label: 'Endpoint',
    says: 'Host of the store, with its port where it is not 443, such as s3.example.net:9000.',
    kind: 'text',
    value: now.endpoint,
  },
  {
    name: 'bucket',
    label: 'Bucket',
    says: 'It has to be there already.',
    kind: 'text',
    value: now.bucket,
  },
  {
    name: 'region',
    label: 'Region',
    says: 'What the store calls itself; us-east-1 where it has none.',
    kind: 'text',
    value: now.region,
  },
  {
    name: 'folder',
    label: 'Folder',
    says: 'A folder of this site in the bucket, so that two sites never meet.',
    kind: 'text',
    value: now.folder,
  },
];

const endpoint = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const bucket = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const folder = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** What was chosen. Throws `bad-ask` for what no store takes. */
function chosen(answers: Answers, about: string): Readonly<Record<Asked, string>> {
  const given = (name: Asked): string => answers.text(name).trim();
  const wrong = (says: string, next: string): FieldError =>
    new FieldError({ code: 'bad-ask', says, about, untouched: 'Nothing was changed on the node.', next });
  if (!endpoint.test(given('endpoint')))
    throw wrong(
      'The endpoint is a host, with no https:// before it and no path behind it.',
      'Such as s3.example.net:9000.',
    );
  if (!bucket.test(given('bucket')))
    throw wrong(
      'That is no name of a bucket: 3 to 63 small letters, digits, dots and dashes.',
      'Give another name.',
    );
  if (!folder.test(given('folder')))
    throw wrong(
      'The folder is missing, or holds characters that no store likes.',
      'Name it after the site, such as dome-c.',
    );
  if (!/^[a-z0-9-]{1,40}$/.test(given('region')))
    throw wrong('That is no name of a region.', 'Where the store has none it is us-east-1.');
  return {
    endpoint: given('endpoint'),
    bucket: given('bucket'),
    region: given('region'),
    folder: given('folder'),
  };
}

const accessKey = 'etcd-s3-access-key';
const secretKey = 'etcd-s3-secret-key';

function changed(text: string, wanted: Readonly<Record<Asked, string>>, keys: S3Credentials): string {
  const settings: readonly (readonly [string, string])[] = [
    [secretKey, keys.secretKey.reveal()],
    [accessKey, keys.accessKey],
    ...(Object.keys(asked) as Asked[]).toReversed().map(name => [asked[name], wanted[name]] as const),
  ];
  const set = settings.reduce((now, [key, value]) => withSetting(now, key, value), text);
  return withSetting(set, 'etcd-s3', true);
}

const isSet = (text: string, wanted: Readonly<Record<Asked, string>>, keys: S3Credentials): boolean =>
  settingIn(text, 'etcd-s3') === true &&
  settingIn(text, accessKey) === keys.accessKey &&
  settingIn(text, secretKey) === keys.secretKey.reveal() &&
  (Object.keys(asked) as Asked[]).every(name => settingIn(text, asked[name]) === wanted[name]);

export const snapshotS3 = remedyKind<S3Ground>({
  title: node => `Send the snapshots of ${node.name} to an S3 store too`,
  says: 'For a site with a wire: K3s puts every snapshot it takes into a bucket as well. The access key comes from the vault of this laptop. The file is copied first, and K3s is restarted; pods go on.',
  look,
  fields,
  warnings: ({ answers, node }) => {
    const { endpoint: host } = chosen(answers, node.name);
    return [
      `K3s sends each snapshot to ${host} as it takes it. Without a wire it still keeps its own copy and tries again with the next one.`,
      'What lies in the bucket is not sealed: everybody who can read it has the cluster’s Secrets, unless they are encrypted in etcd.',
      'Take a snapshot afterwards: the list has to show it with a location that begins with s3://.',
      'Each server of a site has settings of its own: do the same on the others, one after the other.',
    ];
  },
  steps: (parts, { node, ground, answers, run }) => {
    const wanted = chosen(answers, node.name);
    const keys = (): S3Credentials => {
      const found = kept(parts, node);
      if (!found) throw noCredentials(node);
      return found;
    };
    return [
      copyStep(parts, node, run),
      secretEditStep(
        parts,
        { node, run },
        {
          path: configPath,
          mode: 0o600,
          beforeHash: ground.hash,
          shown: changedLines(ground.masked, maskedText(changed(ground.masked, wanted, keys()))),
          done: text => isSet(text, wanted, keys()),
          change: text => changed(text, wanted, keys()),
        },
        {
          id: 'config',
          title: 'Write the S3 settings into config.yaml',
          why: 'Only the lines shown change; the access key comes from the vault and is never shown.',
        },
      ),
      startStep(ground.base, run, 'restart', 'K3s reads its settings only at its start.'),
      worksStep(ground.base),
    ];
  },
  afterFailure: 'The old file lies beside the new one as ….before-…; a sealed copy is on the laptop.',
});
