/** Somebody who wants answers. `open` holds the ids that have none yet; without them nothing more is asked for him. */
export interface Call {
  readonly begunAt: Date;
  /** An answer to a question that was sent at most so long before he asked will do. */
  readonly maxAgeMs: number;
  readonly open: Set<string>;
}

/** Asks for some ids; returns whom that settles, with an answer or without. */
type Ask = (ids: readonly string[]) => Promise<readonly string[]>;

/** A question on its way, and whose it is. */
interface Flight {
  sentAt: Date;
  askers: Set<Call>;
  landed: Promise<void>;
}

/**
 * Asks once for what several want at the same time: a question answers all who wanted it before it was sent. Who asks
 * later gets one of his own, for what he wants to see may have happened in between; unless an older answer will do.
 */
export function createSharedAsking(now: () => Date) {
  const calls = new Set<Call>();
  const flights = new Map<string, Flight>();

  function isFor(call: Call, { askers, sentAt }: Flight): boolean {
    return askers.has(call) || (call.maxAgeMs > 0 && call.begunAt.getTime() - sentAt.getTime() <= call.maxAgeMs);
  }

  function launch(ids: readonly string[], ask: Ask): Promise<void> {
    const land = async (): Promise<void> => {
      try {
        for (const id of await ask(ids)) for (const call of flight.askers) call.open.delete(id);
      } finally {
        for (const id of ids) if (flights.get(id) === flight) flights.delete(id);
      }
    };
    const flight: Flight = { sentAt: now(), askers: new Set(calls), landed: Promise.resolve().then(land) };
    for (const id of ids) flights.set(id, flight);
    return flight.landed;
  }

  /** Makes him an asker of the questions that are on their way and will do; `own` are the open ids without one. */
  function join(call: Call, ids: readonly string[]): { own: string[]; landings: Set<Promise<void>> } {
    const own: string[] = [];
    const landings = new Set<Promise<void>>();
    for (const id of ids.filter((wanted) => call.open.has(wanted))) {
      const flight = flights.get(id);
      if (!flight || !isFor(call, flight)) {
        own.push(id);
        continue;
      }
      flight.askers.add(call);
      landings.add(flight.landed);
    }
    return { own, landings };
  }

  return {
    begin(maxAgeMs: number): Call {
      const call: Call = { begunAt: now(), maxAgeMs, open: new Set() };
      calls.add(call);
      return call;
    },

    /** Nothing that still waits is asked for him any more. */
    end(call: Call): void {
      calls.delete(call);
      call.open.clear();
    },

    /** What is being asked for the id will do for nobody else from now on. */
    renew(id: string): void {
      flights.delete(id);
    },

    /** Asks for those of the ids that are open, in turn, but for whom somebody asks already; waits for all of them. */
    async share(call: Call, ids: readonly string[], inTurn: (work: () => Promise<void>) => Promise<void>, ask: Ask) {
      const { own, landings } = join(call, ids);
      const askOwn = async (): Promise<void> => {
        // Others may have asked for them while he waited for his turn.
        const left = join(call, own);
        if (left.own.length > 0) left.landings.add(launch(left.own, ask));
        await Promise.all(left.landings);
      };
      if (own.length > 0) landings.add(inTurn(askOwn));
      await Promise.all(landings);
    },
  };
}
