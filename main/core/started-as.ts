/** Switches that Electron and Chromium take for themselves; they say nothing about what Coldstart should do. */
const ofElectron = [
  '--no-sandbox',
  '--disable-gpu',
  '--ozone-platform',
  '--enable-features',
  '--disable-dev-shm-usage',
];

/** The words on the command line that are meant for Coldstart. An unpackaged Electron has the app's path before them. */
export function ownWords(argv: readonly string[], packaged: boolean): readonly string[] {
  return argv
    .slice(packaged ? 1 : 2)
    .filter(word => !ofElectron.some(name => word === name || word.startsWith(`${name}=`)));
}

/** Whether these words are a command for the terminal (a verb, or a question about the commands), not a way to open the app. */
export function isCommand(words: readonly string[]): boolean {
  const [first] = words;
  if (first === undefined) return false;
  return !first.startsWith('-') || words.includes('--help') || words.includes('--version');
}
