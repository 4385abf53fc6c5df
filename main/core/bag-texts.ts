import { mebibytes } from './bag-space.ts';
import type { BagFile, BagInfo } from './bagit.ts';

export const practiceWarning = 'This is a practice bag: nothing in it comes from a real site.';

const practice = ({ world }: Pick<BagInfo, 'world'>): boolean => world === 'practice';

/** Each step for whoever has nothing but Debian's own tools: what it is for, and the command. */
const steps = ({
  laptop,
}: Pick<BagInfo, 'laptop'>): readonly (readonly [says: string, ...commands: string[]])[] => [
  [
    'Check that it is whole, inside this folder (or with any tool for BagIt 1.0, RFC 8493):',
    'sha256sum -c manifest-sha256.txt',
    'sha512sum -c manifest-sha512.txt',
    'sha256sum -c tagmanifest-sha256.txt',
  ],
  ...(laptop
    ? [
        [
          `Check that the laptop with key ${laptop.key} wrote it; LAPTOP.pub is the key file it gave you before it left:`,
          'minisign -V -p LAPTOP.pub -m tagmanifest-sha256.txt',
        ] as const,
      ]
    : []),
  [
    'Open a file with the headquarters key, or with the key that lies in the safe of the site; inventory.json tells what every other file is:',
    'age -d -i KEYFILE -o inventory.json data/inventory/inventory.json.age',
  ],
  [
    'A file larger than 2 GiB lies in parts, which belong together:',
    'cat FILE.age.part-* | age -d -i KEYFILE -o FILE',
  ],
  [
    'Or let Coldstart do all of it, and write the receipt that goes back with the next stick:',
    'coldstart receive . --identity KEYFILE --sign-key RECEIPT.key --out ARCHIVE',
  ],
];

/** README.txt for whoever finds the stick. */
export const readme = (info: Pick<BagInfo, 'world' | 'laptop'>): string =>
  `${practice(info) ? `${practiceWarning}\n\n` : ''}This folder is a Coldstart supply-run export. It belongs to the operator of a field site.

If you found it: please hand it to the person who carries the mail for the site.
Everything under data/ is encrypted; nothing in it can be read without a key that is not here.

If you are headquarters:
${steps(info)
  .map(
    ([says, ...commands], i) => `  ${i + 1}. ${says}\n${commands.map(line => `       ${line}\n`).join('')}`,
  )
  .join('')}
Do not rename, add or remove anything in this folder: the check would then fail.
`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const sizeOf = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : mebibytes(bytes);

/** The colours of paper by day and of a dim room by night; nothing is loaded from anywhere. */
const style = `body{font:18px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1b1f23;background:#fff}
pre{background:#eef1f4;padding:.6em .8em;white-space:pre-wrap;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .6em}.practice{border:3px solid #b35900;padding:.6em .8em}
@media (prefers-color-scheme:dark){body{color:#e6e9ec;background:#14181c}pre{background:#232a31}}`;

/** index.html: the same as the README for who opens the stick by mouse, with what is known without a key. */
export function sheet(info: Omit<BagInfo, 'oxum'>, payload: readonly Pick<BagFile, 'bytes'>[]): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Site', `${info.site} (a random number; the name is inside)`],
    ['Export', info.exportId],
    [
      'Written',
      `${info.at.toISOString().slice(0, 16).replace('T', ' ')} UTC${info.clockDoubtful === true ? ', by a clock that may be wrong' : ''}`,
    ],
    [
      'Holds',
      `${payload.length} sealed files, ${sizeOf(payload.reduce((sum, file) => sum + file.bytes, 0))}`,
    ],
    ...(info.laptop
      ? ([['Signed by', `laptop key ${info.laptop.key}, its export number ${info.laptop.counter}`]] as const)
      : []),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Coldstart supply-run export</title>
<style>${style}</style>
<h1>Coldstart supply-run export</h1>
${practice(info) ? `<p class="practice"><strong>${practiceWarning}</strong></p>\n` : ''}<p>It belongs to the operator of a field site. <strong>If you found this stick, please hand it to the person who carries the mail for the site.</strong> Everything under <code>data/</code> is encrypted; nothing in it can be read without a key that is not here.</p>
<dl>
${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('\n')}
</dl>
<h2>If you are headquarters</h2>
<ol>
${steps(info)
  .map(([says, ...commands]) => `<li>${escaped(says)}<pre>${escaped(commands.join('\n'))}</pre></li>`)
  .join('\n')}
</ol>
<p>Do not rename, add or remove anything in this folder: the check would then fail.</p>
</html>
`;
}
