import { parseArgs } from 'node:util';
import type { World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';

export interface DoorFlags {
  /** The technician asked for the browser, although there may be an Electron. */
  readonly browser: boolean;
  /** Only print the link. */
  readonly noOpen: boolean;
  /** 0 for any free port. */
  readonly port: number;
  readonly world: World;
  readonly help: boolean;
}

export const doorHelp = `Usage: npm start -- [options]

  --browser     open in a browser, even where a window could be opened
  --no-open     only print the link (implies --browser)
  --port N      listen on this port of 127.0.0.1 (implies --browser; default: any free port)
  --practice    begin in the practice world
  --help        this text
`;

const wrong = (says: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says,
    untouched: 'Nothing was started.',
    next: 'See `npm start -- --help`.',
  });

function port(text: string | undefined): number {
  if (text === undefined) return 0;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(number >= 1 && number <= 65_535))
    throw wrong(`--port takes a number from 1 to 65535, not "${text}".`);
  return number;
}

/** What the front door is asked on its command line. Throws `bad-ask` for anything it does not know. */
export function doorFlags(argv: readonly string[]): DoorFlags {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        browser: { type: 'boolean', default: false },
        'no-open': { type: 'boolean', default: false },
        port: { type: 'string' },
        practice: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      browser: values.browser || values['no-open'] || values.port !== undefined,
      noOpen: values['no-open'],
      port: port(values.port),
      world: values.practice ? 'practice' : 'real',
      help: values.help,
    };
  } catch (thrown) {
    if (thrown instanceof FieldError) throw thrown;
    throw wrong(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
