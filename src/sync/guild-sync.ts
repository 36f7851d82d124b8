import type { Logger } from 'pino';
import { bothAgreed } from '../core/agreement.ts';
import { isAttended, maySync } from '../core/occasion.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import { UNREADABLE, type GuildRunRequest } from './guild-run.ts';
import type { Health } from './health.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { stronger } from './member-sync.ts';
import { rolesWith } from './narrow.ts';
import { openRun, type OpenRun, type OpenRunParts } from './open-run.ts';
import { emptyProgress, SWITCHED_OFF, UNREACHABLE, type Cause, type RunProgress } from './results.ts';
import type { LoadRules } from './rules.ts';
import type { Running } from './running.ts';

export interface GuildSyncParts extends OpenRunParts {
  settings: Pick<GuildStore, 'find' | 'noteFullSync'>;
  grants: Pick<GrantStore, 'hasAny'>;
  loadRules: LoadRules;
  health: Pick<Health, 'isPaused'>;
  running: Running;
  runGuild(request: GuildRunRequest): Promise<RunProgress>;
  log: Logger;
  signal: AbortSignal;
}

interface Request {
  cause: Cause;
  run: OpenRun;
  listeners: ((progress: RunProgress) => void)[];
}

/** How a guild sync differs from one that looks at every role, of which nobody knows before it begins. */
export interface GuildSyncOptions {
  onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Only the role of this mapping, and those that compete with it. */
  mappingId?: string | null;
  /** A run that goes on, or has its turn now. */
  run?: OpenRun;
}

/** A guild sync that waits for its turn, or has begun. */
export interface BegunGuildSync {
  runId: string;
  /** It waited already, because somebody else had asked. */
  isJoined: boolean;
  done: Promise<RunProgress>;
}

/** The syncs of whole guilds: one at a time in a guild; who asks while one waits joins it. */
export function createGuildSync(parts: GuildSyncParts) {
  const { loadRules, running, signal } = parts;

  async function sync(key: string, { cause, listeners, run }: Request): Promise<RunProgress> {
    const [guildId = '', mappingId = null] = key.split(':');
    const loaded = await loadRules(guildId);
    if (!loaded) return notRun(UNREACHABLE);
    if (!maySync(loaded.settings, cause.trigger)) return notRun(SWITCHED_OFF);
    if (parts.health.isPaused(guildId) && !isAttended(cause.trigger)) return notRun(PAUSED);
    const only = mappingId === null ? null : rolesWith(loaded.rules.mappings, mappingId);
    if (only?.size === 0) return notRun(MAPPING_OFF);
    const isIdle = loaded.rules.mappings.length === 0 && loaded.rules.nicknameTemplate === '';
    if (isIdle && !run.isReopened && !(await parts.grants.hasAny(guildId))) {
      await parts.settings.noteFullSync(guildId, parts.now());
      return { ...emptyProgress(), status: 'completed' };
    }
    return running.during(guildId, run.id, (keep, ends) => {
      const tell = (progress: RunProgress): void => {
        keep(progress);
        for (const listener of listeners) listener(progress);
      };
      return parts.runGuild({ loaded, only, run, cause, tell, signal: ends, isStopping: () => signal.aborted });
    });
  }

  const runs = createKeyedQueue<Request, RunProgress>({
    // Those of one guild take turns.
    turnOf: (key) => key.split(':')[0] ?? key,
    async run(key, request) {
      try {
        const progress = await sync(key, request);
        // What could not run says so, where somebody knows of it.
        if (progress.runId === null && !request.run.isReopened) await request.run.end(progress.status, progress);
        return progress;
      } catch (error) {
        if (!signal.aborted) await request.run.end('failed', notRun(UNREADABLE));
        throw error;
      }
    },
    merge: (waiting, added) => ({
      cause: causeOfBoth(waiting, added),
      run: added.run.isReopened && !waiting.run.isAnnounced ? added.run : waiting.run,
      listeners: [...waiting.listeners, ...added.listeners],
    }),
  });

  function ask(guildId: string, cause: Cause, { onProgress, mappingId = null, run: given }: GuildSyncOptions) {
    const key = mappingId === null ? guildId : `${guildId}:${mappingId}`;
    const waiting = runs.waiting(key);
    const subject =
      mappingId === null
        ? ({ type: 'guild', guildId, targetId: guildId } as const)
        : ({ type: 'mapping', guildId, targetId: mappingId } as const);
    const run = given ?? waiting?.run ?? openRun(parts, subject, cause);
    const listeners = onProgress ? [onProgress] : [];
    return { run, isJoined: waiting !== null, key, request: { cause, run, listeners } };
  }

  return {
    async guild(guildId: string, cause: Cause, options: GuildSyncOptions = {}): Promise<RunProgress> {
      const settings = await parts.settings.find(guildId);
      if (settings && !maySync(settings, cause.trigger)) return notRun(SWITCHED_OFF);
      const { key, request } = ask(guildId, cause, options);
      return runs.ask(key, request);
    },

    /** The same, and its run is known at once: it is stored before it begins. */
    async begin(guildId: string, cause: Cause, options: GuildSyncOptions = {}): Promise<BegunGuildSync> {
      const { key, request, run, isJoined } = ask(guildId, cause, options);
      const announced = run.announce();
      const done = runs.ask(key, request);
      // Whoever waits for it hears of it; nobody need.
      done.catch((err: unknown) => {
        if (!signal.aborted) parts.log.error({ err, guildId, runId: run.id }, 'guild sync failed');
      });
      await announced;
      return { runId: run.id, isJoined, done };
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

const MAPPING_OFF = 'This mapping is switched off, or it is no more.';
const PAUSED =
  'Discord refuses what Rolewright writes here, so it has paused. It tries again by itself; the doctor tells what to mend.';

function notRun(why: string): RunProgress {
  return { ...emptyProgress(), status: 'failed', errors: [why] };
}
