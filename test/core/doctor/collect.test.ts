import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { answersOf } from '../../../main/core/doctor/collect/answers.ts';
import { chapters } from '../../../main/core/doctor/collect/chapters.ts';
import { chapterCommand } from '../../../main/core/doctor/collect/command.ts';
import { item } from '../../../main/core/doctor/collect/item.ts';
import type { Chapter, Item } from '../../../main/core/doctor/collect/item.ts';
import { telling } from '../../../main/core/doctor/collect/service.ts';
import { folder } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';
import { inShell, shells } from '../../support/shells.ts';

const plain = { packed: false };
const chapterOf = (...items: readonly Item[]): Chapter => ({ id: 'test', title: 'Test', items });
/** Folders whose shell is gone; one of a shell that lives belongs to an examination beside this one. */
const leftBehind = (): readonly string[] =>
  ['/run', '/dev/shm', '/dev', '/tmp'].flatMap(at =>
    readdirSync(at).filter(name => {
      const [, shell] = /^coldstart-doctor\.(\d+)$/.exec(name) ?? [];
      return shell !== undefined && !existsSync(`/proc/${shell}`);
    }),
  );

/** The item as it stands, with another place for K3s' files. */
const moved = (id: string, files: string): Item => {
  const found = chapters.flatMap(({ items }) => items).find(one => one.id === id);
  assert.ok(found);
  return {
    ...found,
    ask: `d=${files}/k3s\nroot() { :; }\n${found.ask.replaceAll('/etc/rancher/k3s', files).replaceAll('/etc/systemd/system', files)}`,
  };
};

test('no two pieces of evidence have one name', () => {
  const ids = chapters.flatMap(({ items }) => items.map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length);
});

for (const { name, start, tool } of shells) {
  const options = needs(...(tool ? [tool] : []));
  const asked = (chapter: Chapter) => {
    const { stdout, stderr } = inShell(start, chapterCommand(chapter, plain).text);
    assert.equal(stderr, '');
    return answersOf(chapter, stdout);
  };

  test(`${name}: everything the doctor asks is answered, and nothing is left behind`, options, () => {
    const before = readdirSync('/').toSorted();
    for (const chapter of chapters)
      for (const answer of asked(chapter)) {
        assert.notEqual(answer.standing, 'timed-out', answer.id);
        // what could not be read, and what is not there, says so in a sentence
        if (answer.says !== undefined) assert.match(answer.says, /^[A-Z].*\.$/, answer.id);
        assert.notEqual(answer.says, 'It was not asked.', answer.id);
      }
    assert.deepEqual(leftBehind(), []);
    assert.deepEqual(readdirSync('/').toSorted(), before);
  });

  test(`${name}: what hangs is left alone and ended, and what comes after it is asked`, options, t => {
    const mark = join(folder(t), 'alive');
    const answers = asked(
      chapterOf(
        item('before', 'Before', 'echo one'),
        item(
          'hangs',
          'Hangs',
          `echo begun; trap '' TERM INT; while :; do echo still >>${mark}; sleep 0.2; done`,
          { seconds: 1 },
        ),
        item('after', 'After', 'printf two'),
        item('fails', 'Fails', 'no "Only root may read this."'),
        item('long', 'Long', 'seq 1 5000', { keep: 100 }),
      ),
    );
    assert.deepEqual(
      answers.map(({ id, standing }) => `${id} ${standing}`),
      ['before whole', 'hangs timed-out', 'after whole', 'fails failed', 'long cut'],
    );
    assert.deepEqual(
      answers.slice(0, 3).map(({ text }) => text),
      ['one', 'begun', 'two'],
    );
    assert.equal(answers[3]?.says, 'Only root may read this.');
    assert.ok(answers[4]?.text.endsWith('\n5000'));
    const seen = readFileSync(mark, 'utf8');
    inShell(['sh', '-c'], 'sleep 1');
    assert.equal(readFileSync(mark, 'utf8'), seen, 'nothing goes on after the examination');
    assert.deepEqual(leftBehind(), []);
  });

  test(`${name}: packed for a slow line it is the same`, options, () => {
    const chapter = chapterOf(item('a', 'A', 'seq 1 3; echo "@a 0 5"; echo "|x"'), item('b', 'B', 'echo ä'));
    const { stdout } = inShell(start, chapterCommand(chapter, { packed: true }).text);
    const [first, ...rest] = stdout.split('\n');
    assert.equal(first, '@packed');
    const opened = gunzipSync(Buffer.from(rest.join(''), 'base64')).toString();
    assert.deepEqual(answersOf(chapter, opened), asked(chapter));
    assert.deepEqual(
      answersOf(chapter, opened).map(({ text }) => text),
      ['1\n2\n3\n@a 0 5\n|x', 'ä'],
    );
  });

  test(`${name}: of the configuration nothing secret leaves the node`, options, t => {
    const files = folder(t);
    const secret = (n: number): string => `geheim${n}`;
    mkdirSync(join(files, 'k3s/server'), { recursive: true });
    writeFileSync(
      join(files, 'config.yaml'),
      [
        `token: ${secret(1)}`,
        `"token": "${secret(2)}"`,
        'cluster-init: true',
        `datastore-endpoint: postgres://k3s:${secret(3)}@db/k3s`,
        'agent-token: |',
        `  ${secret(4)}`,
        `node-ip: 10.0.0.11 # ${secret(5)}`,
        `# token: ${secret(6)}`,
        'node-label:',
        '  - rack=2',
        'etcd-s3-secret-key:',
        `  - ${secret(7)}`,
        `{token: ${secret(8)}}`,
        'tls-san: >-',
        `  ${secret(9)}`,
        `\ttoken: ${secret(10)}`,
        `server: https://u:${secret(11)}@10.0.0.1:6443`,
        `tokn: ${secret(12)}`,
      ].join('\n'),
    );
    writeFileSync(
      join(files, 'registries.yaml'),
      `mirrors:\n  docker.io:\n    endpoint:\n      - "https://r.site:5000"\n      - "https://u:${secret(20)}@r.site"\nconfigs:\n  "r.site:5000":\n    auth:\n      username: ${secret(21)}\n      password: ${secret(22)}\n      auth: |\n        ${secret(23)}\n    tls:\n      ca_file: /etc/ca.pem\n`,
    );
    writeFileSync(
      join(files, 'k3s.service.env'),
      `K3S_URL=https://10.0.0.1:6443\nK3S_TOKEN=${secret(30)}\nexport AWS_SECRET=${secret(31)}\n${secret(32)}\n`,
    );
    writeFileSync(
      join(files, 'k3s.service'),
      `[Service]\nType=notify\nEnvironment=K3S_TOKEN=${secret(40)}\nExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--node-ip' \\\n\t'10.0.0.11' \\\n\t'--token' \\\n\t'${secret(41)}' \\\n\t'--agent-token=${secret(42)}' --etcd-s3-secret-key ${secret(43)} ${secret(44)}\nRestart=always\n`,
    );
    writeFileSync(join(files, 'k3s/server/token'), `K10${'a'.repeat(64)}::server:${secret(50)}\n`);
    const answers = asked(
      chapterOf(...['config', 'registries', 'environment', 'unit', 'tokens'].map(id => moved(id, files))),
    );
    const all = answers.map(({ text }) => text).join('\n');
    assert.doesNotMatch(all, /geheim/);
    for (const kept of [
      'node-ip: 10.0.0.11',
      'cluster-init: true',
      'tokn: ‹hidden›',
      '- rack=2',
      'begins with a tab',
    ])
      assert.ok(answers[0]?.text.includes(kept), `${kept} in\n${answers[0]?.text ?? ''}`);
    assert.match(answers[1]?.text ?? '', /- "https:\/\/r\.site:5000"[\s\S]*ca_file: \/etc\/ca\.pem/);
    assert.match(answers[2]?.text ?? '', /K3S_URL=https:\/\/10\.0\.0\.1:6443\nK3S_TOKEN=‹hidden›/);
    assert.match(
      answers[3]?.text ?? '',
      /^ExecStart=\/usr\/local\/bin\/k3s[\s\S]*server[\s\S]*--node-ip[\s\S]*10\.0\.0\.11[\s\S]*Restart=always/m,
    );
    assert.match(answers[4]?.text ?? '', /^server\/token [0-9a-f]{12}$/m);
    for (const { id, standing } of answers) assert.equal(standing, 'whole', id);
  });
}

for (const { name, start, tool } of shells)
  test(
    `${name}: the data folder is the configured one, however it is written`,
    needs(...(tool ? [tool] : [])),
    t => {
      const files = folder(t);
      const text = chapterCommand(chapterOf(item('d', 'D', 'echo "$d"')), plain).text.replaceAll(
        '/etc/rancher/k3s',
        files,
      );
      const found = (): string | undefined => /^\|(\S+)/m.exec(inShell(start, text).stdout)?.[1];
      assert.equal(found(), '/var/lib/rancher/k3s');
      for (const value of ['/mnt/k3s', ' "/mnt/k3s"', "   '/mnt/k3s'"]) {
        writeFileSync(join(files, 'config.yaml'), `token: x\ndata-dir: ${value}\nnode-ip: 1.2.3.4\n`);
        assert.equal(found(), '/mnt/k3s', value);
      }
    },
  );

test('an answer that breaks off says what it was at, and what was never asked', () => {
  const chapter = chapterOf(item('a', 'A', 'x'), item('b', 'B', 'x'), item('c', 'C', 'x'));
  const answers = answersOf(chapter, '@a 0 4\n|one\n|\n@b 0 9\n|tw');
  assert.deepEqual(
    answers.map(({ id, standing, text }) => `${id} ${standing} ${text}`),
    ['a whole one', 'b timed-out tw', 'c not-asked '],
  );
});

test('the search through the boot finds every line a recorded finding rests on', () => {
  const words = new RegExp(telling, 'i');
  const records = join(import.meta.dirname, 'records');
  const fragment =
    /level=fatal|"level":"(?:fatal|panic)"|x509|no leader|member of the etcd|ErrImagePull|slow fdatasync|database space exceeded|CORRUPT|password rejected|cgroup|default route|repaired|tocommit/;
  for (const name of readdirSync(records)) {
    const [, journal = ''] =
      /^== journal\n([\s\S]*?)(?=^== |(?![\s\S]))/m.exec(readFileSync(join(records, name), 'utf8')) ?? [];
    for (const line of journal.split('\n').filter(one => fragment.test(one))) assert.match(line, words);
  }
});
