import { z } from 'zod';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Access } from '../../identity/access.ts';
import { paging } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';
import { changeView, runBody, runView, syncId, wholeRunBody } from '../run-body.ts';
import { createRunRights } from '../run-rights.ts';

const tag = 'Syncs';
const one = '/api/discord/sync/{sync_id}';

const approval = z
  .strictObject({
    shown: z.int().min(0).optional().meta({
      description: 'How many held removals you saw. If there are more by now, nothing is approved: run_grown.',
    }),
  })
  .default({});

/** One run: GET; what people do with it: POST approve, discard, cancel, undo. */
export function runOperations({ runs, access }: { runs: App['runs']; access: Access }): Operation[] {
  const rights = createRunRights({ runs, access });
  const shared = { tag, who: 'guild_admin', params: syncId } as const;

  /** The run as it is now. */
  async function view(runId: string) {
    const { run } = await runs.look(runId);
    return runView(run, await runs.sums(run));
  }

  const at = (runId: string) => ({ Location: one.replace('{sync_id}', runId) });

  return [
    operation({
      ...shared,
      method: 'get',
      path: one,
      id: 'getSync',
      summary: 'A run, and its changes in order',
      description: 'Of a run with parts: what its parts came to together, and their changes. For operators as well.',
      problems: ['run_not_found', 'discord_unavailable'],
      query: z.strictObject(paging),
      answers: { 200: wholeRunBody },
      authorize: ({ caller, params }) => rights.see(caller, params.sync_id),
      async handle({ query: { page, limit }, allowed: run }) {
        const { changes, total } = await runs.allChanges(run.id, page, limit);
        const whole = runView(run, await runs.sums(run));
        return { status: 200, body: { ...whole, changes: changes.map(changeView), total, page, limit } };
      },
    }),
    operation({
      ...shared,
      method: 'post',
      path: `${one}/approve`,
      id: 'approveSync',
      summary: 'Make the removals that a run holds',
      description: 'The work goes on in the background. What is not wanted any more by now is left alone.',
      problems: ['run_not_found', 'run_not_held', 'run_grown', 'run_not_undoable', 'forbidden', 'discord_unavailable'],
      body: approval,
      answers: { 202: runBody },
      authorize: ({ caller, params }) => rights.decide(caller, params.sync_id),
      async handle({ params: { sync_id: runId }, body, allowed: { guildId, author } }) {
        const begun = await runs.startApproval(guildId, runId, author, { shown: body.shown });
        if (begun === 'grown') throw new AppError('run_grown', GROWN);
        return { status: 202, headers: at(runId), body: await view(runId) };
      },
    }),
    operation({
      ...shared,
      method: 'post',
      path: `${one}/discard`,
      id: 'discardSync',
      summary: 'Leave the roles that a run holds',
      description: 'They stay, and Rolewright does not ask again for a day.',
      problems: ['run_not_found', 'run_not_held', 'run_not_undoable', 'forbidden', 'discord_unavailable'],
      answers: { 200: runBody },
      authorize: ({ caller, params }) => rights.decide(caller, params.sync_id),
      async handle({ params: { sync_id: runId }, allowed: { guildId, author } }) {
        await runs.discard(guildId, runId, author);
        return { status: 200, body: await view(runId) };
      },
    }),
    operation({
      ...shared,
      method: 'post',
      path: `${one}/cancel`,
      id: 'cancelSync',
      summary: 'Stop a run',
      description: 'Writes in flight are finished, what waits never begins. What is done stays. For operators as well.',
      problems: ['run_not_found', 'run_not_running', 'discord_unavailable'],
      answers: { 200: runBody },
      authorize: ({ caller, params }) => rights.see(caller, params.sync_id),
      async handle({ caller, allowed: run }) {
        await runs.cancel(run.guildId, run.id, caller.actor);
        return { status: 200, body: await view(run.id) };
      },
    }),
    operation({
      ...shared,
      method: 'post',
      path: `${one}/undo`,
      id: 'undoSync',
      summary: 'Reverse what a run applied',
      description: 'Answers with the new run that does it, in the background. What has changed since is left alone.',
      problems: ['run_not_found', 'run_not_undoable', 'forbidden', 'bot_not_in_guild', 'discord_unavailable'],
      answers: { 202: runBody },
      authorize: ({ caller, params }) => rights.decide(caller, params.sync_id),
      async handle({ params, allowed: { guildId, author } }) {
        const { runId } = await runs.startUndo(guildId, params.sync_id, author);
        return { status: 202, headers: at(runId), body: await view(runId) };
      },
    }),
  ];
}

const GROWN = 'More removals have joined since. Look at the run once more, and say how many you saw (shown).';
