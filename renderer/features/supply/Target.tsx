import { Folder, RefreshCw, Usb } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { Stick } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { size } from '../../ui/format.ts';
import { Card, Code } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { chooseTarget, loadSticks } from './actions.ts';

/** Where the bag goes: a stick or a folder. */
export function Target() {
  const page = usePage();
  const all = useWords();
  const words = all.supply;
  const sticks = useStore(page.supply, state => state.sticks);
  const to = useStore(page.supply, state => state.to);
  const [picking, setPicking] = useState(false);
  return (
    <Card
      title={words.where}
      says={words.whereSays}
      actions={
        <>
          <Button look="quiet" icon={RefreshCw} busy={sticks.loading} onClick={() => void loadSticks(page)}>
            {all.ui.refresh}
          </Button>
          <Button icon={Folder} onClick={() => setPicking(true)}>
            {words.chooseFolder}
          </Button>
        </>
      }
    >
      {sticks.failure && <FailurePanel failure={sticks.failure} />}
      {sticks.value?.length === 0 && <p className="hint">{words.noSticks}</p>}
      {sticks.value && sticks.value.length > 0 && (
        <ul className="choices" aria-label={words.sticks}>
          {sticks.value.map(stick => (
            <StickChoice key={stick.path} stick={stick} chosen={stick.path === to} />
          ))}
        </ul>
      )}
      {to !== undefined && (
        <p>
          {words.target} <Code>{to}</Code>
        </p>
      )}
      {picking && (
        <FolderPicker
          title={words.chooseFolder}
          says={words.folderSays}
          start={to}
          onClose={() => setPicking(false)}
          actions={[{ label: words.folderUse, act: path => chooseTarget(page, path) }]}
        />
      )}
    </Card>
  );
}

function StickChoice({ stick, chosen }: { readonly stick: Stick; readonly chosen: boolean }) {
  const page = usePage();
  const all = useWords();
  const words = all.supply;
  const name = stick.label || stick.path;
  return (
    <li className={chosen ? 'choice chosen' : 'choice'}>
      <div>
        <strong className="break">
          <Usb size={18} aria-hidden /> {name}
        </strong>
        <p className="hint break" title={stick.path}>
          {stick.path} · {stick.fileSystem} · {words.stickSpace(size(stick.free), size(stick.bytes))}
        </p>
      </div>
      <div className="row">
        {chosen && <Badge tone="good">{all.ui.chosen}</Badge>}
        {!stick.writable && <Badge tone="bad">{words.readOnly}</Badge>}
      </div>
      <Button
        disabled={!stick.writable}
        aria-label={words.takeStickNamed(name)}
        onClick={() => chooseTarget(page, stick.path)}
      >
        {words.takeStick}
      </Button>
    </li>
  );
}
