import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { whichDoor } from './core/which-door.ts';
import { doorFlags } from './hosts/node/flags.ts';

/**
 * `npm start`: opens a window where an Electron program, a display and an ordinary user are there, else the browser,
 * and says which and why. Never downloads: importing the electron package would, so only its files are looked at.
 */
function electronProgram(): string | undefined {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const name = readFileSync(join(folder, 'path.txt'), 'utf8').trim();
    const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist');
    const program = join(dist, name);
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

function browserAsked(argv: readonly string[]): boolean {
  try {
    return doorFlags(argv).browser;
  } catch {
    // The door itself says what is wrong with its flags.
    return true;
  }
}

const argv = process.argv.slice(2);
const program = electronProgram();
const which = whichDoor({
  platform: process.platform,
  env: process.env,
  uid: process.getuid?.(),
  hasElectron: program !== undefined,
  browserAsked: browserAsked(argv),
});
process.stdout.write(`${which.says}\n`);

if (which.door === 'window' && program !== undefined) {
  const window = spawn(program, [join(import.meta.dirname, '..', '..'), ...argv], { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => window.kill('SIGTERM'));
  window.on('exit', code => (process.exitCode = code ?? 1));
} else {
  await import('./node.ts');
}
