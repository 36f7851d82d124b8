import type { Json } from '../json.ts';
import type { Application, User } from '../records.ts';
import type { World } from '../world.ts';
import { refuse, unauthorized } from './errors.ts';
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

/** A query number within bounds; Discord refuses what lies outside. */
export function limitOf({ query }: Call, fallback: number, max: number): number {
  const text = query.get('limit');
  if (text === null) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value)) throw refuse(50109);
  return Math.min(Math.max(value, 1), max);
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === 'True' || value === '1';
}
