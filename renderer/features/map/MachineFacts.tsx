import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Machine, MachineCertificate } from '../../../preload/contract/scan.ts';
import { moment, span } from '../../ui/format.ts';
import { Ago, Code, Facts } from '../../ui/parts.tsx';
import { Table } from '../../ui/Table.tsx';
import { Badge } from '../../ui/Verdict.tsx';
import type { Tone } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { HealthBadge, noteTones, Standing } from './looks.tsx';
import { expiryOf } from './machines.ts';
import type { Expiry } from './machines.ts';

/** What a scan learned of a machine, from what matters now to what it was once. */
export function MachineFacts({ machine }: { readonly machine: Machine }) {
  return (
    <>
      <Notes machine={machine} />
      <AtOnce machine={machine} />
      <Services machine={machine} />
      <Certificates machine={machine} />
      <Events machine={machine} />
      <Addresses machine={machine} />
      <Marks machine={machine} />
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="stack" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Notes({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.machine;
  if (machine.notes.length === 0) return null;
  return (
    <Part title={words.notes}>
      <ul className="map-notes">
        {machine.notes.map(({ tone, says, next }) => (
          <li key={says}>
            <Badge tone={noteTones[tone]}>{words.tones[tone]}</Badge>
            <div>
              <p>{says}</p>
              {next !== undefined && <p className="hint">{next}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function AtOnce({ machine }: { readonly machine: Machine }) {
  const all = useWords().map;
  const words = all.machine;
  const { addresses, ssh, serial, vip, names, clockOffsetSeconds } = machine;
  const now = addresses.filter(each => each.now).map(({ address }) => address);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [
      words.facts.what,
      <span key="what" className="row tight">
        {all.kinds[machine.kind]} <HealthBadge machine={machine} />
      </span>,
    ],
    [words.facts.standing, <Standing key="standing" machine={machine} />],
    ...(now.length > 0 ? [[words.facts.answers, now.join(', ')] as const] : []),
    ...(ssh ? [[words.facts.ssh, words.sshAt(ssh.address, ssh.port)] as const] : []),
    ...(serial === undefined ? [] : [[words.facts.serial, <Code key="serial">{serial}</Code>] as const]),
    ...(vip === undefined ? [] : [[words.facts.vip, vip] as const]),
    ...(names.length > 0 ? [[words.facts.names, names.join(', ')] as const] : []),
    ...(clockOffsetSeconds === undefined
      ? []
      : [[words.facts.clock, words.clock(clockOffsetSeconds)] as const]),
    [words.facts.seen, <Seen key="seen" at={machine.lastSeen} />],
    [words.facts.first, <Seen key="first" at={machine.firstSeen} />],
  ];
  return <Facts facts={facts} />;
}

const Seen = ({ at }: { readonly at: string }) => (
  <>
    <Ago at={at} /> <span className="hint">({moment(at)})</span>
  </>
);

function Services({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.machine;
  const { services } = machine;
  if (services.length === 0) return null;
  const open = services.filter(({ state }) => state === 'open');
  return (
    <Part title={words.services}>
      {open.length > 0 && (
        <Table
          caption={words.services}
          rows={open}
          rowKey={({ port }) => String(port)}
          columns={[
            { head: words.port, kind: 'fit', render: ({ port }) => port },
            { head: words.service, render: ({ what }) => words.speaks[what] },
            {
              head: words.state,
              render: ({ strange }) =>
                strange === true ? <Badge tone="warn">{words.strange}</Badge> : words.open,
            },
            { head: words.told, render: ({ says }) => <span className="break">{says}</span> },
          ]}
        />
      )}
      {(['closed', 'silent'] as const).map(state => {
        const ports = services.filter(each => each.state === state).map(({ port }) => port);
        return (
          ports.length > 0 && (
            <p key={state} className="hint">
              {words.others(state, ports.join(', '))}
            </p>
          )
        );
      })}
    </Part>
  );
}

const expiryTones: Record<Expiry, Tone> = {
  expired: 'bad',
  'ends-soon': 'warn',
  'not-yet': 'warn',
  good: 'good',
};

function Validity({ certificate }: { readonly certificate: MachineCertificate }) {
  const words = useWords().map.machine;
  const [now] = useState(() => Date.now());
  const expiry = expiryOf(certificate, now);
  const edge = Date.parse(expiry === 'not-yet' ? certificate.notBefore : certificate.notAfter);
  return (
    <Badge tone={expiryTones[expiry]}>
      {words.expiries[expiry](span(Math.abs(edge - now) / 1000), moment(certificate.notAfter).slice(0, 10))}
    </Badge>
  );
}

function Certificates({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.machine;
  if (machine.certificates.length === 0) return null;
  return (
    <Part title={words.certificates}>
      <Table
        caption={words.certificates}
        rows={machine.certificates}
        rowKey={({ port, sha256 }) => `${port} ${sha256}`}
        columns={[
          { head: words.port, kind: 'fit', render: ({ port }) => port },
          { head: words.subject, render: ({ subject }) => <span className="break">{subject}</span> },
          {
            head: words.issuer,
            render: ({ issuer }) => <span className="break">{issuer}</span>,
          },
          { head: words.expiry, render: certificate => <Validity certificate={certificate} /> },
        ]}
      />
    </Part>
  );
}

function Events({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.machine;
  if (machine.events.length === 0) return null;
  return (
    <Part title={words.events}>
      <ol className="map-events">
        {machine.events.map(({ at, what, says }) => (
          <li key={`${at} ${what} ${says}`}>
            <time dateTime={at}>{moment(at)}</time> <span className="break">{says}</span>
          </li>
        ))}
      </ol>
    </Part>
  );
}

function Addresses({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.machine;
  if (machine.addresses.length === 0) return null;
  return (
    <Part title={words.addresses}>
      <Table
        caption={words.addresses}
        rows={machine.addresses}
        rowKey={({ address }) => address}
        columns={[
          { head: words.address, render: ({ address }) => <Code>{address}</Code> },
          { head: words.state, kind: 'fit', render: ({ now }) => (now ? words.now : words.earlier) },
          { head: words.firstSeen, kind: 'fit', render: ({ firstSeen }) => moment(firstSeen) },
          { head: words.lastSeen, kind: 'fit', render: ({ lastSeen }) => moment(lastSeen) },
        ]}
      />
    </Part>
  );
}

function Marks({ machine }: { readonly machine: Machine }) {
  const words = useWords().map.machine;
  if (machine.marks.length === 0) return null;
  return (
    <Part title={words.marksTitle}>
      <Table
        caption={words.marksTitle}
        rows={machine.marks}
        rowKey={({ kind, value }) => `${kind} ${value}`}
        columns={[
          { head: words.mark, kind: 'fit', render: ({ kind }) => words.marks[kind] },
          { head: words.value, render: ({ value }) => <Code>{value}</Code> },
          { head: words.firstSeen, kind: 'fit', render: ({ firstSeen }) => moment(firstSeen) },
          { head: words.lastSeen, kind: 'fit', render: ({ lastSeen }) => moment(lastSeen) },
        ]}
      />
    </Part>
  );
}
