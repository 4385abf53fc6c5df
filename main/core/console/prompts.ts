import type { ConsoleStateName } from '../../../preload/contract/serial.ts';
import type { History } from './history.ts';
import type { Sight } from './sight.ts';

/** What stands on a console, before it is put into words. */
export interface Standing {
  readonly is: ConsoleStateName;
  readonly saw: string;
  readonly root?: boolean;
  readonly hostname?: string;
  /** Which kind of this state, where the words or the deeds differ. */
  readonly kind?: string;
}

/** Letters of a name in a prompt: no spaces, no colon. */
const login = /^(?:(.*\S) )?login: ?(\S*)$/i;
const password = /(?:^|[\s[(])(?:\S+'s )?password(?: for [^\s:]+)?: ?$/i;
const question = /<[yn]>\?(?: (?:yes|no))?\s*$|\(y\/n\)\s*\??\s*$/;
const newPassword =
  /^(?:\(current\) UNIX password|Current password|Enter new UNIX password|New password|Enter new password|Retype new (?:UNIX )?password|Old password|Changing password for \S+\.?): ?$/i;

const within = (lines: readonly string[], many: number, rule: RegExp): string | undefined =>
  lines.slice(-many).findLast(text => rule.test(text));

type Rule = (sight: Sight, history: History) => Standing | undefined;

const loginPrompt: Rule = ({ line, before }) => {
  const found = login.exec(line);
  // “Last login: …” and “su: login: ” are no prompts; a host name may hold spaces on a few network devices only
  if (!found || /\blast$/i.test(found[1] ?? '')) return undefined;
  const hostname = found[1]?.split(/\s+/).at(-1);
  const kept = hostname !== undefined && /^[A-Za-z0-9._-]+$/.test(hostname) ? { hostname } : {};
  const refused = within(before, 4, /^Login incorrect/);
  if (refused !== undefined) return { is: 'login-failed', saw: `${refused} ${line}`, ...kept };
  return { is: 'login', saw: line, ...kept };
};

const maintenance: Rule = ({ line, before }) => {
  const controlD = /\(or (?:press|type) Control-D to continue\):\s*$/.test(line);
  const asked = controlD
    ? within(before, 2, /(?:Give root password|Press Enter) for (?:maintenance|login)/)
    : line;
  const found = /(Give root password|Press Enter) for (?:maintenance|login)/.exec(asked ?? '');
  if (!found) return undefined;
  const kind = found[1] === 'Press Enter' ? 'no-password' : 'password';
  return { is: 'maintenance', saw: `${asked} ${controlD ? line : ''}`.trim(), kind };
};

const lockedRoot: Rule = ({ line, before }) => {
  const said = within([...before, line], 6, /Cannot open access to console, the root account is locked/);
  return said !== undefined && (line === '' || line.startsWith('Press Enter to continue'))
    ? { is: 'root-locked', saw: said }
    : undefined;
};

const newPasswordPrompt: Rule = ({ line, before }) => {
  const demand = within(
    before,
    6,
    /required to change your password|password (?:has )?expired|must change your password|Changing password for/i,
  );
  const asked = newPassword.test(line) || (demand !== undefined && password.test(line));
  // passwd(1) typed by somebody asks the same; a login that demands it says so first
  return asked ? { is: 'new-password', saw: [demand, line].filter(Boolean).join(' ') } : undefined;
};

const passwordPrompt: Rule = ({ line, before }, history) => {
  if (!password.test(line)) return undefined;
  const byLogin = /^password: ?$/i.test(line) && login.test(before.at(-1) ?? '') && !history.inShell;
  return { is: 'password', saw: line, kind: byLogin ? 'login' : 'command' };
};

const bootLoader: Rule = ({ line, before }) => {
  if (line.startsWith('grub rescue> ')) return { is: 'grub', saw: line, kind: 'rescue' };
  if (line.startsWith('grub> ')) return { is: 'grub', saw: line, kind: 'prompt' };
  if (/^Hit any key to stop autoboot: {1,2}\d+/.test(line))
    return { is: 'u-boot', saw: line, kind: 'countdown' };
  if (/^(?:=> |U-Boot ?> |u-boot=> |[A-Za-z0-9_-]+(?:> |=> |# ))$/.test(line) && uBootBefore(before, line))
    return { is: 'u-boot', saw: line, kind: 'prompt' };
  return (line || (before.at(-1) ?? '')).startsWith('### ERROR ### Please RESET the board ###')
    ? { is: 'u-boot', saw: line || (before.at(-1) ?? ''), kind: 'dead' }
    : undefined;
};

const uBootBefore = (before: readonly string[], line: string): boolean =>
  /^(?:=> |U-Boot ?> |u-boot=> )$/.test(line) || within(before, 30, /U-Boot|stop autoboot/) !== undefined;

const initramfs: Rule = ({ line, before }) => {
  const damaged = within(
    before,
    30,
    /UNEXPECTED INCONSISTENCY|RUN fsck MANUALLY|fsck exited with status code [^01]/,
  );
  const missing = within(before, 30, /ALERT! {2}.* does not exist|Gave up waiting for root/);
  const kind = damaged !== undefined ? 'fsck' : missing !== undefined ? 'no-root' : 'plain';
  const here =
    line.startsWith('(initramfs) ') ||
    /^(?:dracut|initqueue|pre-mount|emergency|switch_root):\S*# /.test(line) ||
    (/^\S* ?# $/.test(line) &&
      within(before, 12, /initramfs emergency recovery shell launched/) !== undefined);
  return here
    ? { is: 'initramfs', saw: [damaged ?? missing, line].filter(Boolean).join(' '), kind }
    : undefined;
};

const fsckQuestion: Rule = ({ line }) => (question.test(line) ? { is: 'fsck', saw: line } : undefined);

const pagerPrompt: Rule = ({ line, inverse, drawn, before }, history) => {
  const sure =
    /^(?:\(END\)| ?lines \d+-\d+(?:\/\d+)?(?: (?:\(END\)|\d+%))?|--More--.*| ?Manual page .*line \d+.*|.*\(press RETURN\)|Press RETURN to continue\s*)\s*$/;
  if (sure.test(line)) return { is: 'pager', saw: line };
  if (inverse && /\S \(END\)$/.test(line)) return { is: 'pager', saw: line };
  const colon = /^:\s*$/.test(line) && (drawn || history.inShell || before.length > 10);
  const named = inverse && (drawn || history.inShell) && /\S/.test(line) && !/[#$%>] ?$/.test(line);
  return colon || named ? { is: 'pager', saw: line } : undefined;
};

/** The end of nearly every shell's prompt. A percentage is none. */
const promptEnd = /(?:^|[^\d\s])\s*[#$>❯»➜λ] ?$|(?:^|[^\d\s]) ?% ?$/u;
/** A prompt that names somebody and a machine, with something typed after it or not. */
const named = /^(?:\([^)]*\) ?)?\[?[\w.-]+@[\w.-]+[: ][^\s$#%>]*\]?\s?[$#%>] /;

/** The prompt this shell had before: at the end of what a command left, or with something typed after it. */
const knownPrompt: Rule = ({ line }, { prompt }) => {
  if (prompt === undefined || prompt.text.trim() === '') return undefined;
  const long = prompt.text.trim().length >= 3;
  const stands = long ? line.endsWith(prompt.text) || line.startsWith(prompt.text) : line === prompt.text;
  if (!stands) return undefined;
  return { is: 'shell', saw: line, ...(prompt.root !== undefined && { root: prompt.root }) };
};

const continuation: Rule = ({ line }) =>
  /^(?:(?:[dbc]?quote|dquote|pipe|cmdsubst|heredoc|for|while|if|then|else|cursh|subsh|case|bquote|function|cmdand|cmdor)(?: \w+)*)?> $/.test(
    line,
  )
    ? { is: 'continuation', saw: line }
    : undefined;

const anyPrompt: Rule = ({ line, before }) => {
  const typed = named.exec(line)?.[0];
  if (typed !== undefined) return shellAt(line, typed);
  if (!promptEnd.test(line) || line.length > 160 || /^(?:>|\?) ?$/.test(line)) return undefined;
  if (within(before, 12, /Please press Enter to activate this console/) === line) return undefined;
  return shellAt(line, line);
};

function shellAt(line: string, prompt: string): Standing {
  const end = prompt.trimEnd().at(-1);
  if (end === '#') return { is: 'shell', saw: line, root: true };
  return end === '$' || end === '%' ? { is: 'shell', saw: line, root: false } : { is: 'shell', saw: line };
}

const activate: Rule = ({ line, before }) => {
  const said = /Please press Enter to activate this console/;
  const text = said.test(line) ? line : line === '' ? within(before, 1, said) : undefined;
  return text === undefined ? undefined : { is: 'login', saw: text, kind: 'activate' };
};

/** In this order: what is unmistakable first, what only looks like a prompt last. */
const rules: readonly Rule[] = [
  knownPrompt,
  maintenance,
  lockedRoot,
  bootLoader,
  initramfs,
  fsckQuestion,
  loginPrompt,
  newPasswordPrompt,
  passwordPrompt,
  activate,
  continuation,
  pagerPrompt,
  anyPrompt,
];

/** A password was just given, and the login or the command still thinks about it. */
export function checking({ line, before }: Sight): Standing | undefined {
  const last = before.at(-1) ?? '';
  return line === '' && password.test(last) ? { is: 'password', saw: last, kind: 'checking' } : undefined;
}

/** What waits for input at the cursor; nothing when no program seems to. */
export function waiting(sight: Sight, history: History): Standing | undefined {
  if (sight.line === '' && !rulesForEmptyLine(sight)) return undefined;
  for (const rule of rules) {
    const found = rule(sight, history);
    if (found) return found;
  }
  return undefined;
}

const rulesForEmptyLine = ({ before }: Sight): boolean =>
  within(before, 6, /root account is locked|Please RESET the board|Please press Enter to activate/) !==
  undefined;
