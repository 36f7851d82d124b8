import express from 'express';
import { serve } from './child-process.ts';

/** The least that an Express server can be: it answers what it was given. */
const actions = {
  start: (body: unknown): Promise<number> =>
    new Promise((resolve) => {
      const app = express();
      app.get('/answer', (_req, res) => {
        res.json(body);
      });
      const server = app.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    }),
};

export type BareServerActions = typeof actions;

serve(actions);
