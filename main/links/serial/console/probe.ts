import type { Hand } from './hand.ts';

const answerMs = 15_000;
const mostTries = 3;
const killLine = '\u0015';
const interrupt = '\u0003';

/**
 * Asks what stands at the cursor a question only a shell answers: a sum, in words that do the same in every shell (sh,
 * ash, bash, zsh, fish, csh) and that do nothing when a letter is lost. Gives whether it is root's; nothing when no
 * right answer came.
 */
export async function shellAnswers(
  hand: Hand,
  signal: AbortSignal,
): Promise<{ readonly root: boolean } | undefined> {
  for (let tries = 0; tries < mostTries; tries++) {
    const first = 4000 + ((hand.heard() * 7 + tries * 131) % 4999);
    const sum = String(first + 3107);
    const place = hand.lines();
    // half a command may stand there: it is taken away, never finished
    await hand.send(tries === 0 ? killLine : interrupt);
    await hand.until(() => (hand.line().ms >= 150 ? true : undefined), 1000, signal);
    await hand.send(` id -u; expr ${first} + 3107\r`);
    const answer = await hand.until(() => answered(hand, place, sum), answerMs / (tries + 1), signal);
    if (answer === undefined) continue;
    hand.confirm(answer.root);
    return answer;
  }
  return undefined;
}

function answered(hand: Hand, place: number, sum: string): { readonly root: boolean } | undefined {
  const lines = hand.since(place).map(text => text.trim());
  const at = lines.lastIndexOf(sum);
  // the prompt must stand again after the answer
  if (at < 1 || at === lines.length - 1 || hand.line().line.trim() === '' || hand.line().ms < 150)
    return undefined;
  const uid = lines[at - 1] ?? '';
  return /^\d+$/.test(uid) ? { root: uid === '0' } : undefined;
}
