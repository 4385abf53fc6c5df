/** One entry of /etc/fstab that is not a comment. */
export interface FstabLine {
  /** Counted from 1. */
  readonly nth: number;
  readonly text: string;
  readonly device: string;
  readonly at: string;
  readonly type: string;
  readonly options: readonly string[];
}

const fields = /^(\s*)(\S+)(\s+)(\S+)(\s+)(\S+)(?:(\s+)(\S+))?(.*)$/;

/** The entries of an fstab, after fstab(5): fields parted by blanks, `\040` for a space. */
export function fstabLines(fstab: string): readonly FstabLine[] {
  return fstab.split('\n').flatMap((text, i) => {
    const found = fields.exec(text);
    if (!found || /^\s*(#|$)/.test(text)) return [];
    const [, , device = '', , at = '', , type = '', , options = 'defaults'] = found;
    return [{ nth: i + 1, text, device, at: unescaped(at), type, options: options.split(',') }];
  });
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** A line that does not stop the boot when its device is missing. */
export const mayBeMissing = ({ options, type, at }: FstabLine): boolean =>
  options.includes('nofail') || options.includes('noauto') || type === 'swap' || at === 'none';

/** Without these nothing runs at all: leaving their lines out would not help. */
export const isRoot = ({ at }: FstabLine): boolean => at === '/' || at === '/usr';

/** `comment` takes the line out; `nofail` lets the boot go on without its device after 5 s. */
export type FstabFix = 'nofail' | 'comment';

/** The fstab with one line mended; every other byte stays. Undefined when there is no such entry. */
export function mended(fstab: string, nth: number, how: FstabFix): string | undefined {
  const line = fstabLines(fstab).find(one => one.nth === nth);
  if (!line) return undefined;
  const lines = fstab.split('\n');
  lines[nth - 1] = how === 'comment' ? `# ${line.text}` : withNofail(line.text);
  return lines.join('\n');
}

function withNofail(text: string): string {
  const [
    ,
    lead = '',
    device = '',
    a = '',
    at = '',
    b = '',
    type = '',
    c = ' ',
    options = 'defaults',
    rest = '',
  ] = fields.exec(text) ?? [];
  const kept = options
    .split(',')
    .filter(one => one !== '' && one !== 'nofail' && !one.startsWith('x-systemd.device-timeout='));
  return `${lead}${device}${a}${at}${b}${type}${c}${[...kept, 'nofail', 'x-systemd.device-timeout=5s'].join(',')}${rest}`;
}
