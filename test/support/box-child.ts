import { blackBoxes } from '../../main/machine/black-box/black-boxes.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { openVault } from '../../main/machine/vault.ts';

/** Records a numbered line every ten milliseconds and says each on stdout, until it is killed. */
const [folder = '', vaultFile = ''] = process.argv.slice(2);
const vault = openVault(vaultFile, { practice: true, chance: systemChance });
const writer = blackBoxes(folder, { vault, clock: systemClock }).writer('/dev/ttyUSB0');
let line = 0;
setInterval(() => {
  writer.take(Buffer.from(`line ${line}\n`), new Date());
  process.stdout.write(`${line} ${Date.now()}\n`);
  line += 1;
}, 10);
