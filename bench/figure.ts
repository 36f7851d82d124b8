/** One line of the table. */
export interface Row {
  /** What was measured, under which conditions. */
  what: string;
  /** SPEC section 9's words; null where there is none to reach (comparisons). */
  goal: string | null;
  /** null: it could not be measured, `note` says why. */
  measured: number | null;
  unit: string;
  /** What is possible at best, from the same run; null where nothing tells. */
  best: number | null;
  isMet: boolean | null;
  /** What is counted, and what else was seen. */
  note: string;
}

/** One of SPEC section 9's figures. Its file stands in `figures/`. */
export interface Figure {
  /** As typed: `npm run bench -- <name>`. */
  name: string;
  measure(): Promise<Row[]>;
}

/** How many times the best possible it took; null where that cannot be said. */
export function ratioOf({ measured, best }: Pick<Row, 'measured' | 'best'>): number | null {
  return measured === null || best === null || best === 0 ? null : measured / best;
}

/** A line for what could not be measured. */
export function notMeasured(what: string, goal: string, note: string): Row {
  return { what, goal, measured: null, unit: '', best: null, isMet: null, note };
}
