import { notMeasured, type Figure } from '../figure.ts';

/** An authenticated read of the API beside a bare Express handler. */
export const apiRead: Figure = {
  name: 'api-read',
  async measure() {
    const what = 'authenticated API read at 50 connections beside a bare Express JSON handler';
    return [notMeasured(what, '>= 0.5 x, p99 < 20 ms', 'not there yet: the API comes with issue 4')];
  },
};
