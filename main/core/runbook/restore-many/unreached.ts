/** The nodes that did not answer, sorted by what the technician says of them. */
export interface Unreached {
  /** Servers that were powered off by hand. */
  readonly fenced: readonly string[];
  /** Agents that are restarted later, by hand. */
  readonly agents: readonly string[];
}

const named = (typed: string): readonly string[] =>
  typed
    .split(/[\s,;]+/)
    .map(one => one.trim())
    .filter(one => one !== '');

/**
 * Reads the names that were typed. A server that still runs somewhere with the old data would go on writing to a cluster
 * of its own, so every node that did not answer has to be named; a node that answers is never taken for powered off. Gives
 * a sentence when that does not hold.
 */
export function unreachedAsTyped(
  silent: readonly string[],
  answering: readonly string[],
  typed: { readonly fenced: string; readonly agents: string },
): Unreached | string {
  const [fenced, agents] = [named(typed.fenced), named(typed.agents)];
  const awake = [...fenced, ...agents].find(name => answering.includes(name));
  if (awake !== undefined) return `${awake} answers, so it is neither powered off nor out of reach.`;
  const both = fenced.find(name => agents.includes(name));
  if (both !== undefined) return `${both} is named twice: it is either a server or an agent.`;
  const open = silent.filter(name => !fenced.includes(name) && !agents.includes(name));
  return open.length > 0
    ? `${open.join(', ')} ${open.length === 1 ? 'does' : 'do'} not answer, and nobody said what ${open.length === 1 ? 'it is' : 'they are'}.`
    : { fenced, agents };
}
