import type { ChangeResult, MemberResult } from '../sync/results.ts';

/** What a sync did for one member in one server, in words for a page. Roles are names. */
export interface ServerSummary {
  name: string;
  given: string[];
  taken: string[];
  /** Roles that he has rightly, and had before. */
  held: string[];
  missing: { role: string; why: string }[];
  note: string | null;
}

const byItself = 'Rolewright tries again by itself.';
const askAdmin = 'An admin of the server has to mend this: /doctor tells how.';

/** The servers that the member is in and where roles are kept up to date. */
export function summarizeServers(
  results: readonly MemberResult[],
  nameOf: (guildId: string, roleId: string) => string,
): ServerSummary[] {
  return results
    .filter(({ state }) => state !== 'not_in_guild' && state !== 'disabled')
    .map((result) => summarize(result, (roleId) => nameOf(result.guildId, roleId)));
}

function summarize(result: MemberResult, nameOf: (roleId: string) => string): ServerSummary {
  const changed = (action: 'add' | 'remove') => result.changes.filter((change) => change.action === action);
  const missed = changed('add').filter((change) => !isDone(change));
  const blocked = (result.plan?.blocked ?? []).filter(({ action }) => action === 'add');
  const why = new Map([
    ...blocked.map(({ roleId }) => [roleId, askAdmin] as const),
    ...missed.map((change) => [change.roleId, reasonOf(change)] as const),
  ]);
  const touched = new Set([...why.keys(), ...changed('add').map(({ roleId }) => roleId)]);
  const desired = [...(result.plan?.verdicts.values() ?? [])].filter(({ value }) => value === 'true');
  const summary: ServerSummary = {
    name: result.guildName,
    given: changed('add')
      .filter(isDone)
      .map(({ roleId }) => nameOf(roleId)),
    taken: changed('remove')
      .filter(isDone)
      .map(({ roleId }) => nameOf(roleId)),
    held: desired.filter(({ roleId }) => !touched.has(roleId)).map(({ roleId }) => nameOf(roleId)),
    missing: [...why].map(([roleId, reason]) => ({ role: nameOf(roleId), why: reason })),
    note: null,
  };
  return { ...summary, note: noteOf(result, summary) };
}

function isDone({ outcome }: ChangeResult): boolean {
  return outcome === 'applied' || outcome === 'already';
}

function reasonOf({ outcome }: ChangeResult): string {
  if (outcome === 'forbidden' || outcome === 'role_gone' || outcome.startsWith('blocked:')) return askAdmin;
  if (outcome === 'held') return 'An admin of the server has to approve it first.';
  return byItself;
}

function noteOf({ state, plan }: MemberResult, { given, taken, held, missing }: ServerSummary): string | null {
  if (state !== 'synced') return `Your roles couldn't be set here just now. ${byItself}`;
  if (plan?.leftAlone === 'pending')
    return "Finish this server's welcome steps in Discord; your roles follow by themselves.";
  if (plan?.leftAlone) return 'The admins of this server set your roles by hand.';
  const isEmpty = [given, taken, held, missing].every((list) => list.length === 0);
  return isEmpty ? 'No role is meant for you here yet. If you expected one, ask an admin of the server.' : null;
}
