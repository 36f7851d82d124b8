import type { Outcome } from '../src/sync/ports.ts';
import { OUTCOME_CHOICES, readOutcome } from './outcome-words.ts';

/** What a page of `/audit` shows; null: it does not matter. */
export interface AuditQuery {
  /** From 1. */
  page: number;
  what: 'roles' | 'configuration';
  discordId: string | null;
  roleId: string | null;
  outcome: Outcome | 'planned' | null;
  /** A run that was picked from a list is shown whole: the other filters are the list's. */
  runId: string | null;
  /** To the minute. */
  since: Date | null;
  /** The page of the list from which the run was picked; null: it was asked for as a filter. */
  listPage: number | null;
}

const MINUTE_MS = 60_000;

/** The query in at most 68 characters: what a button's id leaves room for, so that pages outlive a restart. */
export function writeQuery(query: AuditQuery): string {
  const { page, what, discordId, roleId, outcome, runId, since, listPage } = query;
  return [
    page.toString(36),
    what.charAt(0),
    shortSnowflake(discordId),
    shortSnowflake(roleId),
    outcome === null ? '' : OUTCOME_CHOICES.findIndex(({ value }) => value === outcome).toString(36),
    runId === null ? '' : Buffer.from(runId.replaceAll('-', ''), 'hex').toString('base64url'),
    since === null ? '' : Math.floor(since.getTime() / MINUTE_MS).toString(36),
    listPage?.toString(36) ?? '',
  ].join('.');
}

/** null: it is none. */
export function readQuery(text: string): AuditQuery | null {
  const [first = '', what, user = '', role = '', outcome = '', run = '', since = '', list = ''] = text.split('.');
  const page = readPage(first);
  if (page === null) return null;
  return {
    page,
    what: what === 'c' ? 'configuration' : 'roles',
    discordId: longSnowflake(user),
    roleId: longSnowflake(role),
    outcome: readOutcome(outcome === '' ? null : (OUTCOME_CHOICES[Number.parseInt(outcome, 36)]?.value ?? null)),
    runId: run === '' ? null : longUuid(run),
    since: since === '' ? null : new Date(Number.parseInt(since, 36) * MINUTE_MS),
    listPage: readPage(list),
  };
}

function readPage(text: string): number | null {
  return /^[1-9a-z][\da-z]{0,4}$/.test(text) ? Number.parseInt(text, 36) : null;
}

function shortSnowflake(id: string | null): string {
  if (id === null) return '';
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(id));
  return bytes.toString('base64url');
}

function longSnowflake(short: string): string | null {
  const bytes = Buffer.from(short, 'base64url');
  return bytes.length === 8 ? bytes.readBigUInt64BE().toString() : null;
}

function longUuid(short: string): string {
  const hex = Buffer.from(short, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
