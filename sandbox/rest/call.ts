import type { Json } from '../json.ts';
import type { Application, User } from '../records.ts';
import type { World } from '../world.ts';
import { unauthorized } from './errors.ts';
import { createForm } from './form.ts';
import type { UploadedFile } from './body.ts';

/** Who asks. */
export type Caller =
  | { kind: 'bot'; application: Application }
  | { kind: 'bearer'; user: User; applicationId: string; scopes: readonly string[] }
  | { kind: 'nobody' };

export interface Answer {
  status: number;
  /** Absent: no content. */
  body?: object;
  /** The change itself. A lost write answers without it. */
  apply?: () => void;
}

/** One request on its way through a route. */
export interface Call {
  readonly world: World;
  readonly caller: Caller;
  /** A segment of the path. */
  param(this: void, name: string): string;
  /** Whether the route has such a segment. */
  has(this: void, name: string): boolean;
  readonly query: URLSearchParams;
  readonly body: Json;
  readonly files: readonly UploadedFile[];
  /** X-Audit-Log-Reason, decoded. */
  readonly reason: string | null;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Who may ask at all; default: a bot. */
  readonly auth?: 'bot' | 'bearer' | 'either' | 'nobody';
  /** The OAuth2 scope a bearer token needs. */
  readonly scope?: string;
  readonly handle: (call: Call) => Answer;
}

export function json(body: object, status = 200): Answer {
  return { status, body };
}

export function noContent(apply?: () => void): Answer {
  return { status: 204, ...(apply && { apply }) };
}

/** The bot that asks. */
export function botOf({ caller }: Call): Application {
  if (caller.kind !== 'bot') throw unauthorized();
  return caller.application;
}

/** The user behind the bearer token. */
export function bearerOf({ caller }: Call): Extract<Caller, { kind: 'bearer' }> {
  if (caller.kind !== 'bearer') throw unauthorized();
  return caller;
}

/** The query's `limit`, from 1 to `max`; 50035 for what lies outside. */
export function limitOf({ query }: Call, fallback: number, max: number): number {
  const text = query.get('limit');
  if (text === null) return fallback;
  const value = Number(text);
  const form = createForm();
  if (!Number.isInteger(value)) form.fail('limit', 'NUMBER_TYPE_COERCE', `Value "${text}" is not int.`);
  else if (value < 1) form.fail('limit', 'NUMBER_TYPE_MIN', 'int value should be greater than or equal to 1.');
  else if (value > max) form.fail('limit', 'NUMBER_TYPE_MAX', `int value should be less than or equal to ${max}.`);
  form.finish();
  return value;
}

/** An id in the query, null if it is not there; 50035 for what is no number. */
export function queryId({ query }: Call, name: string): string | null {
  const text = query.get(name);
  if (text === null || /^\d{1,20}$/.test(text)) return text;
  const form = createForm();
  form.fail(name, 'NUMBER_TYPE_COERCE', `Value "${text}" is not snowflake.`);
  form.finish();
  return null;
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === 'True' || value === '1';
}
