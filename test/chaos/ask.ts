import type { Author } from '../../src/sync/mapping-checks.ts';
import type { MappingDraft } from '../../src/sync/mapping-drafts.ts';
import type { Engine } from './engine.ts';
import type { Scene } from './scene.ts';
import type { Draft, Edit, Op } from './schedule.ts';
import type { Stage } from './stage.ts';

/** What goes through Rolewright itself. */
export type Asked = Exclude<
  Op,
  {
    do: 'join' | 'leave' | 'screen' | 'give' | 'take' | 'source_fact' | 'source_mood' | 'bot_role' | 'kill' | 'weather';
  }
>;

/** A person asks for it in Discord or over the API; who gets no answer because the process died asks again. */
export function ask(stage: Stage, op: Asked, discordId: string): void {
  const { engine, stores, scene, unanswered } = stage;
  if (!engine) return;
  const mine = Symbol(op.do);
  const found = 'which' in op ? stores.mappings.ofGuild(scene.guildId) : Promise.resolve([]);
  const tryOnce = async (now: Engine): Promise<unknown> =>
    answer(stage, now, op, discordId, 'which' in op ? (await found)[op.which]?.id : undefined);
  const send = (now: Engine): void =>
    void tryOnce(now)
      .catch((error: unknown) => stage.fail(op.do, error))
      .finally(() => unanswered.delete(mine));
  unanswered.set(mine, () => {
    unanswered.delete(mine);
    if (stage.engine) send(stage.engine);
  });
  send(engine);
}

async function answer(
  stage: Stage,
  engine: Engine,
  op: Asked,
  discordId: string,
  mappingId: string | undefined,
): Promise<unknown> {
  const { scene, clock, stores } = stage;
  const { guildId } = scene;
  const owner: Author = { discordId: scene.ownerId, roleIds: [] };
  const options = { confirmDangerous: true, isConfirmed: true, roles: 'remove' as const };
  switch (op.do) {
    case 'link':
      return engine.link(discordId, `account${'who' in op ? op.who : 0}`);
    case 'unlink':
      return engine.unlink(discordId);
    case 'group_add': {
      const expiresAt = op.endsInMs === null ? {} : { expiresAt: new Date(clock.now() + op.endsInMs) };
      const group = await engine.groups.find(guildId, op.group);
      return engine.groups.addDiscordUser(group, discordId, { ...expiresAt, editor: owner });
    }
    case 'group_remove':
      return engine.groups.removeDiscordUser(await engine.groups.find(guildId, op.group), discordId, owner);
    case 'map':
      return engine.mappings.create(guildId, owner, draftOf(scene, op.draft), options);
    case 'map_edit':
      return mappingId && engine.mappings.edit(guildId, owner, mappingId, editOf(op.edit), options);
    case 'map_switch':
      if (!op.isActive) await noteDecision(stage, mappingId, op.roles);
      return (
        mappingId &&
        engine.mappings.edit(guildId, owner, mappingId, { isActive: op.isActive }, { ...options, roles: op.roles })
      );
    case 'map_remove':
      await noteDecision(stage, mappingId, op.roles);
      return mappingId && engine.mappings.remove(guildId, owner, [mappingId], { ...options, roles: op.roles });
    case 'settings': {
      const { hasBypass, ...patch } = op.patch;
      const bypass = hasBypass === undefined ? {} : { bypassRoleId: hasBypass ? scene.role('P') : null };
      return stores.settings.update(guildId, { ...patch, ...bypass }, clock.date());
    }
    case 'reconnect':
      return engine.reconnect();
    case 'ask_member':
      return engine.sync.member(guildId, discordId, {
        trigger: 'manual',
        actor: scene.ownerId,
        isConfirmed: op.isConfirmed,
      });
    case 'ask_guild':
      return engine.sync.guild(guildId, { trigger: 'manual', actor: scene.ownerId });
    case 'decide':
      return decideHeld(stage, engine, op.isApproved);
    case 'undo': {
      const ended = (await stores.runs.recent(guildId, 5)).find(({ status }) => status === 'completed');
      return ended && engine.sync.runs.undo(guildId, ended.id, { discordId: scene.ownerId, roleIds: [] });
    }
  }
}

async function noteDecision(
  { stores, history, clock }: Stage,
  mappingId: string | undefined,
  roles: 'remove' | 'keep',
): Promise<void> {
  const mapping = mappingId === undefined ? null : await stores.mappings.find(mappingId);
  if (mapping?.isActive) history.decisions.push({ at: clock.now(), roleId: mapping.roleId, roles });
}

/** An admin presses Approve or Discard under what is held. */
export async function decideHeld({ scene }: Stage, { sync }: Engine, isApproved: boolean): Promise<unknown> {
  const { guildId, ownerId } = scene;
  const held = await sync.runs.held(guildId);
  if (!held) return undefined;
  return isApproved
    ? sync.runs.approve(guildId, held.run.id, { discordId: ownerId, roleIds: [] })
    : sync.runs.discard(guildId, held.run.id, { discordId: ownerId, roleIds: [] });
}

function draftOf(scene: Scene, { role, group, more, excluded, requireAll, ...rest }: Draft): MappingDraft {
  const conditions = { requireAll, groups: more, excludedGroups: excluded };
  return { ...rest, roleId: scene.role(role), groupId: group, conditions };
}

function editOf({ group, more, excluded, requireAll, ...rest }: Edit) {
  const conditions = {
    ...(more && { groups: more }),
    ...(excluded && { excludedGroups: excluded }),
    ...(requireAll !== undefined && { requireAll }),
  };
  return { ...rest, ...(group !== undefined && { groupId: group }), conditions };
}
