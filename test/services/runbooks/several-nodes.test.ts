import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId, RunId } from '../../../preload/contract/ids.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { scrubber } from '../../../main/core/scrub.ts';
import type { JournalLine } from '../../../main/core/runbook/step.ts';
import { told } from '../../../main/core/runbook/step.ts';
import { sh } from '../../../main/core/sh.ts';
import { asking, onNode, planStepOf, so } from '../../../main/services/runbooks/book.ts';
import type { Book, Hands, Step } from '../../../main/services/runbooks/book.ts';
import type { Console } from '../../../main/services/runbooks/console.ts';
import type { WithLink } from '../../../main/services/runbooks/held-links.ts';
import { Sitting } from '../../../main/services/runbooks/sitting.ts';
import type { SittingEnd } from '../../../main/services/runbooks/ending.ts';
import { localLink } from '../../support/local-link.ts';
import type { LocalLink } from '../../support/local-link.ts';

const node = (name: string): SiteNode => ({ id: `id-${name}` as NodeId, name }) as SiteNode;
const [cp1, cp2, cp3] = [node('cp1'), node('cp2'), node('cp3')];

/** Machines that answer under their node's name; `who` may be exchanged and a link cut. */
function machines(): {
  readonly opened: string[];
  readonly open: Map<NodeId, LocalLink>;
  readonly who: Map<NodeId, string>;
  readonly down: Set<NodeId>;
  readonly withLink: WithLink;
} {
  const [opened, open, who] = [[] as string[], new Map<NodeId, LocalLink>(), new Map<NodeId, string>()];
  const down = new Set<NodeId>();
  return {
    opened,
    open,
    who,
    down,
    async withLink(id, _signal, work) {
      if (down.has(id))
        throw new FieldError({ code: 'unreachable', says: 'No answer on SSH within 10 s.', about: id });
      opened.push(id);
      const link = localLink({
        who: { hostname: id, machineId: who.get(id) ?? `machine of ${id}` },
        env: { HERE: id },
      });
      open.set(id, link);
      try {
        await work(link);
      } finally {
        await link.close();
      }
    },
  };
}

const step = (id: string, did?: (hands: Hands) => Promise<void>): Step => ({
  id,
  title: id,
  why: '',
  weight: 1,
  changes: true,
  probe: {
    shows: [],
    look: async hands =>
      await Promise.resolve(
        hands.didBefore(id) ? so('done before') : ({ is: 'not-so', saw: 'not yet' } as const),
      ),
  },
  apply: did
    ? [
        {
          is: 'laptop',
          says: 'meanwhile',
          work: async hands => {
            await did(hands);
            return undefined;
          },
        },
      ]
    : [{ is: 'command', as: 'root', command: sh`true` }],
  verify: asking('root', sh`sh -c ${'echo "$HERE"'}`, ({ stdout }) => so(stdout.trim())),
});

interface Sat {
  readonly end: SittingEnd;
  readonly lines: readonly JournalLine[];
  readonly shown: readonly string[];
}

async function sit(
  book: Book,
  withLink: WithLink,
  before: readonly JournalLine[] = [],
  signal = new AbortController().signal,
): Promise<Sat> {
  const shown: string[] = [];
  const console: Console = {
    step: () => undefined,
    sent: (as, command, on) => shown.push(`${on ?? 'own'} ${as} ${command}`),
    note: () => undefined,
    output: () => ({ take: () => undefined, end: () => undefined }),
  };
  const lines: JournalLine[] = [...before];
  const began = book.steps.map(({ id, title, why, weight, changes }) => ({
    id,
    title,
    why,
    weight,
    changes,
  }));
  if (lines.length === 0) lines.push({ at: '', entry: { is: 'began', steps: began, ground: undefined } });
  const end = await new Sitting({
    run: 'run' as RunId,
    node: cp1,
    book,
    lines,
    journal: {
      write(entry, of) {
        const line = { at: '', entry, ...(of !== undefined && { step: of }) };
        lines.push(line);
        return line;
      },
      end: () => undefined,
    },
    console,
    scrub: scrubber([]),
    clock: systemClock,
    files: localFiles(),
    signal,
    news: () => undefined,
    withLink,
  }).run();
  return { end, lines, shown };
}

const saw = (lines: readonly JournalLine[], id: string): string | undefined =>
  told(lines).steps.find(one => one.id === id)?.saw;

test('steps of one run work on the nodes they name, over one link each, and say where', async () => {
  const site = machines();
  const book: Book = {
    title: '',
    warnings: [],
    steps: [step('a'), onNode(cp2, step('a')), onNode(cp3, step('a')), onNode(cp2, step('b')), step('b')],
  };
  const { end, lines, shown } = await sit(book, site.withLink);
  assert.equal(end.state, 'passed');
  assert.deepEqual(
    book.steps.map(({ id }) => [id, saw(lines, id)]),
    [
      ['a', 'id-cp1'],
      ['a@cp2', 'id-cp2'],
      ['a@cp3', 'id-cp3'],
      ['b@cp2', 'id-cp2'],
      ['b', 'id-cp1'],
    ],
  );
  assert.deepEqual(site.opened, ['id-cp1', 'id-cp2', 'id-cp3']);
  assert.ok([...site.open.values()].every(({ isClosed }) => isClosed));
  assert.deepEqual(
    shown.filter(line => line.endsWith('root true')).map(line => line.split(' ')[0]),
    ['own', 'cp2', 'cp3', 'cp2', 'own'],
  );
  const intents = lines.flatMap(({ entry }) =>
    entry.is === 'intent' && entry.asks === 'true' ? [entry.on] : [],
  );
  assert.deepEqual(intents, [undefined, 'cp2', 'cp3', 'cp2', undefined]);
  const planned = planStepOf(onNode(cp2, step('a'))).commands;
  assert.ok(planned.length > 0 && planned.every(one => one.node === 'cp2'));
  assert.ok(planStepOf(step('a')).commands.every(one => one.node === undefined));
});

test('another node that cannot be reached stops the run so that it can be continued, and done steps stay done', async () => {
  const site = machines();
  const book: Book = {
    title: '',
    warnings: [],
    steps: [step('a'), onNode(cp2, step('a')), onNode(cp3, step('a'))],
  };
  site.down.add(cp3.id);
  const first = await sit(book, site.withLink);
  assert.equal(first.end.state, 'interrupted');
  assert.match(first.end.failure?.next ?? '', /continue the run/);
  site.down.clear();
  const second = await sit(book, site.withLink, first.lines);
  assert.equal(second.end.state, 'passed');
  assert.deepEqual(
    second.shown.filter(line => line.endsWith('root true')).map(line => line.split(' ')[0]),
    ['cp3'],
  );
});

test('a run goes on at another node only while that is the machine it first met there', async () => {
  const site = machines();
  const book: Book = { title: '', warnings: [], steps: [onNode(cp2, step('a')), onNode(cp3, step('a'))] };
  site.down.add(cp3.id);
  const first = await sit(book, site.withLink);
  site.down.clear();
  site.who.set(cp2.id, 'somebody else');
  const second = await sit(book, site.withLink, first.lines);
  assert.equal(second.end.state, 'failed');
  assert.equal(second.end.failure?.code, 'another-node');
  assert.equal(second.end.failure?.about, 'cp2');
  assert.ok(second.shown.every(line => !line.startsWith('cp2')));
});

test('a run that fails or is stopped gives back what it took on every node it reached, and on no other', async () => {
  const bad = step('bad', () => Promise.reject(new Error('broken')));
  for (const how of ['failed', 'cancelled'] as const) {
    const site = machines();
    const stop = new AbortController();
    const given: string[] = [];
    const last = how === 'failed' ? bad : step('stop', async () => await Promise.resolve(stop.abort()));
    const book: Book = {
      title: '',
      warnings: [],
      steps: [step('a'), onNode(cp2, step('a')), onNode(cp2, last), onNode(cp3, step('a'))],
      release: async (hands, why) => {
        await hands.exec(sh`true`, { as: 'root' });
        given.push(`${hands.node.name} ${why}`);
      },
    };
    const { end } = await sit(book, site.withLink, [], stop.signal);
    assert.equal(end.state, how);
    assert.deepEqual(given, [`cp1 ${how}`, `cp2 ${how}`]);
    assert.ok([...site.open.values()].every(({ isClosed }) => isClosed));
  }
});
