import { createStore } from 'zustand/vanilla';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Detected, LineSettings, SerialPort } from '../../../preload/contract/serial.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';

/** The way back to a node, in order. Over the network there is no line to set and no console to look at. */
export const parts = ['cable', 'line', 'console', 'doctor', 'remedy', 'back'] as const;
export type Part = (typeof parts)[number];

/** How the node is reached. */
export type Way = { readonly is: 'ssh' } | { readonly is: 'port'; readonly port: string };

export interface RescueState {
  /** Kept over all nodes: the cables do not change with the node. */
  readonly ports: Loadable<readonly SerialPort[]>;
  readonly node?: NodeId;
  readonly open: Part;
  readonly way?: Way;
  /** What was measured on each port, also when nothing was found. */
  readonly detected: Readonly<Record<string, Detected>>;
  /** What each port is set to; absent until it was found or chosen. */
  readonly lines: Readonly<Record<string, LineSettings>>;
  /** The console was opened for this node. */
  readonly joined: boolean;
  /** An examination of this node has ended. */
  readonly examined: boolean;
  /** Names of the host keys that were read over the cable and pinned. */
  readonly pinned?: readonly string[];
}

export type RescueNews =
  /** `examined`: what is known of the node holds an ended examination. */
  | { readonly is: 'node'; readonly node: SiteNode; readonly examined: boolean }
  | { readonly is: 'open'; readonly part: Part }
  | { readonly is: 'way'; readonly way: Way }
  | { readonly is: 'detected'; readonly detected: Detected }
  | { readonly is: 'line'; readonly port: string; readonly line: LineSettings }
  | { readonly is: 'joined' }
  | { readonly is: 'examined' }
  | { readonly is: 'pinned'; readonly pinned: readonly string[] };

export const emptyRescue: RescueState = {
  ports: unloaded,
  detected: {},
  lines: {},
  open: 'cable',
  joined: false,
  examined: false,
};
export const rescueStore = () => createStore<RescueState>(() => emptyRescue);

/** The parts that make sense on the chosen way. */
export const partsOf = ({ way }: RescueState): readonly Part[] =>
  way?.is === 'ssh' ? ['cable', 'doctor', 'remedy'] : parts;

/** The first part that is not settled yet. */
export function unsettled(state: Omit<RescueState, 'open'>): Part {
  if (state.way === undefined) return 'cable';
  if (state.way.is === 'port' && !state.joined) return 'line';
  return state.examined ? 'remedy' : 'doctor';
}

/** Where a known node is taken up again: its cable is remembered, and so is what the doctor found. */
function begin({ ports, detected, lines }: RescueState, node: SiteNode, examined: boolean): RescueState {
  const { cable } = node;
  const way: Way | undefined = cable && { is: 'port', port: cable.port };
  const known = cable?.settings ? { [cable.port]: cable.settings } : {};
  return {
    ports,
    detected,
    lines: { ...known, ...lines },
    node: node.id,
    open: 'cable',
    joined: false,
    examined,
    ...(way && { way }),
  };
}

const sameWay = (a: Way | undefined, b: Way): boolean =>
  a?.is === 'port' && b.is === 'port' ? a.port === b.port : a?.is === b.is;

/** Folds one thing that happened. On another way the console and its host keys are others too. */
export function foldRescue(at: RescueState, news: RescueNews): RescueState {
  switch (news.is) {
    case 'node':
      return at.node === news.node.id ? at : begin(at, news.node, news.examined);
    case 'open':
      return { ...at, open: news.part };
    case 'way': {
      const next = sameWay(at.way, news.way) ? at : { ...without(at, 'pinned'), joined: false };
      return { ...next, way: news.way, open: news.way.is === 'ssh' ? 'doctor' : 'line' };
    }
    case 'detected': {
      const { port, settings } = news.detected;
      const lines = settings ? { ...at.lines, [port]: settings } : at.lines;
      return { ...at, lines, detected: { ...at.detected, [port]: news.detected } };
    }
    case 'line':
      return { ...at, lines: { ...at.lines, [news.port]: news.line } };
    case 'joined':
      return { ...at, joined: true, open: 'console' };
    case 'examined':
      return { ...at, examined: true };
    case 'pinned':
      return { ...at, pinned: news.pinned };
    default:
      return news satisfies never;
  }
}

/** What the line of the chosen port is set to. */
export const lineOfWay = ({ way, lines }: RescueState): LineSettings | undefined =>
  way?.is === 'port' ? lines[way.port] : undefined;

/** Whether a part can be opened: everything before it is settled. The way back to SSH is open once the console is. */
export function canOpen(state: RescueState, part: Part): boolean {
  const shown = partsOf(state);
  if (!shown.includes(part)) return false;
  const limit: Part = part === 'back' ? 'doctor' : part;
  return shown.indexOf(limit) <= shown.indexOf(unsettled(state));
}

/** Whether a port has a speed to be found; a plain socket has none: its far end knows. */
export const hasSpeed = (port: string): boolean => !/^(?:tcp|unix):/.test(port);
/** Whether what is sent to a port crosses a network before it reaches a wire. */
export const isNetworked = (port: string): boolean => /^(?:tcp|rfc2217):/.test(port);

/** A port typed by hand, as the host wants it; nothing when it is none. */
export function typedPort(typed: string): string | undefined {
  const port = typed.trim();
  const socket = /^(?:tcp|rfc2217):\/\/(?:\[[0-9a-f:.%\w]+\]|[^\s/:[\]]+):([1-9]\d{0,4})$/i.exec(port);
  if (socket) return Number(socket[1]) <= 65_535 ? port : undefined;
  return /^unix:\/\S/.test(port) || /^\/dev\/\S/.test(port) ? port : undefined;
}
