import type { CommandNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';
import { parse as parseBash } from 'just-bash';

export type { CommandNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode };
export type PipelineNode = StatementNode['pipelines'][number];
export type CompoundCommandNode = Exclude<CommandNode, SimpleCommandNode | { type: 'FunctionDef' }>;
export type WordPart = WordNode['parts'][number];
export type RedirectionNode = SimpleCommandNode['redirections'][number];
export type ParameterPart = Extract<WordPart, { type: 'ParameterExpansion' }>;
export type ConditionNode = Extract<CommandNode, { type: 'ConditionalCommand' }>['expression'];

const known = new Map<string, ScriptNode>();

/** The syntax tree of a script; the last few hundred are remembered, since probes are sent again and again. Throws on bad syntax. */
export function parse(script: string): ScriptNode {
  const there = known.get(script);
  if (there) return there;
  const tree = parseBash(script);
  if (known.size > 400) known.clear();
  known.set(script, tree);
  return tree;
}
