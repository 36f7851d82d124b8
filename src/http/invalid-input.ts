import type { z } from 'zod';

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

export function issuesOf(error: z.ZodError, part: 'path' | 'query' | 'body'): InputIssue[] {
  return error.issues.slice(0, MOST).flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, MOST) : [null];
    return keys.map((key) => ({
      path: [part, ...issue.path.map(String), ...(key === null ? [] : [key])].join('.').slice(0, LONGEST_PATH),
      message: key === null ? issue.message : 'There is no such field.',
    }));
  });
}
