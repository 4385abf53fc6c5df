import { CornerDownLeft, LogIn, LogOut, Play, Undo2, Wrench, Zap } from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import { useState } from 'react';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { ConsoleDeed } from '../../../preload/contract/serial.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { isNetworked } from '../rescue/store.ts';
import { act, actExposed, actKey } from './actions.ts';
import { LastResort } from './LastResort.tsx';
import type { Session } from './store.ts';

const icons: Record<ConsoleDeed, LucideIcon> = {
  wake: CornerDownLeft,
  'log-in': LogIn,
  'log-out': LogOut,
  leave: Undo2,
  'enter-maintenance': Wrench,
  'continue-boot': Play,
  'boot-default': Play,
  break: Zap,
  sysrq: Zap,
};

type Confirmed = 'break' | 'sysrq';
const isConfirmed = (deed: ConsoleDeed): deed is Confirmed => deed === 'break' || deed === 'sysrq';
const wantsPassword = (deed: ConsoleDeed): boolean => deed === 'log-in' || deed === 'enter-maintenance';

/** What reaches past everything stays quiet, and leaving is never what one is led to. */
const lookOf = (deed: ConsoleDeed, likeliest: boolean): 'quiet' | 'primary' | 'plain' => {
  if (isConfirmed(deed)) return 'quiet';
  return likeliest && deed !== 'log-out' ? 'primary' : 'plain';
};

/** The buttons that make sense now, the likeliest first. */
export function Deeds({
  session,
  node,
  calm,
}: {
  readonly session: Session;
  readonly node?: NodeId | undefined;
  /** Something else on the screen is the likeliest next thing. */
  readonly calm: boolean;
}) {
  const page = usePage();
  const words = useWords().consoles;
  const { port, state, drivenBy } = session;
  const busy = useBusy(actKey(port));
  const [confirming, setConfirming] = useState<Confirmed>();
  const [exposing, setExposing] = useState<ConsoleDeed>();
  if (!state || state.doable.length === 0) return null;
  const press = (deed: ConsoleDeed): void => {
    if (isConfirmed(deed)) setConfirming(deed);
    else if (wantsPassword(deed) && isNetworked(port)) setExposing(deed);
    else void act(page, port, { deed, node });
  };
  return (
    <>
      <div className="row tight" role="group" aria-label={words.whatNow}>
        {state.doable.map((deed, i) => (
          <Button
            key={deed}
            look={lookOf(deed, i === 0 && !calm)}
            icon={icons[deed]}
            busy={busy}
            disabled={drivenBy !== undefined}
            onClick={() => press(deed)}
          >
            {words.deeds[deed]}
          </Button>
        ))}
      </div>
      {confirming && <LastResort port={port} deed={confirming} onClose={() => setConfirming(undefined)} />}
      {exposing && (
        <OverNetwork
          port={port}
          onClose={() => setExposing(undefined)}
          onGo={() => void actExposed(page, port, { deed: exposing, node })}
        />
      )}
    </>
  );
}

/** Says by name what a password over this port would be exposed to. */
function OverNetwork({
  port,
  onClose,
  onGo,
}: {
  readonly port: string;
  readonly onClose: () => void;
  readonly onGo: () => void;
}) {
  const all = useWords();
  const words = all.consoles.network;
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          <Button
            look="danger"
            icon={LogIn}
            onClick={() => {
              onClose();
              onGo();
            }}
          >
            {words.go}
          </Button>
        </>
      }
    >
      <Banner tone="warn" title={words.says(port)} />
      <p>{words.better}</p>
    </Dialog>
  );
}
