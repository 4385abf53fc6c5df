// `npm run electron:get`: fetches the Electron program for this machine. The only thing in a checkout that downloads, and
// only when asked by this name. Behind a proxy or a mirror: ELECTRON_MIRROR, HTTPS_PROXY with ELECTRON_GET_USE_PROXY=1.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const electron = join(import.meta.dirname, '..', '..', 'node_modules', 'electron');
const say = text => process.stdout.write(`${text}\n`);

if (!existsSync(join(electron, 'install.js'))) {
  say('The package electron is missing from node_modules. Nothing was downloaded. Run `npm ci` first.');
  process.exit(5);
}
const { version } = JSON.parse(readFileSync(join(electron, 'package.json'), 'utf8'));
say(`Fetching Electron ${version} for ${process.platform}-${process.arch} (about 120 MB) …`);
const { status, stderr } = spawnSync(process.execPath, [join(electron, 'install.js')], {
  stdio: ['ignore', 'inherit', 'pipe'],
});
if (status === 0)
  say('Electron is there. `npm start` opens a window where there is a display and you are not root.');
else {
  const why = stderr
    .toString('utf8')
    .split('\n')
    .find(line => line.trim() !== '');
  say(`Electron could not be fetched${why ? ` (${why.trim()})` : ''}.`);
  say('Nothing was changed, and nothing is lost without it: `npm start` opens the same app in a browser.');
  say('To try again elsewhere, set ELECTRON_MIRROR to a mirror you can reach.');
  process.exitCode = 5;
}
