import { dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import { closingQuestion } from '../../core/going-on.ts';
import type { GoingOn } from '../../core/going-on.ts';

/** The buttons; the first one is what Enter and Escape mean. */
const buttons = ['Keep it open', 'Close it'];

/**
 * Asks before a window is closed, or the app is quit, while something is going on, and says what becomes of it. The
 * window is closed at once when nothing is. Returns how to let it close without a question from then on.
 */
export function askBeforeClosing(window: BrowserWindow, goingOn: () => readonly GoingOn[]): () => void {
  let decided = false;
  let asking = false;
  const ask = async (question: { readonly message: string; readonly detail: string }): Promise<void> => {
    asking = true;
    try {
      const { response } = await dialog.showMessageBox(window, {
        type: 'warning',
        title: 'Coldstart',
        ...question,
        buttons,
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      });
      decided = response === 1;
    } finally {
      asking = false;
    }
    if (decided && !window.isDestroyed()) window.close();
  };
  window.on('close', event => {
    const question = decided ? undefined : closingQuestion(goingOn());
    if (!question) return;
    event.preventDefault();
    // A dialog that cannot be shown must not keep the window open for ever.
    if (!asking) void ask(question).catch(() => window.destroy());
  });
  return () => {
    decided = true;
  };
}
