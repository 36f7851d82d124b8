import { z } from 'zod';
import { flagFor } from './fields.ts';

/** What becomes of the roles that only the ended mapping gave. */
export const rolesGiven = z
  .enum(['remove', 'keep'])
  .default('remove')
  .meta({ description: 'What becomes of roles that only this gave.' });

/** In a query, where there is no body: a yes after a look at what it does. */
export const confirmed = flagFor('true: you know what it does, so that the blast-radius guard does not bound it.');
