import type { Request } from 'express';
import { z } from 'zod';
import type { LocalDiscord } from '../discord.ts';

/** The running Discord, as the control port drives it. */
export type Driven = Omit<LocalDiscord, 'controlUrl' | 'close'>;

/** A wish that cannot be granted, in words for whoever wrote the test. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}

export const snowflake = z.string().regex(/^\d{17,19}$/, 'must be an id of 17 to 19 digits');

/** A permission bit set: a number, or its digits as text. */
export const bits = z.union([z.string().regex(/^\d+$/), z.int().min(0)]).transform(BigInt);

/** The JSON body, checked. Anything unexpected in it is an error as well. */
export function bodyOf<Shape extends z.ZodRawShape>(request: Request, shape: Shape): z.output<z.ZodObject<Shape>> {
  return z.strictObject(shape).parse(request.body ?? {});
}

/** The query, checked. */
export function queryOf<Shape extends z.ZodRawShape>(request: Request, shape: Shape): z.output<z.ZodObject<Shape>> {
  return z.strictObject(shape).parse(request.query);
}

/** Without the keys that were not given: zod leaves them as undefined. */
export function defined<T extends object>(given: T): { [Key in keyof T]: Exclude<T[Key], undefined> };
export function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
