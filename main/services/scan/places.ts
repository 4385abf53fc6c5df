/** So many at once; the others wait in their order. */
export interface Places {
  use<T>(work: () => Promise<T>): Promise<T>;
}

export function places(most: number): Places {
  let used = 0;
  const waiting: (() => void)[] = [];
  return {
    async use(work) {
      if (used >= most) await new Promise<void>(resolve => waiting.push(resolve));
      else used += 1;
      try {
        return await work();
      } finally {
        // The place goes straight to whoever waits next, so nobody overtakes.
        const next = waiting.shift();
        if (next) next();
        else used -= 1;
      }
    },
  };
}
