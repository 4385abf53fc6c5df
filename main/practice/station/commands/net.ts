import { networkOf } from '../network.ts';
import type { Call, Program, Programs } from '../shell/call.ts';
import { settleNetwork } from '../network.ts';
import { table } from './system.ts';

/** `ip route add default …`, `ip addr add …`: what a technician sets for the moment; a reboot forgets it. */
async function ipChange(call: Call, [what = '', verb = '', ...rest]: readonly string[]): Promise<number> {
  const { station } = call;
  if (call.who.uid !== 0) return (await call.err('RTNETLINK answers: Operation not permitted\n'), 2);
  const removes = verb.startsWith('del') || verb === 'flush';
  if (what.startsWith('r')) {
    const up = station.scenario.defaultRoute;
    if (rest[0] !== 'default' && rest[0] !== '0.0.0.0/0') return 0;
    if (!removes && up && verb === 'add') return (await call.err('RTNETLINK answers: File exists\n'), 2);
    if (removes && !up) return (await call.err('RTNETLINK answers: No such process\n'), 2);
    station.scenario = { ...station.scenario, defaultRoute: !removes };
    station.important();
    return 0;
  }
  if (what.startsWith('a') && !removes) {
    const [lan = ''] = rest;
    if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(lan))
      return (await call.err(`Error: any valid prefix is expected rather than "${lan}".\n`), 1);
    station.scenario = { ...station.scenario, lan };
    station.important();
  }
  return 0;
}

const ip: Program = async call => {
  const words = call.args.filter(arg => !arg.startsWith('-'));
  const flags = call.args.filter(arg => arg.startsWith('-')).join('');
  const change = words.findIndex(word =>
    ['add', 'replace', 'append', 'change', 'del', 'delete', 'flush'].includes(word),
  );
  if (change === 1) return ipChange(call, words);
  const net = networkOf(call.station);
  const broadcast = [...net.address.split('.').slice(0, 3), '255'].join('.');
  const json = flags.includes('j');
  const [what = '', ...rest] = words;
  if (/^r(o(u(t(e)?)?)?)?$/.test(what)) {
    const up = call.station.scenario.defaultRoute;
    const network = `${[...net.address.split('.').slice(0, 3), '0'].join('.')}/${net.prefix}`;
    if (rest[0] === 'get') {
      if (!up) {
        await call.err('RTNETLINK answers: Network is unreachable\n');
        return 2;
      }
      await call.out(
        `${rest[1] ?? ''} via ${net.gateway} dev eth0 src ${net.address} uid ${call.who.uid} \n    cache \n`,
      );
      return 0;
    }
    if (flags.includes('6')) return 0;
    const lines = [
      ...(up ? [`default via ${net.gateway} dev eth0 proto static `] : []),
      `${network} dev eth0 proto kernel scope link src ${net.address} `,
    ];
    const shown = rest.includes('default') ? lines.filter(line => line.startsWith('default')) : lines;
    if (json)
      await call.out(
        `${JSON.stringify([...(up ? [{ dst: 'default', gateway: net.gateway, dev: 'eth0', flags: [] }] : []), { dst: network, dev: 'eth0', scope: 'link', prefsrc: net.address, flags: [] }])}\n`,
      );
    else if (shown.length > 0) await call.out(`${shown.join('\n')}\n`);
    return 0;
  }
  if (json) {
    const of = (ifname: string, local: string, prefixlen: number, scope: string) => ({
      ifname,
      flags: ['UP'],
      operstate: ifname === 'lo' ? 'UNKNOWN' : 'UP',
      address: ifname === 'lo' ? '00:00:00:00:00:00' : call.station.identity.mac,
      addr_info: [{ family: 'inet', local, prefixlen, scope }],
    });
    await call.out(
      `${JSON.stringify([of('lo', '127.0.0.1', 8, 'host'), of('eth0', net.address, net.prefix, 'global')])}\n`,
    );
    return 0;
  }
  if (/\bo/.test(flags.replaceAll('-', ' ')) || flags.includes('-o')) {
    const all = [
      `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever`,
      `2: eth0    inet ${net.address}/${net.prefix} brd ${broadcast} scope global eth0\\       valid_lft forever preferred_lft forever`,
    ];
    const shown = words.includes('global') || words.includes('eth0') ? all.slice(1) : all;
    if (!flags.includes('6')) await call.out(`${shown.join('\n')}\n`);
    return 0;
  }
  const inet = (text: string) => (what.startsWith('l') ? '' : text);
  await call.out(`1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
${inet('    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n')}2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether ${call.station.identity.mac} brd ff:ff:ff:ff:ff:ff
${inet(`    inet ${net.address}/${net.prefix} brd ${broadcast} scope global eth0\n       valid_lft forever preferred_lft forever\n`)}`);
  return 0;
};

const ss: Program = async call => {
  const flags = call.args.filter(arg => arg.startsWith('-') && !arg.startsWith('--')).join('');
  const listed = networkOf(call.station).listening();
  const both = !/[tu]/.test(flags);
  const wanted = listed.filter(l => both || flags.includes(l.protocol === 'tcp' ? 't' : 'u'));
  const port = /sport\s*=\s*:?(\d+)/.exec(call.args.join(' '))?.[1];
  const shown = port === undefined ? wanted : wanted.filter(l => l.port === Number(port));
  const process = (l: (typeof listed)[number]) =>
    flags.includes('p') && call.who.uid === 0 ? [`users:(("${l.process}",pid=${l.pid},fd=9))`] : [];
  const rows = shown.map(l => [
    ...(/[tu]/.test(flags) && !(flags.includes('t') !== flags.includes('u')) ? [l.protocol] : []),
    l.protocol === 'tcp' ? 'LISTEN' : 'UNCONN',
    '0',
    l.protocol === 'tcp' ? '4096' : '0',
    `${l.address}:${l.port}`,
    '0.0.0.0:*',
    ...process(l),
  ]);
  const head = [
    ...(flags.includes('t') === flags.includes('u') ? ['Netid'] : []),
    'State',
    'Recv-Q',
    'Send-Q',
    'Local Address:Port',
    'Peer Address:Port',
    ...(flags.includes('p') ? ['Process'] : []),
  ];
  await call.out(
    table(flags.includes('H') || call.args.includes('--no-header') ? rows : [head, ...rows], true),
  );
  return 0;
};

const ping: Program = async call => {
  const host = call.args.filter(arg => !arg.startsWith('-')).at(-1) ?? '';
  const mine = host === 'localhost' || host.startsWith('127.') || host === networkOf(call.station).gateway;
  await call.out(
    `PING ${host} (${host}) 56(84) bytes of data.\n${mine ? `64 bytes from ${host}: icmp_seq=1 ttl=64 time=0.31 ms\n` : ''}\n--- ${host} ping statistics ---\n1 packets transmitted, ${mine ? 1 : 0} received, ${mine ? 0 : 100}% packet loss, time 0ms\n`,
  );
  return mine ? 0 : 1;
};

/** `networkctl`: reads the files of systemd-networkd again. */
const networkctl: Program = async call => {
  const [verb = 'status'] = call.args.filter(arg => !arg.startsWith('-'));
  if (['reload', 'reconfigure', 'renew', 'up'].includes(verb)) {
    if (call.who.uid !== 0) return (await call.err('Failed to reload network settings: Access denied\n'), 1);
    settleNetwork(call.station);
    return 0;
  }
  const { address, prefix } = networkOf(call.station);
  await call.out(
    `IDX LINK TYPE     OPERATIONAL SETUP\n  2 eth0 ether    routable    configured\n    Address: ${address}/${prefix}\n`,
  );
  return 0;
};

export const netPrograms: Programs = { ip, ss, ping, networkctl };
