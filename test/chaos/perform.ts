import type { Author } from '../../src/sync/mapping-checks.ts';
import type { MappingDraft } from '../../src/sync/mappings.ts';
import type { Clock } from './clock.ts';
import type { Dice } from './dice.ts';
import type { Engine } from './engine.ts';
import type { History } from './history.ts';
import type { Scene } from './scene.ts';
import type { Draft, Edit, Op } from './schedule.ts';
import type { ScriptedSource } from './source.ts';
import type { Stores } from './stores.ts';
import type { Timeline } from './timeline.ts';
import type { Wire } from './wire.ts';

/** Where a schedule is played. */
export interface Stage {
  clock: Clock;
  scene: Scene;
  history: History;
  timeline: Timeline;
  stores: Stores;
  source: ScriptedSource;
  wire: Wire;
  dice: Dice;
  deaths: number[];
  newId: () => string;
  /** null while the process is down. */
  engine: Engine | null;
  /** How long it stays down when it dies next. */
  downMs: number;
  /** The engine said no, in words. */
  fail(what: string, error: unknown): void;
}

/** Lets one thing happen; what makes no sense now is left out. Nobody waits for what the engine makes of it. */
export function perform(stage: Stage, op: Op): void {
  const { scene, history, clock, timeline } = stage;
  history.tell(clock.now(), `op ${told(op)}`);
  const discordId = 'who' in op ? (scene.people[op.who] ?? '') : '';
  happen(stage, op, discordId);
  if (op.do !== 'kill') history.disturb(clock.now(), discordId === '' ? null : discordId, op.do);
  timeline.note();
}

function happen(stage: Stage, op: Op, discordId: string): void {
  const { scene, source, engine } = stage;
  const { world, guildId, ownerId } = scene;
  const isMember = scene.isMember(discordId);
  switch (op.do) {
    case 'join':
      if (!isMember) scene.act('other', () => void world.join(guildId, discordId, { pending: op.isPending }));
      return;
    case 'leave':
      if (isMember) scene.act('other', () => world.leave(guildId, discordId));
      return;
    case 'screen':
      if (isMember) world.completeScreening(guildId, discordId);
      return;
    case 'give':
    case 'take': {
      if (!isMember) return;
      stage.wire.noteFormer(discordId, scene.rolesOf(discordId) ?? new Set());
      const act = op.do === 'give' ? world.giveRole : world.takeRole;
      scene.act('other', () => act(guildId, discordId, scene.role(op.role), { by: ownerId }));
      return;
    }
    case 'source_fact': {
      const account = `account${op.who}`;
      const groups = source.truth.get(account) ?? new Set();
      if (op.isIn) groups.add(op.group);
      else groups.delete(op.group);
      source.truth.set(account, groups);
      return;
    }
    case 'source_mood':
      source.mood = op.mood;
      return;
    case 'bot_role': {
      const role = world.botRole(guildId, scene.application.id);
      if (role) world.moveRole(guildId, role.id, op.isHigh ? 9 : 3);
      return;
    }
    case 'kill':
      stage.downMs = op.downMs;
      engine?.life.dieAt(op.atEffect, op.when);
      return;
    case 'weather':
      return;
    case 'link':
    case 'unlink':
    case 'group_add':
    case 'group_remove':
    case 'map':
    case 'map_edit':
    case 'map_switch':
    case 'map_remove':
    case 'settings':
    case 'reconnect':
    case 'ask_member':
    case 'ask_guild':
    case 'decide':
    case 'undo':
      if (engine) void ask(stage, engine, op, discordId).catch((error: unknown) => stage.fail(op.do, error));
  }
}

type Asked = Exclude<
  Op,
  {
    do: 'join' | 'leave' | 'screen' | 'give' | 'take' | 'source_fact' | 'source_mood' | 'bot_role' | 'kill' | 'weather';
  }
>;

/** What goes through Rolewright itself, as a person does it in Discord or over the API. */
async function ask(stage: Stage, engine: Engine, op: Asked, discordId: string): Promise<unknown> {
  const { scene, clock, stores } = stage;
  const { guildId } = scene;
  const owner: Author = { discordId: scene.ownerId, roleIds: [] };
  const mapping = 'which' in op ? (await stores.mappings.ofGuild(guildId))[op.which] : undefined;
  const options = { confirmDangerous: true, roles: 'remove' as const };
  switch (op.do) {
    case 'link':
      return engine.link(discordId, `account${'who' in op ? op.who : 0}`);
    case 'unlink':
      return engine.unlink(discordId);
    case 'group_add': {
      const expiresAt = op.endsInMs === null ? {} : { expiresAt: new Date(clock.now() + op.endsInMs) };
      const group = await engine.groups.find(guildId, op.group);
      return engine.groups.addDiscordUser(group, discordId, { ...expiresAt, actor: scene.ownerId });
    }
    case 'group_remove':
      return engine.groups.removeDiscordUser(await engine.groups.find(guildId, op.group), discordId, scene.ownerId);
    case 'map':
      return engine.mappings.create(guildId, owner, draftOf(scene, op.draft), true);
    case 'map_edit':
      return mapping && engine.mappings.edit(guildId, owner, mapping.id, editOf(op.edit), options);
    case 'map_switch':
      return (
        mapping &&
        engine.mappings.edit(guildId, owner, mapping.id, { isActive: op.isActive }, { ...options, roles: op.roles })
      );
    case 'map_remove':
      return mapping && engine.mappings.remove(guildId, owner, [mapping.id], op.roles);
    case 'settings': {
      const { hasBypass, ...patch } = op.patch;
      const bypass = hasBypass === undefined ? {} : { bypassRoleId: hasBypass ? scene.role('P') : null };
      return stores.settings.update(guildId, { ...patch, ...bypass }, clock.date());
    }
    case 'reconnect':
      return engine.reconnect();
    case 'ask_member':
      return engine.sync.member(guildId, discordId, { trigger: 'manual', actor: scene.ownerId });
    case 'ask_guild':
      return engine.sync.guild(guildId, { trigger: 'manual', actor: scene.ownerId });
    case 'decide':
    case 'undo':
      return undefined;
  }
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

function told({ do: what, ...rest }: Op): string {
  return `${what} ${JSON.stringify(rest)}`;
}
