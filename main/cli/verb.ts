import { parseArgs } from 'node:util';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Answer } from './output.ts';
import type { At } from './at.ts';

export interface Option {
  readonly says: string;
  /** Name of the value in the help; absent for a switch. */
  readonly value?: string;
  readonly many?: boolean;
}

/** One verb of the command line. `name` is what is typed, such as `bundle import`. */
export interface Verb {
  readonly name: string;
  /** Names of the positional arguments; one in brackets may be left out, one ending in `…` may repeat. */
  readonly takes: readonly string[];
  readonly says: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** A few lines with an example, shown under `--help`. */
  readonly more?: string;
  /** False for verbs that need no host, such as those that only print. */
  run(at: At): Promise<Answer>;
}

/** Options every verb takes. */
export const everywhere: Readonly<Record<string, Option>> = {
  json: { says: 'One JSON object on standard output; progress as JSON lines on standard error.' },
  practice: { says: 'Work in the practice world: pretended nodes, a home of its own.' },
  'passphrase-file': { value: 'FILE', says: "Passphrase of this laptop's vault; - reads standard input." },
  'host-key': { value: 'SHA256:…', says: 'Accept exactly this host key of a node met for the first time.' },
  'password-file': { value: 'FILE', says: 'Login password of the node; - reads standard input.' },
  'sudo-password-file': {
    value: 'FILE',
    says: 'Password for sudo on the node; default: the login password.',
  },
  'root-password-file': {
    value: 'FILE',
    says: 'Password of root on the node, where only root can log in: emergency mode.',
  },
  'key-passphrase-file': { value: 'FILE', says: 'Passphrase of the SSH key.' },
  yes: { says: 'Accept the plan that is shown, without asking.' },
  help: { says: 'Show this help.' },
};

const usage = (says: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, untouched: 'Nothing was done.', next });

export interface Parsed {
  readonly verb: Verb;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

const spelled = (options: Readonly<Record<string, Option>>) =>
  Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      { type: option.value ? ('string' as const) : ('boolean' as const), multiple: option.many ?? false },
    ]),
  );

/** The words of a command line without its options and their values, whichever verb it turns out to be. */
function wordsOf(argv: readonly string[], verbs: readonly Verb[]): readonly string[] {
  const all = Object.assign({}, everywhere, ...verbs.map(verb => verb.options ?? {})) as typeof everywhere;
  return parseArgs({ args: [...argv], allowPositionals: true, strict: false, options: spelled(all) })
    .positionals;
}

/** The verb whose words the command line begins with; the longest one counts. */
export function verbOf(argv: readonly string[], verbs: readonly Verb[]): Verb | undefined {
  const words = wordsOf(argv, verbs);
  return verbs
    .filter(verb => verb.name.split(' ').every((part, i) => words[i] === part))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

/** Splits a command line into verb, arguments and options, or says what is wrong with it. */
export function parsed(argv: readonly string[], verbs: readonly Verb[]): Parsed {
  const verb = verbOf(argv, verbs);
  if (!verb) {
    throw noVerb(wordsOf(argv, verbs), verbs);
  }
  const known = { ...everywhere, ...verb.options };
  const help = `Run \`coldstart ${verb.name} --help\`.`;
  let values: Parsed['options'];
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: spelled(known),
    }));
  } catch (cause) {
    throw usage(wrongOption(cause), help);
  }
  const args = positionals.slice(verb.name.split(' ').length);
  const least = verb.takes.filter(name => !name.startsWith('[')).length;
  const most = verb.takes.some(name => name.includes('…')) ? Infinity : verb.takes.length;
  if (values['help'] !== true && (args.length < least || args.length > most))
    throw usage(
      `\`coldstart ${verb.name}\` takes ${verb.takes.join(' ') || 'no arguments'}; ${args.length} given.`,
      help,
    );
  return { verb, args, options: values };
}

function noVerb(words: readonly string[], verbs: readonly Verb[]): FieldError {
  const [first] = words;
  if (first === undefined) return usage('No command was given.', 'Run `coldstart --help` for the list.');
  const alike = verbs.filter(verb => verb.name.startsWith(`${first} `)).map(verb => `\`${verb.name}\``);
  return words.length === 1 && alike.length > 0
    ? usage(`“${first}” needs a second word.`, `There is ${alike.join(', ')}.`)
    : usage(
        `There is no command “${words.slice(0, 2).join(' ')}”.`,
        alike.length > 0 ? `There is ${alike.join(', ')}.` : 'Run `coldstart --help` for the list.',
      );
}

/** What Node says of a misused option, in words for whoever typed it. */
function wrongOption(thrown: unknown): string {
  const says = thrown instanceof Error ? thrown.message : '';
  const option = /'(-.*?)(?: <value>)?'/.exec(says)?.[1] ?? '';
  if (/Unknown option/.test(says)) return `There is no option ${option} here.`;
  if (/does not take an argument/.test(says)) return `The option ${option} takes no value.`;
  if (/argument missing/.test(says)) return `The option ${option} needs a value behind it.`;
  if (/ambiguous/.test(says))
    return `The option ${option} needs a value behind it. One that begins with a dash is written ${option}=-….`;
  return 'These options are not understood.';
}

const optionLines = (options: Readonly<Record<string, Option>>): string[] =>
  Object.entries(options).map(([name, option]) => {
    const head = `  --${name}${option.value ? ` ${option.value}` : ''}`;
    return head.length > 30 ? `${head}\n${' '.repeat(32)}${option.says}` : `${head.padEnd(32)}${option.says}`;
  });

export function helpFor(verb: Verb): string {
  return [
    `coldstart ${[verb.name, ...verb.takes].join(' ')}`,
    '',
    verb.says,
    ...(verb.more ? ['', verb.more] : []),
    ...(verb.options ? ['', 'Options', ...optionLines(verb.options)] : []),
    '',
    'Options of every command',
    ...optionLines(everywhere),
  ].join('\n');
}

export function helpForAll(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map(verb => [verb.name, ...verb.takes].join(' ').length)) + 4;
  return [
    'coldstart COMMAND [OPTIONS]',
    '',
    'Offline K3s sites: bundles, nodes, snapshots, sticks. The same as the app, in a terminal.',
    '',
    ...verbs.map(verb => `  ${[verb.name, ...verb.takes].join(' ').padEnd(width)}${verb.says}`),
    '',
    'Every command takes --help, --json and --practice.',
    'Exit codes: 0 done · 1 a check failed · 2 wrong usage · 3 refused for safety · 4 cancelled · 5 could not · 70 a bug',
  ].join('\n');
}
