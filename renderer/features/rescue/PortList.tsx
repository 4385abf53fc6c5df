import { Cable, EthernetPort, GraduationCap, Network, Plug, Usb } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { PortStanding, SerialPort } from '../../../preload/contract/serial.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextField } from '../../ui/Field.tsx';
import { CopyButton, Empty } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { loadPorts, portsEveryMs } from './actions.ts';
import { commandsIn } from './commands-in.ts';
import { typedPort } from './store.ts';

const icons: Record<SerialPort['kind'], LucideIcon> = {
  usb: Usb,
  'built-in': EthernetPort,
  tcp: Network,
  rfc2217: Network,
  unix: Plug,
  practice: GraduationCap,
  other: Cable,
};
const tones: Record<PortStanding['is'], Tone> = {
  free: 'good',
  ours: 'busy',
  busy: 'warn',
  'no-permission': 'bad',
};

interface Choosing {
  readonly node?: NodeId;
  readonly chosen?: string | undefined;
  readonly onUse: (port: string) => void;
}

/** The serial ports of this laptop as they come and go, and a field for those behind a network. */
export function PortList({ node, chosen, onUse }: Choosing) {
  const page = usePage();
  const words = useWords().rescue.cable;
  const ports = useStore(page.rescue, state => state.ports);
  useEffect(() => {
    void loadPorts(page);
    const timer = setInterval(() => void loadPorts(page), portsEveryMs);
    return () => clearInterval(timer);
  }, [page]);
  return (
    <>
      {ports.failure && <FailurePanel failure={ports.failure} />}
      {!ports.value && ports.loading && (
        <p className="hint" role="status">
          {words.searching}
        </p>
      )}
      {ports.value?.length === 0 && <Empty icon={Usb} title={words.none} says={words.noneSays} />}
      {ports.value && ports.value.length > 0 && (
        <ul className="choices" aria-label={words.list}>
          {ports.value.map(port => (
            <PortChoice key={port.port} port={port} node={node} chosen={port.port === chosen} onUse={onUse} />
          ))}
        </ul>
      )}
      <TypedPort onUse={onUse} />
    </>
  );
}

function PortChoice({
  port,
  node,
  chosen,
  onUse,
}: {
  readonly port: SerialPort;
  readonly node: NodeId | undefined;
  readonly chosen: boolean;
  readonly onUse: (port: string) => void;
}) {
  const all = useWords();
  const words = all.rescue.cable;
  const page = usePage();
  const last = useStore(page.sites, ({ nodes }) => nodes.value?.find(each => each.id === port.node)?.name);
  const Icon = icons[port.kind];
  const { standing } = port;
  const usable = standing.is === 'free' || standing.is === 'ours';
  return (
    <li className={chosen ? 'choice chosen' : 'choice'}>
      <div>
        <strong className="break">
          <Icon size={18} aria-hidden /> {port.title}
        </strong>
        <p className="hint break">
          {[all.consoles.kinds[port.kind], port.device, port.serialNumber].filter(Boolean).join(' · ')}
        </p>
      </div>
      <div className="row tight">
        {last !== undefined && (
          <Badge tone={port.node === node ? 'good' : 'quiet'}>
            {port.node === node ? words.thisNode : words.otherNode(last)}
          </Badge>
        )}
        <Badge tone={tones[standing.is]}>
          {standing.is === 'busy' && standing.by !== undefined
            ? words.usedBy(standing.by)
            : words.standings[standing.is]}
        </Badge>
        {chosen && <Badge tone="good">{all.ui.chosen}</Badge>}
      </div>
      <Button
        look={usable ? 'primary' : 'plain'}
        disabled={!usable}
        aria-label={words.nameFor(port.title)}
        onClick={() => onUse(port.port)}
      >
        {words.use}
      </Button>
      {!usable && <HowToFree says={standing.says} next={standing.next} />}
    </li>
  );
}

/** Why a port cannot be opened, and the exact commands that change it. */
function HowToFree({ says, next }: { readonly says: string; readonly next: string }) {
  const words = useWords().rescue.cable;
  return (
    <div className="choice-note">
      <p>{says}</p>
      {next !== '' && (
        <p className="break">
          <strong>{words.do}:</strong> {next}
        </p>
      )}
      {commandsIn(next).map(command => (
        <div key={command} className="row between">
          <code className="code">{command}</code>
          <CopyButton text={command} />
        </div>
      ))}
    </div>
  );
}

function TypedPort({ onUse }: { readonly onUse: (port: string) => void }) {
  const words = useWords().rescue.cable;
  const [typed, setTyped] = useState('');
  const port = typedPort(typed);
  return (
    <details>
      <summary>{words.typed}</summary>
      <form
        className="stack"
        onSubmit={event => {
          event.preventDefault();
          if (port !== undefined) onUse(port);
        }}
      >
        <p className="hint">{words.typedSays}</p>
        <div className="row end">
          <TextField
            label={words.address}
            hint={words.addressHint}
            value={typed}
            wrong={
              typed.includes(':') && port === undefined && typed.length > 12 ? words.addressWrong : undefined
            }
            onValue={setTyped}
          />
          <Button type="submit" disabled={port === undefined}>
            {words.useAddress}
          </Button>
        </div>
      </form>
    </details>
  );
}
