import { FolderOpen, KeyRound, LifeBuoy } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { BreakGlassPaper, SiteKeys } from '../../../preload/contract/supply/keys.ts';
import { Button } from '../../ui/Button.tsx';
import { TextArea, TextField } from '../../ui/Field.tsx';
import { moment } from '../../ui/format.ts';
import { Card, Code, Facts } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { FolderPicker } from '../app/FolderPicker.tsx';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { exportsOf } from '../supply/store.ts';
import { drill, drillKey, makePaper, paperKey } from './actions.ts';
import { Paper } from './Paper.tsx';

/** Who can open what one site exports, and the key in its safe. */
export function SafeKey({ of }: { readonly of: SiteKeys }) {
  const all = useWords();
  const words = all.keys.safe;
  const { breakGlass, recipients } = of;
  // Only here, and only until it is put away or the page is left.
  const [paper, setPaper] = useState<BreakGlassPaper>();
  return (
    <Card title={words.title(of.name)} says={words.says}>
      {breakGlass && breakGlass.drilledAt === undefined && (
        <Banner tone="bad" title={words.notDrilled}>
          <p>{words.notDrilledSays}</p>
        </Banner>
      )}
      <Facts
        facts={[
          [
            words.recipients,
            recipients.length === 0 ? (
              <Badge key="none" tone="warn">
                {words.noRecipient}
              </Badge>
            ) : (
              <span key="keys" className="stack">
                {recipients.map(each => (
                  <Code key={each}>{each}</Code>
                ))}
              </span>
            ),
          ],
          [words.key, breakGlass ? <Code key="safe">{breakGlass.recipient}</Code> : words.noKey],
          ...(breakGlass
            ? [
                [words.made, moment(breakGlass.madeAt)] as const,
                [
                  words.drilled,
                  breakGlass.drilledAt === undefined ? words.never : moment(breakGlass.drilledAt),
                ] as const,
              ]
            : []),
        ]}
      />
      {paper ? (
        <Paper paper={paper} site={of.name} onClose={() => setPaper(undefined)} />
      ) : (
        <>
          <Make of={of} onPaper={setPaper} />
          {breakGlass && <Drill of={of} />}
        </>
      )}
    </Card>
  );
}

function Make({
  of,
  onPaper,
}: {
  readonly of: SiteKeys;
  readonly onPaper: (paper: BreakGlassPaper) => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.keys.safe;
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const busy = useBusy(paperKey(of.site));
  const again = of.breakGlass !== undefined;
  const ready = !again || typed.trim() === of.name;
  const make = async (): Promise<void> => {
    const paper = await makePaper(page, of.site, again ? typed : '');
    if (paper) onPaper(paper);
  };
  if (again && !asking)
    return (
      <div className="row">
        <Button icon={KeyRound} onClick={() => setAsking(true)}>
          {words.makeAgain}
        </Button>
      </div>
    );
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault();
        if (ready && !busy) void make();
      }}
    >
      {again && (
        <>
          <Banner tone="warn" title={words.makeAgain}>
            <p>{words.makeAgainSays}</p>
          </Banner>
          <TextField label={words.typeName} hint={of.name} value={typed} onValue={setTyped} />
        </>
      )}
      <p className="hint">{words.makeSays}</p>
      <TaskLine task={paperKey(of.site)} label={words.making} />
      <div className="row">
        <Button look="primary" type="submit" icon={KeyRound} busy={busy} disabled={!ready}>
          {words.make}
        </Button>
        {again && (
          <Button look="quiet" onClick={() => setAsking(false)}>
            {all.ui.cancel}
          </Button>
        )}
      </div>
    </form>
  );
}

/** Opens a bag with what stands on the paper, so that nobody learns in the worst hour that it does not. */
function Drill({ of }: { readonly of: SiteKeys }) {
  const page = usePage();
  const words = useWords().keys.drill;
  const newest = useStore(page.supply, state => exportsOf(state.exports.value, of.site)[0]?.path);
  const drilled = useStore(page.keys, state => state.drilled);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const [typed, setTyped] = useState('');
  const [picking, setPicking] = useState(false);
  const busy = useBusy(drillKey(of.site));
  const bag = chosen ?? newest;
  const ready = bag !== undefined && typed.trim() !== '';
  const submit = async (): Promise<void> => {
    if (ready && (await drill(page, of.site, bag, typed))) setOpen(false);
    // Wrong or right, it is typed anew.
    setTyped('');
  };
  const result = drilled?.site === of.site && (
    <div role="status">
      <Banner tone="good" title={words.done}>
        <p>{drilled.says}</p>
      </Banner>
    </div>
  );
  if (!open)
    return (
      <>
        {result}
        <div className="row">
          <Button icon={LifeBuoy} onClick={() => setOpen(true)}>
            {words.begin}
          </Button>
        </div>
      </>
    );
  return (
    <form
      className="form"
      autoComplete="off"
      onSubmit={event => {
        event.preventDefault();
        if (!busy) void submit();
      }}
    >
      <h3>{words.title}</h3>
      <p>{words.says}</p>
      <div className="row">
        {bag === undefined ? <p className="hint">{words.noBag}</p> : <Code>{bag}</Code>}
        <Button icon={FolderOpen} onClick={() => setPicking(true)}>
          {words.choose}
        </Button>
      </div>
      <TextArea
        label={words.type}
        hint={words.typeHint}
        rows={3}
        className="mono"
        autoComplete="off"
        autoCorrect="off"
        value={typed}
        onValue={setTyped}
      />
      <TaskLine task={drillKey(of.site)} label={words.doing} />
      <div className="row">
        <Button look="primary" type="submit" icon={LifeBuoy} busy={busy} disabled={!ready}>
          {words.go}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            setTyped('');
            setOpen(false);
          }}
        >
          {words.leave}
        </Button>
      </div>
      {picking && (
        <FolderPicker
          title={words.choose}
          says={words.chooseSays}
          start={bag?.replace(/[/\\][^/\\]*$/, '')}
          onClose={() => setPicking(false)}
          actions={[{ label: words.use, act: setChosen }]}
        />
      )}
    </form>
  );
}
