import { bothAgreed } from '../core/agreement.ts';
import { isAttended, maySync } from '../core/occasion.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { GuildRunRequest } from './guild-run.ts';
import type { Health } from './health.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { stronger } from './member-sync.ts';
import { openRun, type OpenRun, type OpenRunParts } from './open-run.ts';
import { emptyProgress, UNREACHABLE, type Cause, type RunProgress } from './results.ts';
import type { LoadRules } from './rules.ts';
import type { Running } from './running.ts';

export interface GuildSyncParts extends OpenRunParts {
  settings: Pick<GuildStore, 'find' | 'noteFullSync'>;
  grants: Pick<GrantStore, 'hasAny'>;
  loadRules: LoadRules;
  health: Pick<Health, 'isPaused'>;
  running: Running;
  runGuild(request: GuildRunRequest): Promise<RunProgress>;
  signal: AbortSignal;
}

interface Request {
  cause: Cause;
  /** A run that goes on; null: a new one. */
  run: OpenRun | null;
  listeners: ((progress: RunProgress) => void)[];
}

/** The syncs of whole guilds: one at a time in a guild; who asks while one waits joins it. */
export function createGuildSync(parts: GuildSyncParts) {
  const { loadRules, running, signal } = parts;

  const runs = createKeyedQueue<Request, RunProgress>({
    async run(guildId, { cause, listeners, run: reopened }) {
      const loaded = await loadRules(guildId);
      if (!loaded) return notRun(UNREACHABLE);
      if (!maySync(loaded.settings, cause.trigger)) return notRun(SWITCHED_OFF);
      if (parts.health.isPaused(guildId) && !isAttended(cause.trigger)) return notRun(PAUSED);
      const isIdle = loaded.rules.mappings.length === 0 && loaded.rules.nicknameTemplate === '';
      if (isIdle && !reopened && !(await parts.grants.hasAny(guildId))) {
        await parts.settings.noteFullSync(guildId, parts.now());
        return { ...emptyProgress(), status: 'completed' };
      }
      const run = reopened ?? openRun(parts, { type: 'guild', guildId, targetId: guildId }, cause);
      return running.during(guildId, run.id, (keep, ends) => {
        const tell = (progress: RunProgress): void => {
          keep(progress);
          for (const listener of listeners) listener(progress);
        };
        return parts.runGuild({ loaded, run, cause, tell, signal: ends, isStopping: () => signal.aborted });
      });
    },
    merge: (waiting, added) => ({
      cause: causeOfBoth(waiting, added),
      run: waiting.run ?? added.run,
      listeners: [...waiting.listeners, ...added.listeners],
    }),
  });

  return {
    async guild(
      guildId: string,
      cause: Cause,
      onProgress?: (progress: RunProgress) => void,
      run: OpenRun | null = null,
    ): Promise<RunProgress> {
      const settings = await parts.settings.find(guildId);
      if (settings && !maySync(settings, cause.trigger)) return notRun(SWITCHED_OFF);
      return runs.ask(guildId, { cause, run, listeners: onProgress ? [onProgress] : [] });
    },

    stop: runs.stop,
  };
}

export type GuildSync = ReturnType<typeof createGuildSync>;

/** Two who have both seen what follows have agreed to both. */
function causeOfBoth(waiting: Request, added: Request): Cause {
  const { cause } = stronger(waiting, added);
  const haveBoth = waiting.cause.isConfirmed === true && added.cause.isConfirmed === true;
  if (!haveBoth) return cause;
  return { ...cause, agreement: bothAgreed(waiting.cause.agreement ?? {}, added.cause.agreement ?? {}) };
}

const SWITCHED_OFF = 'Syncing is turned off for this server.';
const PAUSED = 'Discord refuses what Rolewright writes here, so it has paused. It tries again by itself; run /doctor.';

function notRun(why: string): RunProgress {
  return { ...emptyProgress(), status: 'failed', errors: [why] };
}
