import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { z } from 'zod';
import { ratioOf, type Row } from './figure.ts';

const RESULTS = new URL('results.json', import.meta.url);

const rowSchema = z.object({
  what: z.string(),
  goal: z.string().nullable(),
  measured: z.number().nullable(),
  unit: z.string(),
  best: z.number().nullable(),
  ratio: z.number().nullable(),
  is_met: z.boolean().nullable(),
  note: z.string(),
});
const figureSchema = z.object({ date: z.iso.datetime(), node: z.string(), rows: z.array(rowSchema) });
const resultsSchema = z.record(z.string(), figureSchema);

/** Puts what was measured into bench/results.json; figures that were not measured now keep what they had. */
export async function saveResults(
  measured: ReadonlyMap<string, readonly Row[]>,
  order: readonly string[],
  now: Date,
): Promise<void> {
  const results = await readFile(RESULTS, 'utf8').then(
    (text) => resultsSchema.parse(JSON.parse(text)),
    (): z.infer<typeof resultsSchema> => ({}),
  );
  for (const [name, rows] of measured) {
    results[name] = { date: now.toISOString(), node: process.version, rows: rows.map(resultOf) };
  }
  const inOrder = Object.fromEntries(order.flatMap((name) => (results[name] ? [[name, results[name]]] : [])));
  await writeFile(RESULTS, `${JSON.stringify(inOrder, null, 2)}\n`);
}

function resultOf(row: Row): z.infer<typeof rowSchema> {
  const { what, goal, measured, unit, best, isMet, note } = row;
  return {
    what,
    goal,
    measured: rounded(measured),
    unit,
    best: rounded(best),
    ratio: rounded(ratioOf(row)),
    is_met: isMet,
    note,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1_000) / 1_000;
}
