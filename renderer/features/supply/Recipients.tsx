import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { Site } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { TextArea } from '../../ui/Field.tsx';
import { Card, Code } from '../../ui/parts.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { saveRecipients } from './actions.ts';
import { recipientsOf } from './store.ts';

/** The keys an export is sealed to. */
export function Recipients({ site }: { readonly site: Site }) {
  const page = usePage();
  const all = useWords();
  const words = all.supply;
  const none = site.recipients.length === 0;
  const [editing, setEditing] = useState(none);
  const [typed, setTyped] = useState(site.recipients.join('\n'));
  const [failure, setFailure] = useState<Failure>();
  const { keys, wrong } = recipientsOf(typed);
  const save = (): void => {
    saveRecipients(page, site.id, keys).then(
      () => setEditing(false),
      (thrown: unknown) => setFailure(failureOf(thrown)),
    );
  };
  return (
    <Card
      title={words.recipients}
      says={words.recipientsSays}
      actions={
        <>
          {none ? (
            <Badge tone="warn">{words.recipientsNone}</Badge>
          ) : (
            <Badge tone="good" icon={KeyRound}>
              {words.recipientsCount(site.recipients.length)}
            </Badge>
          )}
          {!editing && <Button onClick={() => setEditing(true)}>{words.edit}</Button>}
        </>
      }
    >
      {editing ? (
        <form
          className="form"
          onSubmit={event => {
            event.preventDefault();
            if (keys.length > 0 && wrong === undefined) save();
          }}
        >
          <TextArea
            label={words.recipientsLabel}
            hint={words.recipientsHint}
            rows={3}
            className="mono"
            value={typed}
            wrong={wrong === undefined ? undefined : words.notAgeKey(wrong)}
            onValue={setTyped}
          />
          <div className="row">
            <Button type="submit" look="primary" disabled={keys.length === 0 || wrong !== undefined}>
              {words.recipientsSave}
            </Button>
            {!none && (
              <Button
                look="quiet"
                onClick={() => {
                  setTyped(site.recipients.join('\n'));
                  setEditing(false);
                }}
              >
                {all.ui.cancel}
              </Button>
            )}
          </div>
        </form>
      ) : (
        <ul className="keys">
          {site.recipients.map(key => (
            <li key={key}>
              <Code>{key}</Code>
            </li>
          ))}
        </ul>
      )}
      {failure && <FailurePanel failure={failure} />}
    </Card>
  );
}
