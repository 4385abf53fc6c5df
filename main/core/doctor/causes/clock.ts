import type { LogLine } from '../log.ts';
import { heard, lasting, now, picked } from '../suspect.ts';
import type { Matcher, Suspect } from '../suspect.ts';
import { quote, shown } from '../view.ts';
import type { View } from '../view.ts';
import { dayOf, stretch } from '../words.ts';
import { remedy } from './remedies.ts';

/** No clock of a living site shows less: such a date is a clock that started from nothing (1970, 2012, 2020). */
const impossible = Date.UTC(2024, 0, 1);
/** Certificates begin an hour before they are issued, so a clock that is later than that breaks every connection. */
const breaks = 3600;
const noticeable = 300;

/** `x509: … current time A is before B`: the clock as the node had it, and the date it was held against. */
interface Dated {
  readonly line: LogLine;
  readonly clock: number;
  readonly is: 'before' | 'after';
  readonly limit: number;
}
const dated = (lines: readonly LogLine[]): readonly Dated[] =>
  lines.flatMap(line => {
    const found = /current time (\S+) is (before|after) (\S+?Z)/i.exec(line.text);
    const [clock, limit] = [Date.parse(found?.[1] ?? ''), Date.parse(found?.[3] ?? '')];
    return found && !Number.isNaN(clock) && !Number.isNaN(limit)
      ? [{ line, clock, limit, is: found[2]?.toLowerCase() === 'before' ? 'before' : 'after' }]
      : [];
  });

/** What a mirror or a pod's own server shows is not K3s' own certificate. */
const foreign = ['pull', 'registry', 'webhook', '/pods/'];
const x509 = { any: ['x509: certificate has expired or is not yet valid'], but: foreign };

const notExpiry = 'It is not worn-out certificates: they only look expired or too young to a wrong clock.';
const setIt =
  'Check that the laptop’s own time is right, then set the node’s clock with K3s stopped and start it again. A clock that is wrong after every power cut wants a new RTC battery.';

const suspect = (
  sure: Suspect['sure'],
  says: string,
  lines: Suspect['lines'],
  more: Partial<Suspect> = {},
): Suspect => ({
  cause: 'clock-wrong',
  sure,
  says,
  lines,
  not: notExpiry,
  next: setIt,
  remedies: [remedy('set-clock')],
  ...more,
});

function measured({ facts: { clock }, k3s }: View): Suspect | undefined {
  const off = clock?.offSeconds;
  if (!clock || off === undefined || Math.abs(off) < noticeable) return undefined;
  const side = off < 0 ? 'behind' : 'ahead of';
  return suspect(
    Math.abs(off) > breaks ? 'certain' : 'likely',
    `The node’s clock is ${stretch(off)} ${side} the laptop’s: it shows ${dayOf(clock.now)}.`,
    [quote('clock', clock.line), ...picked(heard(k3s.now, x509), 1)],
  );
}

/** The clock is right today, and certificates were made while it was ahead. */
function madeAhead(view: View): Suspect | undefined {
  const { facts, k3s } = view;
  const today = view.laptop ?? facts.clock?.now;
  if (today === undefined || Math.abs(facts.clock?.offSeconds ?? 0) >= noticeable) return undefined;
  const young = facts.certificates.filter(({ from }) => from > today + breaks * 1000);
  const lines = dated(heard(k3s.now, x509)).filter(({ is, limit }) => is === 'before' && limit > today);
  if (young.length === 0 && lines.length === 0) return undefined;
  return suspect(
    young.length > 0 ? 'certain' : 'likely',
    'The clock is right now, but certificates were made while it was ahead: they are not valid yet.',
    [
      ...lines.slice(0, 1).map(({ line }) => shown(line)),
      ...young.slice(0, 2).map(one => quote('certs', one.line)),
    ],
    {
      not: 'It is not the clock as it stands now; setting it changes nothing.',
      next: 'Let K3s make its certificates anew: stop it, rotate, start it.',
      remedies: [remedy('rotate-certificates', 'Copies of the kubeconfig made before no longer work.')],
    },
  );
}

function logged(view: View): Suspect | undefined {
  const all = dated(heard(view.k3s.now, x509));
  const dead = all.filter(({ clock }) => clock < impossible);
  const ahead = all.filter(
    ({ is, clock }) => is === 'after' && view.laptop !== undefined && clock > view.laptop + breaks * 1000,
  );
  const early = all.filter(({ is }) => is === 'before');
  const lines = [...dead, ...ahead, ...early].map(({ line }) => line);
  const [first] = [...dead, ...ahead, ...early];
  if (!first) return undefined;
  return suspect(
    dead.length + ahead.length > 0 ? 'certain' : 'likely',
    `The clock is wrong: K3s took the time for ${dayOf(first.clock)}, and certificates did not fit it.`,
    picked(lines),
  );
}

function drifting(view: View): Suspect | undefined {
  const lines = lasting(view, { any: ['prober found high clock drift'] }, 3);
  if (lines.length === 0) return undefined;
  const fine = view.facts.clock?.offSeconds === 0;
  return suspect(
    fine ? 'possible' : 'likely',
    fine
      ? 'The clocks of the servers are apart; this node’s agrees with the laptop, so it is another server’s.'
      : 'The clocks of the servers are apart.',
    picked(lines),
  );
}

function hinted(view: View): Suspect | undefined {
  const lines = now(view, {
    any: ['ca cert validation failed', 'newer than datastore and could cause a cluster outage'],
    but: ['is after'],
  });
  if (lines.length === 0) return undefined;
  const newer = lines.some(({ low }) => low.includes('newer than datastore'));
  return suspect(
    'possible',
    newer
      ? 'Files on this server are newer than the datastore’s copy: the clock jumped, or somebody edited them.'
      : 'A CA certificate did not pass its check: the clock may have been wrong when it was made.',
    picked(lines),
    newer
      ? {
          not: 'It is not a broken datastore.',
          next: 'Check the clock first. Then move exactly the files the line names aside and start K3s: it writes them anew from the datastore.',
        }
      : {},
  );
}

/** Clock wrong: a dead RTC, a clock that jumped, certificates made while it was ahead. */
export const clockWrong: Matcher = view =>
  measured(view) ?? madeAhead(view) ?? logged(view) ?? drifting(view) ?? hinted(view);

const expiredNext =
  'Restart K3s: it renews certificates that ran out, servers first, then agents. Copies of the kubeconfig on other machines must be replaced.';

/** Certificates that really ran out, by the laptop's clock where it is known. */
export const certificateExpired: Matcher = view => {
  const { facts, k3s } = view;
  const today = view.laptop ?? facts.clock?.now;
  const gone = today === undefined ? [] : facts.certificates.filter(({ until }) => until < today);
  const lines = dated(heard(k3s.now, x509)).filter(
    ({ is, clock, limit }) =>
      is === 'after' && clock >= impossible && (view.laptop === undefined || limit < view.laptop),
  );
  const checked = heard(k3s.now, { any: ['certificateexpirationwarning'] });
  const ca = gone.find(({ path }) => path.endsWith('-ca.crt'));
  const base = {
    cause: 'certificate-expired' as const,
    not: 'It is not the clock: it was compared with the dates.',
  };
  if (gone.length === 0 && lines.length === 0) {
    if (checked.length === 0 || facts.certificates.length > 0) return undefined;
    return {
      ...base,
      sure: 'possible',
      says: 'K3s warns that certificates are about to expire.',
      lines: picked(checked),
      not: 'It is not the clock, as far as the node’s log tells.',
      next: expiredNext,
      remedies: [remedy('renew-certificates')],
    };
  }
  const shownLines = [
    ...picked(
      lines.map(({ line }) => line),
      2,
    ),
    ...gone.slice(0, 2).map(one => quote('certs', one.line)),
  ];
  if (ca)
    return {
      ...base,
      sure: 'certain',
      says: `The certificate authority ${ca.path.split('/').at(-1)} ran out on ${dayOf(ca.until)}. K3s does not renew it by itself.`,
      lines: shownLines,
      next: 'A CA lives ten years; one that ran out sooner was made with a wrong clock. An empty cluster is best installed again; otherwise the CA is rotated by hand with “k3s certificate rotate-ca”.',
      remedies: [],
    };
  const until = gone[0]?.until ?? lines[0]?.limit;
  return {
    ...base,
    sure: view.laptop === undefined ? 'likely' : 'certain',
    says: `Certificates of this node ran out${until === undefined ? '' : ` on ${dayOf(until)}`}.`,
    lines: shownLines,
    ...(view.laptop === undefined && {
      not: 'It is not the clock, as far as the node’s own date tells: compare it.',
    }),
    next: expiredNext,
    remedies: [
      remedy('renew-certificates'),
      remedy('rotate-certificates', 'Copies of the kubeconfig made before no longer work.'),
    ],
  };
};
