import { useState } from 'react';
import { useStore } from 'zustand';
import type { About, Settings } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { CheckBox, Select, TextField } from '../../ui/Field.tsx';
import { moment } from '../../ui/format.ts';
import { Card, Code, Facts, Head } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { saveSettings } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { VaultCard } from './VaultCard.tsx';

/** Settings, the vault and what this app is. */
export function SettingsView() {
  const page = usePage();
  const words = useWords().settings;
  const settings = useStore(page.app, state => state.settings);
  const about = useStore(page.app, state => state.about);
  return (
    <>
      <Head title={words.title} says={words.says} />
      {settings.failure && <FailurePanel failure={settings.failure} />}
      {settings.value && <Look settings={settings.value} />}
      {settings.value && <You settings={settings.value} />}
      {about.value && <VaultCard about={about.value} />}
      {about.value && <AboutCard about={about.value} />}
    </>
  );
}

const themes = ['system', 'light', 'dark'] as const;
const fontSizes = Array.from({ length: 25 }, (_, i) => String(i + 8));

/** What is saved as soon as it is chosen. */
function Look({ settings }: { readonly settings: Settings }) {
  const page = usePage();
  const words = useWords().settings;
  const [failure, setFailure] = useState<Failure>();
  const save = (change: Parameters<typeof saveSettings>[1]): void => {
    saveSettings(page, change).catch((thrown: unknown) => setFailure(failureOf(thrown)));
  };
  return (
    <Card title={words.look}>
      <div className="form two">
        <Select
          label={words.theme}
          value={settings.theme}
          options={themes.map(value => ({ value, label: words.themes[value] }))}
          onValue={theme => save({ theme })}
        />
        <Select
          label={words.fontSize}
          value={String(settings.terminalFontSize)}
          options={fontSizes.map(value => ({ value, label: value }))}
          onValue={value => save({ terminalFontSize: Number(value) })}
        />
      </div>
      <CheckBox
        label={words.keepAwake}
        checked={settings.keepAwakeWhileRunning}
        onValue={keepAwakeWhileRunning => save({ keepAwakeWhileRunning })}
      />
      {failure && <FailurePanel failure={failure} />}
    </Card>
  );
}

/** What is typed and then saved. */
function You({ settings }: { readonly settings: Settings }) {
  const page = usePage();
  const words = useWords().settings;
  const [technician, setTechnician] = useState(settings.technician);
  const [days, setDays] = useState(String(settings.supplyRunDays));
  const [failure, setFailure] = useState<Failure>();
  const [saved, setSaved] = useState(false);
  const daysFit = /^[1-9]\d{0,2}$/.test(days) && Number(days) <= 366;
  const save = (): void => {
    setFailure(undefined);
    saveSettings(page, { technician: technician.trim(), supplyRunDays: Number(days) }).then(
      () => setSaved(true),
      (thrown: unknown) => setFailure(failureOf(thrown)),
    );
  };
  return (
    <Card title={words.you}>
      <form
        onSubmit={event => {
          event.preventDefault();
          if (daysFit) save();
        }}
      >
        <div className="form two">
          <TextField
            label={words.technician}
            hint={words.technicianHint}
            value={technician}
            autoComplete="name"
            onValue={value => {
              setSaved(false);
              setTechnician(value);
            }}
          />
          <TextField
            label={words.days}
            hint={words.daysHint}
            value={days}
            inputMode="numeric"
            wrong={daysFit ? undefined : words.daysWrong}
            onValue={value => {
              setSaved(false);
              setDays(value);
            }}
          />
        </div>
        <div className="row">
          <Button type="submit" look="primary" disabled={!daysFit}>
            {words.save}
          </Button>
          <span className="hint" role="status">
            {saved ? words.saved : ''}
          </span>
        </div>
      </form>
      {failure && <FailurePanel failure={failure} />}
    </Card>
  );
}

function AboutCard({ about }: { readonly about: About }) {
  const words = useWords().settings;
  return (
    <Card title={words.about}>
      <Facts
        facts={[
          [words.version, about.version],
          [words.built, moment(about.builtAt)],
          [words.door, words.doors[about.door]],
          [words.home, <Code key="home">{about.home}</Code>],
        ]}
      />
      {about.warnings.length === 0 && <p className="hint">{words.noWarnings}</p>}
      {about.warnings.map(warning => (
        <Banner key={warning} tone="warn" title={warning} />
      ))}
    </Card>
  );
}
