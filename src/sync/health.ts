import { afterAnswer, HEALTHY, mayWrite, type Health as Breaker, type Refusal } from '../core/breaker.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { AuditChannel } from './notices.ts';
import type { WriteAnswer } from './ports.ts';

/** How Discord takes the bot's writes, guild by guild: one that refuses again and again is left alone for a while. */
export interface Health {
  /** Why nothing may be written now, in words; null: go on (a paused guild lets one write through to see). */
  refusal(guildId: string): string | null;
  /** Whether the guild is paused and its next try is not due yet. */
  isPaused(guildId: string): boolean;
  /** What Discord said to a write; null: it was not made after all. */
  heard(guildId: string, answer: WriteAnswer | null): void;
  /** Something changed that may have mended it: the next write is a try. */
  mended(guildId: string): void;
  /** Stores how the guild is at this moment. */
  note(guildId: string): Promise<void>;
}

export function createHealth({
  settings,
  audit,
  now,
  inBackground,
}: {
  settings: Pick<GuildStore, 'noteHealth'>;
  audit: AuditChannel;
  now: () => Date;
  inBackground: (work: Promise<unknown>) => void;
}): Health {
  const guilds = new Map<string, Breaker>();
  const of = (guildId: string): Breaker => guilds.get(guildId) ?? HEALTHY;

  async function note(guildId: string): Promise<string | null> {
    const health = of(guildId);
    const lastError = health.status === 'open' ? WORDS[health.why] : null;
    await settings.noteHealth(guildId, { healthStatus: lastError === null ? 'healthy' : 'paused', lastError }, now());
    return lastError;
  }

  async function announce(guildId: string): Promise<void> {
    const lastError = await note(guildId);
    await audit.tell(guildId, lastError === null ? { kind: 'resumed' } : { kind: 'paused', why: lastError });
  }

  return {
    refusal(guildId) {
      const before = of(guildId);
      const { health, may } = mayWrite(before, now());
      guilds.set(guildId, health);
      return may || before.status === 'closed' ? null : `${WORDS[before.why]} ${LATER}`;
    },

    isPaused(guildId) {
      return !mayWrite(of(guildId), now()).may;
    },

    heard(guildId, answer) {
      const before = of(guildId);
      const { health, transition } = afterAnswer(before, answer ? kindOf(answer) : 'nothing', now());
      guilds.set(guildId, health);
      if (transition !== null) inBackground(announce(guildId));
    },

    mended(guildId) {
      const health = of(guildId);
      if (health.status === 'open') guilds.set(guildId, { ...health, probeAt: now() });
    },

    note: async (guildId) => void (await note(guildId)),
  };
}

function kindOf({ outcome }: WriteAnswer): Refusal | 'ok' | 'nothing' {
  switch (outcome) {
    case 'applied':
      return 'ok';
    case 'forbidden':
    case 'guild_gone':
    case 'unauthorized':
      return outcome;
    case 'member_left':
    case 'role_gone':
    case 'failed':
      return 'nothing';
  }
}

const WORDS: Readonly<Record<Refusal, string>> = {
  forbidden:
    'Discord refuses what Rolewright wants to write here. Its role needs Manage Roles and has to stand above the mapped roles; the doctor tells which.',
  guild_gone: 'Discord says that Rolewright is not in this server any more. Invite it again.',
  unauthorized:
    "Discord does not accept the bot token. Whoever runs Rolewright has to renew it; if this server has a bot of its own, an admin has to set that one's token anew.",
};

const LATER = 'Rolewright has paused its changes here and tries again by itself.';
