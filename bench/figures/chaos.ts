import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { notMeasured, type Figure } from '../figure.ts';

/** Written by `npm run test:chaos`. */
const RESULT = new URL('../chaos.json', import.meta.url);
const GOAL = 10_000;

const resultSchema = z.object({
  /** When it ended, ISO 8601. */
  date: z.iso.datetime(),
  /** Random schedules that ran, each with a seed of its own. */
  schedules: z.number().int().nonnegative(),
  /** The seeds of those that did not end in the right world. */
  failing_seeds: z.array(z.number().int()),
  first_seed: z.number().int(),
  last_seed: z.number().int(),
});

const what = 'random schedules of joins, leaves, edits, faults and restarts: not converged';
const goal = `0 of ${GOAL.toLocaleString('en')}`;

/** What the chaos suite found when it last ran as a whole. */
export const chaos: Figure = {
  name: 'chaos',
  async measure() {
    const text = await readFile(RESULT, 'utf8').catch(() => null);
    if (text === null) return [notMeasured(what, goal, 'no result yet: npm run test:chaos')];
    const { date, schedules, failing_seeds: failing, first_seed, last_seed } = resultSchema.parse(JSON.parse(text));
    return [
      {
        what,
        goal,
        measured: failing.length,
        unit: '',
        best: 0,
        isMet: schedules >= GOAL && failing.length === 0,
        note: `of ${schedules.toLocaleString('en')} schedules, seeds ${first_seed} to ${last_seed}, ${date.slice(0, 10)}; again: npm run test:chaos`,
      },
    ];
  },
};
