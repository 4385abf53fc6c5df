import { gunzipSync, gzipSync } from 'node:zlib';
import type { Call, Program, Programs } from '../shell/call.ts';
import { bytesOf, each, orStdin } from './files.ts';
import { options } from './options.ts';

async function whole(call: Call, name: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytesOf(call, name)) parts.push(part);
  return Buffer.concat(parts);
}

const base64: Program = async call => {
  const given = options(call.args, 'diw:D', ['decode', 'ignore-garbage', 'wrap=']);
  const [name = '-'] = given.rest;
  return each(
    call,
    [name],
    operand => operand,
    async operand => {
      const bytes = await whole(call, operand);
      if (!given.has('d', 'decode', 'D')) {
        const wide = Number(given.value('w', 'wrap') ?? 76);
        const text = bytes.toString('base64');
        const lines = wide > 0 ? text.replace(new RegExp(`.{1,${wide}}`, 'g'), '$&\n') : text;
        return call.out(lines);
      }
      const text = bytes.toString('latin1').replace(/[\r\n]/g, '');
      const clean = given.has('i', 'ignore-garbage') ? text.replace(/[^A-Za-z0-9+/=]/g, '') : text;
      const good = /^[A-Za-z0-9+/]*={0,2}$/.exec(clean) && clean.length % 4 === 0;
      await call.out(Buffer.from(clean, 'base64'));
      if (good) return undefined;
      await call.err(`${call.name}: invalid input\n`);
      throw new InvalidInput();
    },
  ).catch((thrown: unknown) => {
    if (thrown instanceof InvalidInput) return 1;
    throw thrown;
  });
};

class InvalidInput extends Error {}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/** The checksum of POSIX `cksum`: CRC-32 of the bytes and of their number. */
export const cksumOf = (bytes: Uint8Array): number => {
  let crc = 0;
  const take = (byte: number): void => {
    crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 255] ?? 0)) >>> 0;
  };
  for (const byte of bytes) take(byte);
  for (let left = bytes.length; left > 0; left = Math.floor(left / 256)) take(left & 255);
  return ~crc >>> 0;
};

const cksum: Program = async call =>
  each(
    call,
    orStdin(options(call.args, '', []).rest),
    name => name,
    async name => {
      const bytes = await whole(call, name);
      await call.out(`${cksumOf(bytes)} ${bytes.length}${name === '-' ? '' : ` ${name}`}\n`);
    },
  );

/** `gzip`, `gunzip`, `zcat`: a stream, or a file that is replaced by its other form. */
const gzip: Program = async call => {
  const given = options(call.args, 'cdkfnqvtlrN123456789S:', [
    'stdout',
    'to-stdout',
    'decompress',
    'uncompress',
    'keep',
    'force',
    'no-name',
    'quiet',
    'test',
    'fast',
    'best',
    'rsyncable',
  ]);
  const opens = call.name !== 'gzip' || given.has('d', 'decompress', 'uncompress', 't', 'test');
  const toStdout = call.name === 'zcat' || given.has('c', 'stdout', 'to-stdout');
  const { tree } = call.station;
  let status = 0;
  for (const name of orStdin(given.rest)) {
    const failed = await each(
      call,
      [name],
      operand => operand,
      async operand => {
        const bytes = await whole(call, operand);
        let made: Buffer;
        try {
          made = opens ? gunzipSync(bytes) : gzipSync(bytes);
        } catch {
          status = 1;
          const what = operand === '-' ? 'stdin' : operand;
          const why =
            bytes[0] === 0x1f && bytes[1] === 0x8b ? 'unexpected end of file' : 'not in gzip format';
          return call.err(`\ngzip: ${what}: ${why}\n`);
        }
        if (given.has('t', 'test')) return undefined;
        if (toStdout || operand === '-') return call.out(made);
        const to = opens ? operand.replace(/\.gz$/, '') : `${operand}.gz`;
        if (to === operand) {
          status = 2;
          return call.err(`gzip: ${operand}: unknown suffix -- ignored\n`);
        }
        const file = tree.open(
          call.path(to),
          { write: true, create: true, truncate: true, mode: 0o666 & ~call.umask },
          call.who,
        );
        file.write(0, made);
        if (!given.has('k', 'keep')) tree.unlink(call.path(operand), call.who);
        return undefined;
      },
    );
    status ||= failed;
  }
  return status;
};

export const codingPrograms: Programs = { base64, cksum, gzip, gunzip: gzip, zcat: gzip };
