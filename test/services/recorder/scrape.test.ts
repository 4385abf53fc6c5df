import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer as createHttp } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { MetricsJob } from '../../../preload/contract/metrics.ts';
import { Secret } from '../../../main/core/secret.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import type { Link } from '../../../main/ports.ts';
import type { ScrapeNode } from '../../../main/services/recorder/recorder.ts';
import { scraper } from '../../../main/services/recorder/scrape/scrape.ts';
import { folder } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';
import { freePort } from '../../support/sshd.ts';
import { failureOf, linkTo } from '../../support/ssh.ts';

const node = { id: 'n1', name: 'cp1', site: 's1' } as SiteNode;
const options = { signal: new AbortController().signal, timeoutMs: 5000, mostBytes: 2 ** 20 };
const noForwarding = { config: ['AllowTcpForwarding no'] };

async function listening(t: TestContext, server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await new Promise(go => void server.once('listening', go));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
const served = (t: TestContext, answer: RequestListener): Promise<number> => listening(t, createHttp(answer));

/** What came of each job: by which way, and how many lines; or the code of its failure. */
const scraped = (link: Link, ports: Parameters<typeof scraper>[1], jobs: readonly MetricsJob[]) =>
  scrapedBy(scraper(systemClock, ports), link, jobs);

/** The same by one that remembers what it learned. */
async function scrapedBy(scrape: ScrapeNode, link: Link, jobs: readonly MetricsJob[], of = node) {
  const came: Record<string, string> = {};
  const texts: Record<string, string> = {};
  for await (const one of scrape(link, of, { jobs, full: false, signal: options.signal }))
    if ('text' in one) {
      came[one.target.job] = one.by;
      texts[one.target.job] = Buffer.from(one.text).toString();
    } else came[one.job] = one.failure.code;
  return { came, texts };
}

/** A certificate authority, a server's certificate for 127.0.0.1 and a client's, by openssl. */
function certificates(t: TestContext) {
  const at = folder(t);
  const openssl = (...words: string[]): void =>
    void execFileSync('openssl', words, { cwd: at, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=server-ca',
    '-days',
    '2',
  );
  for (const [name, extension] of [
    ['server', 'subjectAltName=IP:127.0.0.1'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    openssl(
      'req',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      '-addext',
      extension,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-copy_extensions',
      'copy',
    );
  }
  return (name: string): string => readFileSync(join(at, name), 'utf8');
}

/** Puts them where a server of K3s keeps what may ask its cluster. */
function keptAs(tls: string, of: (name: string) => string): void {
  for (const [name, from] of [
    ['server-ca.crt', 'ca.crt'],
    ['client-admin.crt', 'client.crt'],
    ['client-admin.key', 'client.key'],
  ] as const)
    writeFileSync(join(tls, name), of(from));
}

suite('a server on the node, asked through SSH', needs('sshd'), () => {
  test('answers, compressed or not', async t => {
    const { link } = await linkTo(t);
    const port = await served(t, (_, to) => {
      to.setHeader('content-encoding', 'gzip');
      to.end(gzipSync('up 1\n'));
    });
    const got = await link.get?.({ port, path: '/metrics' }, options);
    assert.deepEqual([got?.status, Buffer.from(got?.body ?? []).toString()], [200, 'up 1\n']);
  });

  test(
    'with TLS only the cluster’s own authority is believed, and its client certificate is shown',
    needs('openssl'),
    async t => {
      const { link } = await linkTo(t);
      const of = certificates(t);
      const port = await listening(
        t,
        createHttps(
          {
            key: of('server.key'),
            cert: of('server.crt'),
            ca: of('ca.crt'),
            requestCert: true,
            rejectUnauthorized: true,
          },
          (_, to) => void to.end('up 1\n'),
        ),
      );
      const tls = { ca: of('ca.crt'), cert: of('client.crt'), key: new Secret(of('client.key')) };
      assert.equal((await link.get?.({ port, path: '/metrics', tls }, options))?.status, 200);
      const other = { ...tls, ca: certificates(t)('ca.crt') };
      assert.equal(
        (await failureOf(Promise.resolve(link.get?.({ port, path: '/metrics', tls: other }, options))))?.code,
        'could-not',
      );
      const none = { ca: of('ca.crt') };
      assert.equal(
        (await failureOf(Promise.resolve(link.get?.({ port, path: '/metrics', tls: none }, options))))?.code,
        'could-not',
      );
    },
  );

  test('that hangs, or says too much, or is not there, is told as that', async t => {
    const { link } = await linkTo(t);
    const fails = async (port: number, more = {}): Promise<string | undefined> =>
      (await failureOf(Promise.resolve(link.get?.({ port, path: '/metrics' }, { ...options, ...more }))))
        ?.code;
    const hangs = await served(t, () => undefined);
    assert.equal(await fails(hangs, { timeoutMs: 300 }), 'timed-out');
    const much = await served(t, (_, to) => void to.end(gzipSync(Buffer.alloc(50 * 2 ** 20, 'a 1\n'))));
    const packed = await served(t, (_, to) => {
      to.setHeader('content-encoding', 'gzip');
      to.end(gzipSync(Buffer.alloc(50 * 2 ** 20, 'a 1\n')));
    });
    assert.equal((await link.get?.({ port: much, path: '/' }, options))?.status, 200);
    assert.equal(await fails(packed), 'could-not');
    assert.equal(await fails(await freePort()), 'unreachable');
  });

  test('is told apart from a node that forbids it', async t => {
    const { link } = await linkTo(t, noForwarding);
    const port = await served(t, (_, to) => void to.end('up 1\n'));
    const failure = await failureOf(Promise.resolve(link.get?.({ port, path: '/metrics' }, options)));
    assert.equal(failure?.code, 'refused');
    assert.match(failure?.next ?? '', /AllowTcpForwarding/);
  });
});

suite('a scrape of a node', needs('sshd'), () => {
  const etcd = 'etcd_server_has_leader 1\n';

  test('through SSH, and one that hangs keeps no other waiting', async t => {
    const { link } = await linkTo(t);
    const ports = {
      etcd: await served(t, (_, to) => void to.end(etcd)),
      exporter: await served(t, () => undefined),
      api: 1,
      kubelet: 1,
    };
    const scrape = scraper(systemClock, { ...ports, timeoutMs: 500 });
    const came: Record<string, string> = {};
    for await (const one of scrape(link, node, {
      jobs: ['etcd', 'node'],
      full: false,
      signal: options.signal,
    }))
      came['text' in one ? one.target.job : one.job] = 'text' in one ? one.by : one.failure.code;
    assert.deepEqual(came, { etcd: 'tunnel', node: 'timed-out' });
  });

  test('by curl or wget on the node where connections through it are forbidden', needs('curl'), async t => {
    const { link } = await linkTo(t, noForwarding);
    const ports = {
      etcd: await served(t, (_, to) => void to.end(etcd)),
      exporter: await freePort(),
      api: 1,
      kubelet: 1,
    };
    const { came, texts } = await scraped(link, ports, ['etcd', 'node']);
    assert.deepEqual(came, { etcd: 'curl', node: 'shell' });
    assert.equal(texts['etcd'], etcd);
  });

  test('by wget where there is no curl, and by nothing where neither is', needs('wget'), async t => {
    const port = await served(t, (_, to) => void to.end(etcd));
    const ports = { etcd: port, exporter: await freePort(), api: 1, kubelet: 1 };
    for (const [without, way] of [
      [['curl'], 'wget'],
      [['curl', 'wget'], undefined],
    ] as const) {
      const tools = folder(t);
      for (const name of readdirSync('/usr/bin'))
        if (!(without as readonly string[]).includes(name))
          symlinkSync(`/usr/bin/${name}`, join(tools, name));
      const loginShell = `PATH=${tools} exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
      const { link } = await linkTo(t, { ...noForwarding, loginShell });
      const { came, texts } = await scraped(link, ports, ['etcd']);
      assert.equal(came['etcd'], way);
      assert.equal(texts['etcd'], way && etcd);
    }
  });

  test(
    'without an exporter the kernel’s own tables are read, under node_exporter’s names',
    needs('nodeExporter'),
    async t => {
      const { link } = await linkTo(t);
      const absent = { etcd: await freePort(), exporter: await freePort(), api: 1, kubelet: 1 };
      const { came, texts } = await scraped(link, absent, ['etcd', 'node']);
      assert.deepEqual(came, { node: 'shell' });
      for (const name of [
        'node_load1',
        'node_memory_MemAvailable_bytes',
        'node_cpu_seconds_total',
        'node_boot_time_seconds',
      ])
        assert.match(texts['node'] ?? '', new RegExp(`^${name}[ {]`, 'm'));
    },
  );

  test(
    'of a server its API server is asked with the cluster’s certificate, and its kubelet for the containers',
    needs('openssl'),
    async t => {
      const { link } = await linkTo(t);
      const of = certificates(t);
      const tls = folder(t);
      keptAs(tls, of);
      const asked: string[] = [];
      const guarded = (name: string): Promise<number> => {
        const options = {
          key: of('server.key'),
          cert: of('server.crt'),
          ca: of('ca.crt'),
          requestCert: true,
          rejectUnauthorized: true,
        };
        return listening(
          t,
          createHttps(options, (from, to) => {
            asked.push(`${name} ${from.url ?? ''}`);
            to.end('workqueue_depth{name="x"} 1\n');
          }),
        );
      };
      const [api, kubelet] = [await guarded('api'), await guarded('kubelet')];
      const jobs = ['k3s', 'cadvisor', 'resource'] as const;
      const server = await scraped(link, { api, kubelet, tls }, jobs);
      assert.deepEqual(server.came, { k3s: 'tunnel', cadvisor: 'tunnel', resource: 'tunnel' });
      assert.deepEqual(asked.toSorted(), [
        'api /metrics',
        'kubelet /metrics/cadvisor',
        'kubelet /metrics/resource',
      ]);
      asked.length = 0;
      const agent = await scraped(link, { api: await freePort(), kubelet, tls }, ['k3s']);
      assert.deepEqual([agent.came, asked], [{ k3s: 'tunnel' }, ['kubelet /metrics']]);
      // The key was in no file of ours and in no text that came.
      assert.doesNotMatch(JSON.stringify(server.texts), /PRIVATE KEY/);
    },
  );

  test('where nothing of it is there, nothing is made up', async t => {
    const { link } = await linkTo(t, noForwarding);
    const ports = { etcd: await freePort(), exporter: await freePort(), api: 1, kubelet: 1 };
    const { came } = await scraped(link, ports, ['etcd', 'k3s', 'cadvisor', 'resource']);
    assert.deepEqual(came, {});
  });
});

/** A server of Kubernetes that takes only clients of its own authority, and the folder K3s keeps their certificates in. */
async function guarded(t: TestContext, tls = folder(t), port = 0) {
  const of = certificates(t);
  keptAs(tls, of);
  const own = { key: of('server.key'), cert: of('server.crt'), ca: of('ca.crt') };
  const server = createHttps({ ...own, requestCert: true, rejectUnauthorized: true }, (_, to) =>
    to.end('workqueue_depth{name="x"} 1\n'),
  );
  return { tls, server, port: await listening(t, server, port) };
}

suite('what was learned of a node', needs('sshd', 'openssl'), () => {
  const nowhere = { etcd: 1, exporter: 1, api: 1, kubelet: 1 };

  test('does not hide that a part is gone, nor that it is back', async t => {
    const { link } = await linkTo(t);
    const etcd = await freePort();
    const scrape = scraper(systemClock, { ...nowhere, etcd });
    const look = async () => (await scrapedBy(scrape, link, ['etcd'])).came['etcd'];
    const start = async () => {
      const server = createHttp((_, to) => void to.end('etcd_server_has_leader 1\n'));
      await listening(t, server, etcd);
      return server;
    };
    const server = await start();
    assert.equal(await look(), 'tunnel');
    server.close();
    assert.equal(await look(), 'unreachable');
    await start();
    assert.equal(await look(), 'tunnel');
  });

  test('does not keep a server from its metrics because an agent was looked at first', async t => {
    const { link } = await linkTo(t);
    const { tls, port } = await guarded(t);
    const begun = Promise.withResolvers<void>();
    // The same machine, once without a server's files and once slow to tell of them.
    const seen = (stat: Link['stat']): Link =>
      Object.assign(Object.create(null) as object, {
        kind: link.kind,
        who: link.who,
        get: link.get?.bind(link),
        readFile: link.readFile.bind(link),
        stat,
      }) as Link;
    const agent = seen(async () => {
      await Promise.race([begun.promise, wait(2000)]);
      return undefined;
    });
    const server = seen(async (path, how) => {
      begun.resolve();
      return link.stat(path, how);
    });
    const scrape = scraper(systemClock, { ...nowhere, kubelet: port, tls });
    const look = (on: Link, id: string) => scrapedBy(scrape, on, ['k3s'], { ...node, id } as SiteNode);
    const [, first] = await Promise.all([look(agent, 'agent'), look(server, 'server')]);
    assert.deepEqual(first.came, { k3s: 'tunnel' });
    assert.deepEqual((await look(agent, 'agent')).came, { k3s: 'tunnel' });
  });

  test('is read anew when the cluster accepts its certificate no longer', async t => {
    const { link } = await linkTo(t);
    const { tls, server, port } = await guarded(t);
    const scrape = scraper(systemClock, { ...nowhere, api: port, tls });
    const look = async () => (await scrapedBy(scrape, link, ['k3s'])).came['k3s'];
    assert.equal(await look(), 'tunnel');
    server.close();
    await guarded(t, tls, port);
    assert.equal(await look(), 'could-not');
    assert.equal(await look(), 'tunnel');
  });

  test('a node on which nothing can be written is measured all the same', async t => {
    const tools = folder(t);
    writeFileSync(join(tools, 'mktemp'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { link } = await linkTo(t, {
      loginShell: `PATH=${tools}:$PATH exec sh -c "$SSH_ORIGINAL_COMMAND"`,
    });
    const { came, texts } = await scraped(link, nowhere, ['node', 'wear']);
    assert.equal(came['node'], 'shell');
    assert.match(texts['node'] ?? '', /^node_load1 /m);
    assert.notEqual(came['wear'], 'could-not');
  });
});
