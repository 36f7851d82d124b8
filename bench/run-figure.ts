import { serve } from './child-process.ts';
import { figureCalled } from './figures.ts';

/** One figure in a process of its own, so that none feels what another left behind. */
const actions = {
  measure: (name: string) => figureCalled(name).measure(),
};

export type FigureActions = typeof actions;

serve(actions);
