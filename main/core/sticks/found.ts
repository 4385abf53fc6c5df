import type { Stick } from '../../../preload/contract/domain.ts';

/** A file system on a drive that can be taken out; free space is asked of the place where it is mounted. */
export type FoundStick = Omit<Stick, 'free' | 'writable' | 'warnings'> & {
  readonly readOnly: boolean;
  /** Encrypted, and nobody unlocked it: nothing of it can be seen. */
  readonly locked: boolean;
  /** The whole drive it lies on. */
  readonly drive: string;
};

/** One object of a tool's JSON. */
export type Json = Readonly<Record<string, unknown>>;

export const textOf = (raw: unknown): string => (typeof raw === 'string' ? raw : '');
// Old releases of lsblk print numbers and booleans as texts.
export const numberOf = (raw: unknown): number => (Number.isFinite(Number(raw)) ? Number(raw) : 0);
export const flagOf = (raw: unknown): boolean => raw === true || raw === '1' || raw === 1;
export const listOf = (raw: unknown): readonly Json[] =>
  Array.isArray(raw) ? raw.filter(each => typeof each === 'object' && each !== null) : [];

/** Nothing for what is no JSON: a tool that is not there prints nothing, or a complaint. */
export function jsonIn(stdout: string): unknown {
  try {
    return JSON.parse(stdout.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** The object in a tool's answer; an empty one where there is none. */
export function objectIn(stdout: string): Json {
  const answer = jsonIn(stdout);
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? (answer as Json) : {};
}
