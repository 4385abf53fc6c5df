import type { Hello, ToHost } from '../../preload/contract/frames.ts';

const isId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) > 0;
/** More credit than this in one frame is no honest listener. */
const isCredit = (n: unknown): n is number =>
  Number.isInteger(n) && (n as number) >= 0 && (n as number) <= 4096;
const isName = (name: unknown): name is string => typeof name === 'string' && name.length <= 64;

/** What arrived as a frame to the host, or undefined when it is none. Arguments are parsed later, by the contract. */
export function frameToHost(raw: unknown): ToHost | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { t, id, name, args, credit, n } = raw as Record<string, unknown>;
  if (!isId(id)) return undefined;
  switch (t) {
    case 'call':
      return isName(name) ? { t, id, name, args } : undefined;
    case 'listen':
      return isName(name) && isCredit(credit) ? { t, id, name, args, credit } : undefined;
    case 'credit':
      return isCredit(n) ? { t, id, n } : undefined;
    case 'cancel':
    case 'unlisten':
      return { t, id };
    default:
      return undefined;
  }
}

/** What arrived as the first frame, or undefined when it is no hello. */
export function frameHello(raw: unknown): Hello | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { t, world, key } = raw as Record<string, unknown>;
  if (t !== 'hello' || (world !== 'real' && world !== 'practice')) return undefined;
  if (key === undefined) return { t, world };
  return typeof key === 'string' && key.length <= 128 ? { t, world, key } : undefined;
}
