import type { App } from '../app.ts';
import type { Run } from '../db/run-store.ts';
import { AppError } from '../errors.ts';
import type { Access } from '../identity/access.ts';
import type { Caller } from '../identity/callers.ts';
import type { Author } from '../sync/mapping-checks.ts';

/**
 * Who may do what with a run. Whoever administers all of its guilds sees it and may stop it; so may operators. What
 * gives or takes roles (approve, discard, undo) is for its guild's admins alone: it asks who could do so by hand.
 */
export function createRunRights({ runs, access }: { runs: Pick<App['runs'], 'look'>; access: Access }) {
  /** AppError run_not_found. */
  async function see(caller: Caller, runId: string): Promise<Run> {
    const { run, guildIds } = await runs.look(runId);
    if (caller.isOperator) return run;
    // Without a part it tells nothing but that it was ordered.
    const names = [caller.actor, ...caller.discordIds];
    if (guildIds.length === 0 && !names.includes(run.initiatedBy ?? '')) throw notFound();
    for (const guildId of guildIds) if (!(await access.findGuildAdmin(caller, guildId))) throw notFound();
    return run;
  }

  return {
    see,

    /** AppError run_not_found, for an operator who is no admin there as well; run_not_undoable. */
    async decide(caller: Caller, runId: string): Promise<{ guildId: string; author: Author }> {
      const { guildId } = await see(caller, runId);
      if (guildId === null) throw new AppError('run_not_undoable', HAS_PARTS);
      const author = await access.findGuildAdmin(caller, guildId);
      if (!author) throw new AppError('run_not_found', ADMINS_DECIDE);
      return { guildId, author };
    },
  };
}

function notFound(): AppError {
  return new AppError('run_not_found', 'There is no such run.');
}

const ADMINS_DECIDE = 'There is no such run of a server that you administer. Ask an admin there to decide about it.';
const HAS_PARTS = 'This run consists of parts. Take those: each of its changes tells the sync_id of its part.';
