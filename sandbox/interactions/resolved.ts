import { attachmentPayload } from '../message-payload.ts';
import { bareMemberPayload, resolvedChannelPayload, rolePayload, userPayload } from '../payloads.ts';
import { guildPermissions } from '../permissions.ts';
import type { Guild, Member } from '../records.ts';
import type { World } from '../world.ts';

export type Resolvable = 'user' | 'role' | 'channel' | 'mentionable' | 'attachment';

interface Resolved {
  users?: Record<string, object>;
  members?: Record<string, object>;
  roles?: Record<string, object>;
  channels?: Record<string, object>;
  attachments?: Record<string, object>;
}

/** Collects what the ids of an interaction stand for; refuses ids that a client could not have picked. */
export function createResolver(world: World, guild: Guild | null, invoker: Member | null) {
  const resolved: Resolved = {};

  function resolveUser(id: string): boolean {
    const user = world.users.get(id);
    if (!user) return false;
    (resolved.users ??= {})[id] = userPayload(user);
    const member = guild?.members.get(id);
    if (guild && member) {
      const permissions = guildPermissions(guild, member, world.now()).toString();
      (resolved.members ??= {})[id] = { ...bareMemberPayload(member), permissions };
    }
    return true;
  }

  function resolveRole(id: string): boolean {
    const role = guild?.roles.get(id);
    if (role) (resolved.roles ??= {})[id] = rolePayload(role);
    return role !== undefined;
  }

  function resolveChannel(id: string): boolean {
    const channel = guild?.channels.get(id);
    if (!guild || !invoker || !channel) return false;
    (resolved.channels ??= {})[id] = resolvedChannelPayload(guild, invoker, channel, world.now());
    return true;
  }

  function resolveAttachment(id: string): boolean {
    const attachment = world.attachments.get(id);
    if (attachment) (resolved.attachments ??= {})[id] = attachmentPayload(world, attachment);
    return attachment !== undefined;
  }

  const by: Record<Resolvable, (id: string) => boolean> = {
    user: resolveUser,
    role: resolveRole,
    channel: resolveChannel,
    mentionable: (id) => resolveUser(id) || resolveRole(id),
    attachment: resolveAttachment,
  };

  return {
    add(kind: Resolvable, id: string): void {
      if (!by[kind](id)) throw new Error(`no ${kind} ${id} to pick here`);
    },
    /** The `resolved` field, or nothing if nothing was picked. */
    field: () => (Object.keys(resolved).length > 0 ? { resolved } : {}),
  };
}

export type Resolver = ReturnType<typeof createResolver>;
