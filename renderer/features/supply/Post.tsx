import { MailOpen } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { ReceiptSeen } from '../../../preload/contract/supply/exports.ts';
import type { PostTaken } from '../../../preload/contract/supply/post.ts';
import { Button } from '../../ui/Button.tsx';
import { Card } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { postKey, takeKeyList, takePost, trustListKey } from './actions.ts';

const tones: Record<ReceiptSeen['is'], Tone> = {
  confirmed: 'good',
  'not-restorable': 'bad',
  known: 'quiet',
  refused: 'bad',
};

/** What headquarters sent on the chosen stick: receipts above all. */
export function Post() {
  const page = usePage();
  const words = useWords().supply.post;
  const { to, post } = useStore(page.supply);
  const looking = useBusy(postKey);
  const look = (): void => {
    if (to !== undefined) void takePost(page, to);
  };
  return (
    <Card
      title={words.title}
      says={words.says}
      actions={
        <Button icon={MailOpen} busy={looking} disabled={to === undefined} onClick={look}>
          {words.look}
        </Button>
      }
    >
      {to === undefined && <p className="hint">{words.choose}</p>}
      <TaskLine task={postKey} label={words.looking} again={look} />
      <TaskLine task={trustListKey} label={words.takingKeyList} />
      {post && to !== undefined && (
        <div className="stack" role="status">
          {isEmpty(post) && <p className="hint">{words.nothing}</p>}
          {post.receipts.map(each => (
            <Found key={each.path} tone={tones[each.is]} title={words.receiptIs[each.is]} of={each} />
          ))}
          {post.notes.map(each => (
            <Found
              key={each.path}
              tone={each.is === 'refused' ? 'bad' : 'quiet'}
              title={each.note ? words.note(each.note.title) : words.noteRefused}
              of={each}
            >
              {each.note && <p className="note-text">{each.note.text}</p>}
            </Found>
          ))}
          <KeyLists post={post} to={to} />
          {post.bundles.map(each => (
            <Banner key={each.path} tone="quiet" title={words.bundle(each.name)}>
              <p className="hint break">{each.path}</p>
              <Button onClick={() => go({ is: 'bundles' })}>{words.toBundles}</Button>
            </Banner>
          ))}
        </div>
      )}
    </Card>
  );
}

const isEmpty = ({ receipts, notes, keyLists, bundles }: PostTaken): boolean =>
  receipts.length + notes.length + keyLists.length + bundles.length === 0;

function Found({
  tone,
  title,
  of,
  children,
}: {
  readonly tone: Tone;
  readonly title: string;
  readonly of: { readonly path: string; readonly says: string };
  readonly children?: ReactNode;
}) {
  return (
    <Banner tone={tone} title={title}>
      <p>{of.says}</p>
      {children}
      <p className="hint break">{of.path}</p>
    </Banner>
  );
}

function KeyLists({ post, to }: { readonly post: PostTaken; readonly to: string }) {
  const page = usePage();
  const words = useWords().supply.post;
  const taking = useBusy(trustListKey);
  return post.keyLists.map(each => (
    <Found
      key={each.path}
      tone={each.is === 'refused' ? 'bad' : each.is === 'newer' ? 'warn' : 'quiet'}
      title={each.is === 'refused' ? words.keyListRefused : words.keyList}
      of={each}
    >
      {each.changes.length > 0 && (
        <ul>
          {each.changes.map(change => (
            <li key={change} className="break">
              {change}
            </li>
          ))}
        </ul>
      )}
      {each.is === 'newer' && (
        <Button busy={taking} onClick={() => void takeKeyList(page, each.path, to)}>
          {words.takeKeyList}
        </Button>
      )}
    </Found>
  ));
}
