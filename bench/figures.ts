import type { Figure } from './figure.ts';
import { apiRead } from './figures/api-read.ts';
import { changes } from './figures/changes.ts';
import { chaos } from './figures/chaos.ts';
import { coldStart } from './figures/cold-start.ts';
import { fullSync } from './figures/full-sync.ts';
import { heap } from './figures/heap.ts';
import { interactive } from './figures/interactive.ts';
import { join } from './figures/join.ts';
import { plain } from './figures/plain.ts';

/** SPEC section 9's figures in its order; last, for comparison, what others do. */
const figures: readonly Figure[] = [fullSync, changes, interactive, join, heap, apiRead, coldStart, chaos, plain];

export const figureNames: readonly string[] = figures.map(({ name }) => name);

export function figureCalled(name: string): Figure {
  const found = figures.find((figure) => figure.name === name);
  if (!found) throw new Error(`there is no figure ${name}; there are ${figureNames.join(', ')}`);
  return found;
}
