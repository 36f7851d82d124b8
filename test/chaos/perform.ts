import { ask } from './ask.ts';
import type { Op } from './schedule.ts';
import { nameInHost } from './source.ts';
import type { Stage } from './stage.ts';

/** Lets one thing happen; what makes no sense now is left out. Nobody waits for what the engine makes of it. */
export function perform(stage: Stage, op: Op): void {
  const { scene, history, clock, timeline } = stage;
  history.tell(clock.now(), `op ${told(op)}`);
  const discordId = 'who' in op ? (scene.people[op.who] ?? '') : '';
  happen(stage, op, discordId);
  if (op.do !== 'kill') history.disturb(clock.now(), discordId === '' ? null : discordId, op.do);
  // What goes through the stores is noted as it is written.
  if (MATTERS.has(op.do)) timeline.note();
}

const MATTERS: ReadonlySet<string> = new Set(['source_fact', 'source_mood', 'bot_role']);

function happen(stage: Stage, op: Op, discordId: string): void {
  const { scene, host, engine } = stage;
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
      const act = op.do === 'give' ? world.giveRole : world.takeRole;
      scene.act('other', () => act(guildId, discordId, scene.role(op.role), { by: ownerId }));
      return;
    }
    case 'source_fact': {
      const account = `account${op.who}`;
      const groups = host.truth.get(account) ?? new Set();
      if (op.isIn) groups.add(nameInHost(op.group));
      else groups.delete(nameInHost(op.group));
      host.truth.set(account, groups);
      return;
    }
    case 'source_mood':
      host.mood = op.mood;
      return;
    case 'bot_role': {
      const role = world.botRole(guildId, scene.application.id);
      if (role) world.moveRole(guildId, role.id, op.isHigh ? 10 : 4);
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
      return ask(stage, op, discordId);
  }
}

function told({ do: what, ...rest }: Op): string {
  return `${what} ${JSON.stringify(rest)}`;
}
