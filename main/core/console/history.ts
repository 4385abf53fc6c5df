/** What is remembered of a console beyond what its screen shows. */
export interface History {
  /** A shell was open when something was last recognised, and nothing since shows that it ended. */
  readonly inShell: boolean;
  /** The shell's prompt, as it stood last. */
  readonly prompt?: { readonly text: string; readonly root?: boolean };
  /** What our own program says goes on inside, until the console shows otherwise. */
  readonly told?: 'running' | 'shell';
}

export const nothingKnown: History = { inShell: false };
