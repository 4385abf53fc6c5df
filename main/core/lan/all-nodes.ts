import { uniform } from './neighbours/entry.ts';

/** A line of an answer on any system and in any language: the address, a colon or comma, and in the end milliseconds. */
const answer = /(?:^|\s)(fe[89ab][0-9a-f]:[0-9a-f:]+?)(?:%[^\s:,]+)?[:,]\s.*\d\s?ms/i;

/**
 * The addresses that answered a ping to all nodes of a wire, with the wire as their zone. Undefined when nothing was sent:
 * before it sends, ping says what it is about to ask.
 */
export function answeredPing(printed: string, wire: string): readonly string[] | undefined {
  if (!printed.includes('ff02::1')) return undefined;
  const found = printed.split('\n').map(line => uniform(answer.exec(line)?.[1] ?? ''));
  return [...new Set(found)].flatMap(address => (address === undefined ? [] : [`${address}%${wire}`]));
}
