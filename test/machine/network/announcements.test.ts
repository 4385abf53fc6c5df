import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { Announced } from '../../../main/core/lan/sighting.ts';
import { needsLan } from '../../support/needs.ts';
import { onACable, upLines } from '../../support/two-nets.ts';

const support = join(import.meta.dirname, '../../support');

const machine = `${upLines('02:00:00:00:00:05', 5)}
ip addr add 10.9.0.66/32 dev eth0 scope link
mount -t tmpfs none /run
mkdir -p /run/avahi-daemon "$folder/services"
mount --bind "$folder/services" /etc/avahi/services
cat >"$folder/services/node.service" <<END
<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name replace-wildcards="yes">%h</name>
<service><type>_ssh._tcp</type><port>22</port><txt-record>k3s=yes</txt-record></service></service-group>
END
cat >"$folder/services/console.service" <<END
<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>console</name>
<service><type>_iostream._tcp</type><port>2001</port><txt-record>provider=ser2net</txt-record></service></service-group>
END
printf '[server]\\nhost-name=node-7\\nenable-dbus=no\\nuse-ipv6=yes\\n[rlimits]\\n' >"$folder/avahi.conf"
(until [ -e "$folder/announce" ]; do sleep 0.05; done
exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$folder/avahi.conf") >"$folder/avahi.log" 2>&1 &
(until [ -e "$folder/flood" ]; do sleep 0.05; done
exec ${process.execPath} ${join(support, 'mdns-flood-child.ts')} 10.9.0.66 "$folder/flooding") >"$folder/flood.log" 2>&1 &`;

const laptop = `${upLines('02:00:00:00:00:02', 2)}
ip link add enp9s0 type veth peer name enp9s1
ip link set enp9s0 up addrgenmode none
nft -f - <<END
table inet t {
  counter sent {}
  chain out {
    type filter hook output priority 0;
    oifname lo accept
    meta l4proto { igmp } accept
    icmpv6 type { mld2-listener-report, mld-listener-report, mld-listener-done } accept
    counter name sent
  }
}
END`;

interface Heard {
  readonly quiet: { readonly heard: readonly Announced[]; readonly trouble: readonly string[] };
  readonly sentQuietly: number;
  readonly asking: { readonly heard: readonly Announced[] };
  readonly sentAsking: number;
  /** After the interface was taken away in the midst of asking. */
  readonly gone: readonly string[];
  readonly flood: Readonly<Record<'news' | 'cpuSeconds' | 'grownBytes', number>> &
    Readonly<Record<'hasSsh' | 'plain', boolean>>;
}

test('on a cable: what avahi announces is heard, quietly, by asking, and in a flood', needsLan(), async t => {
  const program = [process.execPath, join(support, 'mdns-child.ts')];
  const { quiet, sentQuietly, asking, sentAsking, flood, gone } = JSON.parse(
    await onACable(t, { laptop, machine, program }),
  ) as Heard;
  const last = (heard: readonly Announced[], service: string): Announced | undefined =>
    heard.findLast(each => each.service === service);
  const ssh = { wire: 'eth0', host: 'node-7', service: '_ssh._tcp', port: 22, texts: ['k3s=yes'] };
  for (const { heard } of [quiet, asking]) {
    const { addresses = [], ...rest } = last(heard, '_ssh._tcp') ?? {};
    assert.deepEqual(rest, ssh);
    assert.ok(addresses.includes('10.9.0.5') && addresses.includes('fe80::5%eth0'));
  }
  assert.equal(sentQuietly, 0);
  assert.deepEqual(quiet.trouble, ['enp9s0: the interface has no address yet']);
  assert.ok(sentAsking > 0);
  const console = last(asking.heard, '_iostream._tcp');
  assert.deepEqual([console?.port, console?.texts], [2001, ['provider=ser2net']]);

  assert.ok(gone.includes('eth0: the interface is gone or has no network'), gone.join());

  assert.equal(flood.hasSsh, true);
  assert.equal(flood.plain, true);
  assert.ok(flood.news < 2000, `${flood.news} news`);
  assert.ok(flood.cpuSeconds < 2, `${flood.cpuSeconds} s of processor time`);
  assert.ok(flood.grownBytes < 60e6, `${flood.grownBytes} bytes`);
});
