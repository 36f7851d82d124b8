import type { z } from 'zod';
import { readInWords } from '../words-of-issues.ts';

/** One thing that is wrong: where (`body.conditions.groups.0`, `query.page`), and in words. */
export interface InputIssue {
  path: string;
  message: string;
}

/** The request's parameters or its body are not as the document says: 422 with every issue. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super('Some fields are not right; see errors.');
    this.issues = issues;
  }
}

/** So many are told at most: a body can be wrong in ten thousand places. */
const MOST = 20;
const LONGEST_PATH = 200;

/** What the schema makes of a part of the request. Throws InvalidInput. */
export function readInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  part: 'path' | 'query' | 'body',
): z.output<S> {
  const read = readInWords(schema, value);
  if ('data' in read) return read.data;
  throw new InvalidInput(
    read.complaints.slice(0, MOST).map(({ path, message }) => ({
      path: [part, ...path].join('.').slice(0, LONGEST_PATH),
      message,
    })),
  );
}
