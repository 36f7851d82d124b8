import { eq, type SQL } from 'drizzle-orm';
import { groupMemberships as memberships } from './schema.ts';

/** Whom a membership names. */
export type MemberName = { accountId: string } | { discordId: string };

export function isNamed(member: MemberName): SQL {
  return 'accountId' in member
    ? eq(memberships.accountId, member.accountId)
    : eq(memberships.discordId, member.discordId);
}

export function nameOf({ accountId, discordId }: { accountId: string | null; discordId: string | null }): MemberName[] {
  if (accountId !== null) return [{ accountId }];
  return discordId === null ? [] : [{ discordId }];
}
