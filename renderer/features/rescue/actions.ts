import type { Run, SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { LineSettings } from '../../../preload/contract/serial.ts';
import { fetched } from '../../ui/loadable.ts';
import { go } from '../app/actions.ts';
import { ask, clearTask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { joinConsole, joinKey } from '../console/actions.ts';
import { sessionOf } from '../console/store.ts';
import { examine, lastExamination } from '../doctor/actions.ts';
import { examinationOf } from '../doctor/store.ts';
import { clearRemedy } from '../remedies/actions.ts';
import { keepNode, lookAt } from '../sites/actions.ts';
import { foldRescue, hasSpeed } from './store.ts';
import type { Part, RescueNews, Way } from './store.ts';

const tell = (page: Page, news: RescueNews): void =>
  page.rescue.setState(state => foldRescue(state, news), true);

export const openPart = (page: Page, part: Part): void => tell(page, { is: 'open', part });

/** Fetches the serial ports of this laptop. */
export const loadPorts = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('serial.list', {}),
    news => page.rescue.setState(({ ports }) => ({ ports: fetched(ports, news) })),
  );

/** How often the ports are looked at while they are shown, in milliseconds. */
export const portsEveryMs = 2_000;

/** Begins with a node, or goes on with it. An examination that is known already is brought back. */
export async function beginRescue(page: Page, node: SiteNode): Promise<void> {
  if (page.rescue.getState().node === node.id) return;
  clearRemedy(page);
  const ended = (): boolean => examinationOf(page.doctor.getState(), node.id)?.state === 'done';
  tell(page, { is: 'node', node, examined: ended() });
  await lastExamination(page, node.id);
  if (page.rescue.getState().node === node.id && ended()) tell(page, { is: 'examined' });
}

export const wayKey = 'rescue.way';

/** Chooses the way to the node. */
export async function chooseWay(page: Page, node: SiteNode, way: Way): Promise<void> {
  clearTask(page, detectKey);
  if (way.is === 'port') {
    tell(page, { is: 'way', way });
    return;
  }
  const over = await task(page, wayKey, how => ask(page, 'node.over', { node: node.id, over: 'ssh' }, how));
  if (!over) return;
  keepNode(page, over);
  tell(page, { is: 'way', way });
}

export const detectKey = 'serial.detect';

/** Finds the speed of the chosen port. */
export async function detect(page: Page, port: string): Promise<void> {
  const detected = await task(page, detectKey, how => ask(page, 'serial.detect', { port }, how));
  if (detected) tell(page, { is: 'detected', detected });
}

export const openKey = 'rescue.open';

/** Opens the console of the chosen port and notes it as this node's cable; from then on everything goes over it. */
export async function openConsole(
  page: Page,
  node: NodeId,
  port: string,
  settings: LineSettings,
): Promise<void> {
  tell(page, { is: 'line', port, line: settings });
  clearTask(page, joinKey(port));
  const opened = await task(page, openKey, async how => {
    void joinConsole(page, port, settings);
    await isOpen(page, port, how.signal);
    const cable = { port, ...(hasSpeed(port) && { settings }) };
    await ask(page, 'node.cable', { node, cable }, how);
    return await ask(page, 'node.over', { node, over: 'serial' }, how);
  });
  // Why it did not open is said once, where the button was pressed.
  if (page.app.getState().tasks[joinKey(port)]?.is === 'failed') clearTask(page, joinKey(port));
  if (!opened) return;
  keepNode(page, opened);
  tell(page, { is: 'joined' });
}

/** Settles once the console is open, or once opening it has failed: its own task says why. */
function isOpen(page: Page, port: string, signal: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const look = (): void => {
      const task = page.app.getState().tasks[joinKey(port)];
      if (sessionOf(page.consoles.getState(), port)?.console !== undefined) end(done);
      else if (task?.is === 'failed') end(() => failed(new FieldError(task.failure)));
    };
    const end = (how: () => void): void => {
      stopTasks();
      stopConsoles();
      signal.removeEventListener('abort', leave);
      how();
    };
    const leave = (): void => {
      page.stops.get(joinKey(port))?.abort();
    };
    const stopTasks = page.app.subscribe(look);
    const stopConsoles = page.consoles.subscribe(look);
    signal.addEventListener('abort', leave);
    look();
  });
}

/** Examines the node of the rescue; the remedies open once the doctor is done. */
export const examineFor = async (page: Page, node: NodeId): Promise<void> => {
  await examine(page, node);
  const { node: now } = page.rescue.getState();
  if (now === node && examinationOf(page.doctor.getState(), node)?.endedAt !== undefined)
    tell(page, { is: 'examined' });
};

/** After a remedy: back to the doctor, who looks once more. */
export function examineAfter(page: Page, { node: id }: Pick<Run, 'node'>): void {
  go({ is: 'rescue', node: id });
  const node = page.sites.getState().nodes.value?.find(each => each.id === id);
  if (!node) return;
  const { way } = page.rescue.getState();
  tell(page, { is: 'node', node, examined: true });
  if (way === undefined && node.over === 'ssh') tell(page, { is: 'way', way: { is: 'ssh' } });
  openPart(page, 'doctor');
  void examineFor(page, id);
}

export const pinKey = 'rescue.pin';

/** Reads the host keys over the cable and pins them, so that SSH needs no leap of faith. */
export async function pinByCable(page: Page, node: NodeId): Promise<void> {
  const pinned = await task(page, pinKey, how => ask(page, 'node.pinByCable', { node }, how));
  if (pinned) tell(page, { is: 'pinned', pinned: pinned.pinned });
}

export const backKey = 'rescue.back';

/** Lets everything go over SSH again, and looks whether the node answers there. */
export async function backToSsh(page: Page, node: NodeId): Promise<void> {
  const over = await task(page, backKey, how => ask(page, 'node.over', { node, over: 'ssh' }, how));
  if (!over) return;
  keepNode(page, over);
  await lookAt(page, node);
}
