import { failureOf } from '../../preload/contract/failure.ts';
import { At } from './at.ts';
import { hostFor } from './host.ts';
import { Output } from './output.ts';
import type { Answer } from './output.ts';
import { terminalQuestions } from './questions.ts';
import { helpFor, helpForAll, parsed, verbOf } from './verb.ts';
import { verbs } from './verbs/all.ts';
import { build } from '../version.ts';

function helpAsked(argv: readonly string[]): string | undefined {
  if (argv.length === 0) return helpForAll(verbs);
  if (!argv.includes('--help') && argv[0] !== 'help') return undefined;
  const verb = verbOf(argv[0] === 'help' ? argv.slice(1) : argv, verbs);
  return verb ? helpFor(verb) : helpForAll(verbs);
}

/** Runs one command line and gives its exit code. Ctrl-C stops what runs; a second one ends the process at once. */
export async function main(argv: readonly string[]): Promise<number> {
  const output = new Output(argv.includes('--json'), { out: process.stdout, err: process.stderr });
  const help = helpAsked(argv);
  if (help !== undefined) return output.answer({ json: { help }, text: help });
  if (argv.includes('--version')) return output.answer({ json: build, text: build.version });

  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(4);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const line = parsed(argv, verbs);
    const world = line.options['practice'] === true ? 'practice' : 'real';
    const host = await hostFor(world, stop.signal, text => output.say(text));
    try {
      const { alarms } = await host.client.call('app.about', {});
      for (const alarm of alarms ?? []) output.say(`! ${alarm}`);
      const at = new At({
        client: host.client,
        parsed: line,
        output,
        questions: terminalQuestions(),
        signal: stop.signal,
        newLink: host.newLink,
      });
      const answer: Answer = await line.verb.run(at);
      return output.answer(answer);
    } finally {
      await host.close(stop.signal);
    }
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.code === 'bug' && process.env['COLDSTART_DEBUG'] === '1')
      output.say(String((thrown as Error).stack));
    return output.failure(failure);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
