import { Folder, RefreshCw, Unplug, Usb } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Site, Stick } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { size } from '../../ui/format.ts';
import { Ago, Code } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import { chooseTarget, loadSticks, takeOut, writeKey } from './actions.ts';
import { isGone, stickAt } from './store.ts';

/** Where the bag goes: a stick or a folder, and whether there is room for it. */
export function WherePart({ site }: { readonly site: Site }) {
  const page = usePage();
  const all = useWords();
  const words = all.supply;
  const state = useStore(page.supply);
  const { sticks, to, toStick, written } = state;
  const stick = stickAt(sticks.value, to);
  const writing = useBusy(writeKey);
  const [picking, setPicking] = useState(false);
  return (
    <>
      <p className="hint">{words.whereSays}</p>
      {sticks.failure && <FailurePanel failure={sticks.failure} />}
      {sticks.value?.length === 0 && <p className="hint">{words.noSticks}</p>}
      {sticks.value && sticks.value.length > 0 && (
        <ul className="choices" aria-label={words.sticks}>
          {sticks.value.map(stick => (
            <StickChoice key={stick.device} stick={stick} site={site} chosen={stick.path === to} />
          ))}
        </ul>
      )}
      <div className="row">
        <Button icon={Folder} disabled={writing} onClick={() => setPicking(true)}>
          {words.chooseFolder}
        </Button>
        <Button look="quiet" icon={RefreshCw} busy={sticks.loading} onClick={() => void loadSticks(page)}>
          {all.ui.refresh}
        </Button>
        {stick && !written && !writing && (
          <Button look="quiet" icon={Unplug} onClick={() => void takeOut(page, stick.path)}>
            {words.out.takeAlready}
          </Button>
        )}
      </div>
      {to !== undefined && (
        <p>
          {toStick === true ? words.target : words.targetFolder} <Code>{to}</Code>
        </p>
      )}
      {isGone(state) ? <Banner tone="bad" title={words.stickGone} /> : <Room />}
      {picking && (
        <FolderPicker
          title={words.chooseFolder}
          says={words.folderSays}
          start={to}
          onClose={() => setPicking(false)}
          actions={[{ label: words.folderUse, act: path => void chooseTarget(page, path, site.id) }]}
        />
      )}
    </>
  );
}

function StickChoice({
  stick,
  site,
  chosen,
}: {
  readonly stick: Stick;
  readonly site: Site;
  readonly chosen: boolean;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.supply;
  const writing = useBusy(writeKey);
  const name = stick.label || stick.model || stick.device;
  const mounted = stick.path !== '';
  return (
    <li className={chosen && mounted ? 'choice chosen' : 'choice'}>
      <div className="stack">
        <strong className="break">
          <Usb size={18} aria-hidden /> {name}
        </strong>
        <p className="hint break">
          {[
            stick.model,
            stick.fileSystem,
            mounted ? words.stickSpace(size(stick.free), size(stick.bytes)) : size(stick.bytes),
            stick.path || stick.device,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
        {mounted && (
          <p className="hint">
            {stick.lastExportAt === undefined ? (
              words.noExport
            ) : (
              <>
                {words.lastExport} <Ago at={stick.lastExportAt} />
              </>
            )}
          </p>
        )}
        {stick.warnings.map(warning => (
          <Banner
            key={warning.is}
            tone={warning.is === 'write-errors' || warning.is === 'read-only' ? 'bad' : 'warn'}
            title={warning.says}
          />
        ))}
      </div>
      <div className="row">
        {chosen && mounted && <Badge tone="good">{all.ui.chosen}</Badge>}
        {!mounted && <Badge tone="warn">{words.notMounted}</Badge>}
        {mounted && !stick.writable && <Badge tone="bad">{words.readOnly}</Badge>}
      </div>
      <Button
        look={chosen || !mounted ? 'plain' : 'primary'}
        disabled={!mounted || !stick.writable || writing}
        aria-label={words.takeStickNamed(name)}
        onClick={() => void chooseTarget(page, stick.path, site.id)}
      >
        {words.takeStick}
      </Button>
    </li>
  );
}

/** Whether the bag fits there; nothing while it was not looked at with this very place. */
function Room() {
  const page = usePage();
  const words = useWords().supply;
  const { plan, planFor, to } = useStore(page.supply);
  if (!plan || to === undefined || planFor !== to) return null;
  return (
    <Banner tone={plan.enough ? 'good' : 'bad'} title={plan.enough ? words.enough : words.tooLittle}>
      {plan.short !== undefined && <p>{plan.short}</p>}
      <p>{words.sum(size(plan.bytes), size(plan.free))}</p>
      {plan.heldBytes > 0 && <p>{words.held(size(plan.heldBytes))}</p>}
    </Banner>
  );
}
