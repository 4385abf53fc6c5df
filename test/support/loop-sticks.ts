import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';
import { carryFolder } from '../../main/core/carry/names.ts';
import type { Where } from '../../main/services/runbooks/carry/scripts.ts';
import { folder } from './folder.ts';

/** A node whose devices are loop devices of this machine: real block devices with real file systems. */
export function loopSticks(t: TestContext): {
  readonly base: string;
  readonly where: Where;
  /** Plugs in a stick with these files in our folder on it. */
  readonly plug: (name: string, files: ReadonlyMap<string, Uint8Array>, more?: Partial<Plugging>) => string;
  readonly pull: (name: string) => void;
} {
  const base = folder(t);
  const where = { sys: join(base, 'sys'), dev: join(base, 'dev'), at: join(base, 'run/stick') };
  const loops: string[] = [];
  mkdirSync(join(where.sys, 'block'), { recursive: true });
  mkdirSync(where.dev);
  mkdirSync(join(base, 'run'));
  t.after(() => {
    for (const loop of loops) execFileSync('losetup', ['-d', loop]);
  });
  return {
    base,
    where,
    plug(name, files, { fileSystem = 'ext4', into = carryFolder, removable = true } = {}) {
      const from = join(base, `${name}-files`);
      mkdirSync(join(from, into), { recursive: true });
      for (const [as, bytes] of files) writeFileSync(join(from, into, as), bytes);
      const image = join(base, `${name}.img`);
      execFileSync('truncate', ['-s', '32M', image]);
      if (fileSystem === 'ext4') execFileSync('mkfs.ext4', ['-q', '-d', from, image], { stdio: 'pipe' });
      else writeFileSync(image, Buffer.alloc(2 ** 20, fileSystem), { flag: 'r+' });
      const loop = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
      loops.push(loop);
      const disk = join(where.sys, 'devices', removable ? 'pci0/usb1/1-1' : 'pci0/ata1', name);
      mkdirSync(join(disk, `${name}1`), { recursive: true });
      const number = readFileSync(`/sys/block/${basename(loop)}/dev`, 'utf8');
      writeFileSync(join(disk, 'size'), '65536\n');
      writeFileSync(join(disk, 'removable'), '0\n');
      writeFileSync(join(disk, 'dev'), '1:1\n');
      writeFileSync(join(disk, `${name}1/partition`), '1\n');
      writeFileSync(join(disk, `${name}1/dev`), number);
      symlinkSync(disk, join(where.sys, 'block', name));
      symlinkSync(loop, join(where.dev, `${name}1`));
      return loop;
    },
    pull(name) {
      rmSync(join(where.sys, 'block', name));
      rmSync(join(where.dev, `${name}1`));
    },
  };
}
interface Plugging {
  readonly fileSystem: string;
  readonly into: string;
  readonly removable: boolean;
}

/** What is mounted below where the sticks are. */
export const mounts = (where: Where): readonly string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line.includes(where.at));
