import type { Json } from '../json.ts';

/** An answer that says no, in Discord's words. */
export class DiscordError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: object | undefined;

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.name = 'DiscordError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  body(): object {
    return { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) };
  }
}

/** The messages as they stand on the wire (shorter than those of the documentation). */
const known = {
  10002: [404, 'Unknown Application'],
  10003: [404, 'Unknown Channel'],
  10004: [404, 'Unknown Guild'],
  10007: [404, 'Unknown Member'],
  10008: [404, 'Unknown Message'],
  10011: [404, 'Unknown Role'],
  10013: [404, 'Unknown User'],
  10015: [404, 'Unknown Webhook'],
  10026: [404, 'Unknown Ban'],
  10062: [404, 'Unknown interaction'],
  10063: [404, 'Unknown application command'],
  20001: [403, 'Bots cannot use this endpoint'],
  20012: [403, 'You are not authorized to perform this action on this application'],
  30001: [400, 'Maximum number of guilds reached (100)'],
  30005: [400, 'Maximum number of server roles reached (250)'],
  30032: [400, 'Maximum number of application commands reached (100)'],
  30034: [400, 'Maximum number of daily application command creates has been reached (200)'],
  40001: [403, 'Unauthorized'],
  40005: [413, 'Request entity too large'],
  40007: [403, 'The user is banned from this guild'],
  40060: [400, 'Interaction has already been acknowledged.'],
  40333: [403, 'internal network error'],
  50001: [403, 'Missing Access'],
  50005: [403, 'Cannot edit a message authored by another user'],
  50006: [400, 'Cannot send an empty message'],
  50007: [403, 'Cannot send messages to this user'],
  50013: [403, 'Missing Permissions'],
  50025: [403, 'Invalid OAuth2 access token'],
  50026: [403, 'Missing required OAuth2 scope'],
  50027: [401, 'Invalid Webhook Token'],
  50033: [400, 'Invalid Recipient(s)'],
  50028: [400, 'Invalid Role'],
  50109: [400, 'The request body contains invalid JSON.'],
  60003: [403, 'Two factor is required for this operation'],
} as const;

export function refuse(code: keyof typeof known, status?: number): DiscordError {
  const [usual, message] = known[code];
  return new DiscordError(status ?? usual, code, message);
}

export function unauthorized(): DiscordError {
  return new DiscordError(401, 0, '401: Unauthorized');
}

export function notImplemented(what: string): DiscordError {
  return new DiscordError(501, 0, `501: not implemented by the local Discord: ${what}`);
}

/** 501 for a field that would change something and is not built, rather than to pass over it in silence. */
export function refuseUnknown(body: Json, fields: readonly string[]): void {
  const asked = fields.find((field) => body[field] !== undefined && body[field] !== null);
  if (asked !== undefined) throw notImplemented(asked);
}
