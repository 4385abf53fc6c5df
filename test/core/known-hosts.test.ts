import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import {
  fingerprintOf,
  hostKeyAlgorithms,
  hostLabel,
  judgeHostKey,
  keyTypeOf,
  knownHostLine,
  parseKnownHosts,
} from '../../main/core/known-hosts.ts';
import { needs } from '../support/needs.ts';

const keyBlob = (type: string, filling: number): Buffer => {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(36, filling)]);
};
const ed = keyBlob('ssh-ed25519', 1);
const otherEd = keyBlob('ssh-ed25519', 2);
const rsa = keyBlob('ssh-rsa', 3);
const line = (hosts: string, blob: Buffer, marker = ''): string =>
  `${marker}${hosts} ${keyTypeOf(blob)} ${blob.toString('base64')} a comment`;
const judge = (text: string, label: string, blob: Buffer): string =>
  judgeHostKey(parseKnownHosts(text, 'known_hosts'), label, blob).is;

test('a pinned key is trusted, under its own port only', () => {
  const text = `# comment\n\n${knownHostLine(hostLabel('node-1', 22), ed)}\n${knownHostLine(hostLabel('node-2', 2222), ed)}\n`;
  assert.equal(judge(text, 'node-1', ed), 'trusted');
  assert.equal(judge(text, hostLabel('NODE-1', 22), ed), 'trusted');
  assert.equal(judge(text, '[node-1]:2222', ed), 'unknown');
  assert.equal(judge(text, '[node-2]:2222', ed), 'trusted');
  assert.equal(judge(text, 'node-2', ed), 'unknown');
});

test('another key, also one of another type, is a change', () => {
  const text = line('node-1', ed);
  assert.equal(judge(text, 'node-1', otherEd), 'changed');
  assert.equal(judge(text, 'node-1', rsa), 'changed');
});

test('patterns match as OpenSSH matches them', () => {
  assert.equal(judge(line('*.site.example,!bad.site.example', ed), 'a.site.example', ed), 'trusted');
  assert.equal(judge(line('*.site.example,!bad.site.example', ed), 'bad.site.example', ed), 'unknown');
  assert.equal(judge(line('10.0.0.?', ed), '10.0.0.7', ed), 'trusted');
  assert.equal(judge(line('10.0.0.?', ed), '10.0.0.17', ed), 'unknown');
  assert.equal(judge(line('node-1,[10.0.0.7]:2222', ed), '[10.0.0.7]:2222', ed), 'trusted');
});

test('a revoked key is refused even when another line trusts it', () => {
  const text = `${line('node-1', ed)}\n${line('*', ed, '@revoked ')}\n`;
  assert.equal(judge(text, 'node-1', ed), 'revoked');
  assert.equal(judge(text, 'node-1', rsa), 'changed');
});

test('a host that only a certificate authority vouches for is neither known nor unknown', () => {
  const text = line('*.site.example', rsa, '@cert-authority ');
  assert.equal(judge(text, 'a.site.example', ed), 'vouched');
  assert.equal(judge(`${text}\n${line('a.site.example', ed)}`, 'a.site.example', ed), 'trusted');
});

test('lines that make no sense are left out, and the rest still counts', () => {
  const text = `node-1\n@unknown node-1 ssh-ed25519 AAAA\r\n${line('node-1', ed)}\n\0\n`;
  assert.equal(judge(text, 'node-1', ed), 'trusted');
  assert.equal(parseKnownHosts(text, 'f')[0]?.line, 3);
});

test('algorithms of stored keys are offered first', () => {
  const entries = parseKnownHosts(line('node-1', rsa), 'f');
  const supported = ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
  assert.deepEqual(hostKeyAlgorithms(entries, 'node-1', supported), [
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
    'ssh-ed25519',
  ]);
  assert.deepEqual(hostKeyAlgorithms(entries, 'node-2', supported), supported);
});

test('names hashed by ssh-keygen are found, and fingerprints are the ones it prints', needs('sshd'), t => {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-hosts-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const key = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const blob = Buffer.from(readFileSync(`${key}.pub`, 'utf8').split(' ')[1] ?? '', 'base64');
  const file = join(folder, 'known_hosts');
  writeFileSync(file, `${knownHostLine('node-1', blob)}\n${knownHostLine('[node-2]:2222', blob)}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  const hashed = readFileSync(file, 'utf8');
  assert.match(hashed, /^\|1\|/);
  assert.equal(judge(hashed, 'node-1', blob), 'trusted');
  assert.equal(judge(hashed, '[node-2]:2222', blob), 'trusted');
  assert.equal(judge(hashed, '[node-1]:2222', blob), 'unknown');
  assert.equal(judge(hashed, 'node-1', ed), 'changed');
  const printed = execFileSync('ssh-keygen', ['-l', '-f', `${key}.pub`], { encoding: 'utf8' });
  assert.ok(printed.includes(fingerprintOf(blob)));
});
