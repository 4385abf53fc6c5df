import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { coverage } from '../../../preload/contract/coverage.ts';
import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { CheckBox, Select, TextArea, TextField } from '../../ui/Field.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import type { Draft, Wrongs } from './draft.ts';

export interface GroupProps {
  readonly draft: Draft;
  readonly wrongs: Wrongs;
  readonly change: (part: Partial<Draft>) => void;
}

function Group({
  title,
  forever = false,
  children,
}: {
  readonly title: string;
  readonly forever?: boolean;
  readonly children: ReactNode;
}) {
  const words = useWords().install;
  return (
    <fieldset>
      <legend>
        {title}
        {forever && (
          <Badge tone="warn" icon={Lock}>
            {words.forever}
          </Badge>
        )}
      </legend>
      {children}
    </fieldset>
  );
}

/** Words for what is wrong with a field; nothing when it is fine. */
function useWrong(wrongs: Wrongs): (field: keyof Draft) => string | undefined {
  const words = useWords().install.wrongs;
  return field => {
    const wrong = wrongs[field];
    return wrong && words[wrong];
  };
}

export function NamesGroup({ draft, wrongs, change }: GroupProps) {
  const words = useWords().install;
  const wrong = useWrong(wrongs);
  return (
    <Group title={words.groups.names}>
      <TextField
        label={words.nodeName}
        value={draft.nodeName}
        wrong={wrong('nodeName')}
        onValue={nodeName => change({ nodeName })}
      />
      <TextField
        label={words.nodeIp}
        hint={words.nodeIpHint}
        value={draft.nodeIp}
        wrong={wrong('nodeIp')}
        onValue={nodeIp => change({ nodeIp })}
      />
      <TextArea
        label={words.tlsSan}
        hint={words.tlsSanHint}
        rows={3}
        value={draft.tlsSan}
        onValue={tlsSan => change({ tlsSan })}
      />
    </Group>
  );
}

const backends = ['vxlan', 'host-gw', 'wireguard-native', 'none'] as const;

export function NetworksGroup({ draft, wrongs, change }: GroupProps) {
  const words = useWords().install;
  const wrong = useWrong(wrongs);
  return (
    <Group title={words.groups.networks} forever>
      <TextField
        label={words.clusterCidr}
        hint={words.cidrHint}
        value={draft.clusterCidr}
        wrong={wrong('clusterCidr')}
        onValue={clusterCidr => change({ clusterCidr })}
      />
      <TextField
        label={words.serviceCidr}
        hint={words.cidrHint}
        value={draft.serviceCidr}
        wrong={wrong('serviceCidr')}
        onValue={serviceCidr => change({ serviceCidr })}
      />
      <Select<InstallOptions['flannelBackend']>
        label={words.flannelBackend}
        value={draft.flannelBackend}
        options={backends.map(value => ({ value, label: words.flannel[value] }))}
        onValue={flannelBackend => change({ flannelBackend })}
      />
      <CheckBox
        label={words.secretsEncryption}
        hint={words.secretsEncryptionHint}
        checked={draft.secretsEncryption}
        onValue={secretsEncryption => change({ secretsEncryption })}
      />
    </Group>
  );
}

const hours = ({ least, most }: { readonly least: number; readonly most: number }): string => {
  const [from, to] = [Math.floor(least * 10) / 10, Math.floor(most * 10) / 10];
  return from === to ? String(from) : `${from}–${to}`;
};

export function SnapshotsGroup({ draft, wrongs, change }: GroupProps) {
  const words = useWords().install;
  const wrong = useWrong(wrongs);
  const named = words.schedules[draft.snapshotCron] !== undefined;
  return (
    <Group title={words.groups.snapshots}>
      <Select
        label={words.schedule}
        value={named ? draft.snapshotCron : ''}
        options={[
          ...Object.entries(words.schedules).map(([value, label]) => ({ value, label })),
          { value: '', label: words.ownSchedule },
        ]}
        onValue={snapshotCron =>
          change({ snapshotCron: snapshotCron === '' ? '30 */4 * * *' : snapshotCron })
        }
      />
      {!named && (
        <TextField
          label={words.cron}
          hint={words.cronHint}
          value={draft.snapshotCron}
          wrong={wrong('snapshotCron')}
          onValue={snapshotCron => change({ snapshotCron })}
        />
      )}
      <TextField
        label={words.retention}
        inputMode="numeric"
        value={draft.snapshotRetention}
        wrong={wrong('snapshotRetention')}
        onValue={snapshotRetention => change({ snapshotRetention })}
      />
      <Reach draft={draft} change={change} />
    </Group>
  );
}

/** The sum: do the kept snapshots reach from one supply run to the next? */
function Reach({ draft, change }: Omit<GroupProps, 'wrongs'>) {
  const page = usePage();
  const words = useWords().install;
  const days = useStore(page.app, state => state.settings.value?.supplyRunDays ?? 7);
  const kept = Number(draft.snapshotRetention);
  const sum =
    Number.isInteger(kept) && kept > 0 && kept <= 1000
      ? coverage(draft.snapshotCron.trim(), kept, days)
      : undefined;
  const wanted = sum?.retentionWanted;
  return (
    <div className="whole-row" role="status">
      {sum ? (
        <Banner tone={sum.enough ? 'good' : 'warn'} title={sum.enough ? words.enough : words.tooFew}>
          <p>{words.coverage(kept, hours(sum.everyHours), hours(sum.coversHours), days)}</p>
          {wanted !== undefined && wanted <= 1000 && (
            <Button onClick={() => change({ snapshotRetention: String(wanted) })}>
              {words.keepMore(wanted)}
            </Button>
          )}
        </Banner>
      ) : (
        <p className="hint">{words.noCoverage}</p>
      )}
    </div>
  );
}

const partNames = ['traefik', 'servicelb', 'local-storage', 'metrics-server', 'coredns'] as const;

export function PartsGroup({ draft, change }: GroupProps) {
  const words = useWords().install;
  return (
    <Group title={words.groups.parts}>
      <div className="whole-row">
        <p className="hint">{words.disableHint}</p>
        <div className="checks">
          {partNames.map(part => (
            <CheckBox
              key={part}
              label={`${words.disable} ${words.disableParts[part]}`}
              checked={draft.disable.includes(part)}
              onValue={on =>
                change({
                  disable: partNames.filter(each => (each === part ? on : draft.disable.includes(each))),
                })
              }
            />
          ))}
        </div>
      </div>
    </Group>
  );
}

export function SchedulingGroup({ draft, wrongs, change }: GroupProps) {
  const words = useWords().install;
  const wrong = useWrong(wrongs);
  return (
    <Group title={words.groups.scheduling}>
      <TextArea
        label={words.labels}
        hint={words.labelsHint}
        rows={2}
        value={draft.labels}
        wrong={wrong('labels')}
        onValue={labels => change({ labels })}
      />
      <TextArea
        label={words.taints}
        hint={words.taintsHint}
        rows={2}
        value={draft.taints}
        wrong={wrong('taints')}
        onValue={taints => change({ taints })}
      />
    </Group>
  );
}

export function RescueGroup({ draft, change }: GroupProps) {
  const words = useWords().install;
  return (
    <Group title={words.groups.rescue}>
      <CheckBox
        label={words.rescuable}
        hint={words.rescuableHint}
        checked={draft.rescuable}
        onValue={rescuable => change({ rescuable })}
      />
      <TextField
        label={words.serialConsole}
        hint={words.serialConsoleHint}
        disabled={!draft.rescuable}
        value={draft.serialConsole}
        onValue={serialConsole => change({ serialConsole })}
      />
    </Group>
  );
}
