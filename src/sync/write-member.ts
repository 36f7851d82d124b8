import type { Member } from '../core/guild.ts';
import { ledgerSteps } from '../core/ledger.ts';
import type { MemberPlan } from '../core/plan.ts';
import { planWrite, type Write } from '../core/write.ts';
import type { GrantStore } from '../db/grant-store.ts';
import { auditReason, isRefused } from './answers.ts';
import type { Decision } from './decide.ts';
import type { Health } from './health.ts';
import type { Slot } from './lanes.ts';
import type { OpenRun } from './open-run.ts';
import type { RoleWriter, WriteAnswer } from './ports.ts';
import type { Watch, Witness } from './witness.ts';

/** What came of a write. */
export interface Written {
  answer: WriteAnswer;
  /** An event showed it, or there was nothing to write. */
  isSeen: boolean;
  /** The whole list that was sent and may have been taken; null: none was. */
  written: ReadonlySet<string> | null;
}

export interface WriteMemberParts {
  writer: RoleWriter;
  grants: Pick<GrantStore, 'saveNamed' | 'forget' | 'renew'>;
  health: Pick<Health, 'heard'>;
  witness: Pick<Witness, 'watch' | 'endLate'>;
  now: () => Date;
  /** How long to wait for the event that shows a write; then the member is read. */
  seenWithinMs: number;
  signal: AbortSignal;
}

/**
 * Writes a plan with the ledger before and after; tells what Discord said, and whether it was seen done. Ends the slot
 * when Discord has answered. Throws MappingEnded before anything is written.
 */
export function createWriteMember(parts: WriteMemberParts) {
  async function send(guildId: string, discordId: string, call: Write, reason: string): Promise<WriteAnswer> {
    switch (call.call) {
      case 'none':
        return { outcome: 'applied' };
      case 'put':
        return parts.writer.addRole(guildId, discordId, call.roleId, reason);
      case 'delete':
        return parts.writer.removeRole(guildId, discordId, call.roleId, reason);
      case 'patch': {
        const { roleIds, nick } = call;
        const change = { ...(roleIds && { roleIds }), ...(nick !== null && { nick }) };
        return parts.writer.editMember(guildId, discordId, change, reason);
      }
    }
  }

  return async function writeMember(
    run: OpenRun,
    { view, rules }: Decision,
    plan: MemberPlan,
    slot: Slot | null,
    whole: Watch,
  ): Promise<Written> {
    const guildId = rules.guild.id;
    const { signal, seenWithinMs: withinMs } = parts;
    const { discordId } = view.member;
    const wanted = planWrite(plan, view.member.roleIds, slot?.bucket === 'member' ? 'member' : 'role');
    const steps = ledgerSteps(guildId, view, plan, run.id, parts.now());
    const ended = steps.before.save.length > 0 ? await parts.grants.saveNamed(steps.before.save) : [];
    if (ended.length > 0) throw new MappingEnded();
    if (steps.before.forget.length > 0) await parts.grants.forget(guildId, discordId, steps.before.forget);
    if (wanted.call !== 'none') {
      await run.attempt(plan.changes.map((change) => ({ ...change, discordId })));
      parts.witness.endLate(guildId, discordId);
    }
    if (wanted.call === 'patch' && wanted.roleIds) whole.sends(view.member, new Set(wanted.roleIds));
    const watch = parts.witness.watch(guildId, discordId);
    try {
      const answer = await send(guildId, discordId, wanted, auditReason(plan, run.id));
      slot?.end(wanted.call !== 'none');
      // A name that is refused tells nothing of the guild.
      const tells = wanted.call !== 'none' && (plan.nick === null || !isRefused(answer));
      if (slot) parts.health.heard(guildId, tells ? answer : null);
      const shows = ({ roleIds, nick }: Member) =>
        plan.changes.every(({ action, roleId }) => roleIds.has(roleId) === (action === 'add')) &&
        (plan.nick === null || nick === plan.nick);
      const isSeen =
        answer.outcome === 'applied' && (wanted.call === 'none' || (await watch.sees(shows, { withinMs, signal })));
      if (isSeen && steps.ifApplied.renew.length > 0) await parts.grants.renew(steps.ifApplied.renew);
      const forget = isSeen ? steps.ifApplied.forget : isRefused(answer) ? steps.ifRefused.forget : [];
      if (forget.length > 0) await parts.grants.forget(guildId, discordId, forget);
      // Whether or not the list was seen: what it may have wiped out is to be looked for.
      const list = !isRefused(answer) && wanted.call === 'patch' && wanted.roleIds ? new Set(wanted.roleIds) : null;
      return { answer, isSeen, written: list };
    } finally {
      watch.end();
    }
  };
}

export type WriteMember = ReturnType<typeof createWriteMember>;

/** A mapping ended between the decision and its first note: nothing is written, and it is decided again. */
export class MappingEnded extends Error {
  constructor() {
    super('a mapping ended while its role was about to be given');
  }
}
