/** Lets so many in at once; the others wait in line. */
export interface Gate {
  /** Runs the task inside. */
  through<T>(task: () => Promise<T>): Promise<T>;
}

export function createGate(places: number): Gate {
  let free = places;
  const line: (() => void)[] = [];
  return {
    async through(task) {
      if (free > 0) free -= 1;
      else await new Promise<void>((enter) => line.push(enter));
      try {
        return await task();
      } finally {
        const next = line.shift();
        if (next) next();
        else free += 1;
      }
    },
  };
}
