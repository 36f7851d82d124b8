import type { Json } from './json.ts';
import { ChannelType, PermissionFlagsBits as Bits } from 'discord-api-types/v10';
import { z } from 'zod';
import { findComponent, pressData, selectData } from './interactions/components.ts';
import { createHandle, type Continue, type InteractionHandle } from './interactions/handle.ts';
import { modalData } from './interactions/modal.ts';
import { findPath, sentOptions, type GivenOptions } from './interactions/options.ts';
import { interactionPayload, type Scene } from './interactions/payload.ts';
import {
  createInteractionBook,
  isEphemeral,
  type InteractionRecord,
  type NewInteraction,
} from './interactions/record.ts';
import { createResolver } from './interactions/resolved.ts';
import { guildPermissions } from './permissions.ts';
import type { Application, Channel, Command, Guild, Member, Message } from './records.ts';
import type { World } from './world.ts';
import { must } from './world/state.ts';

export type Interactions = ReturnType<typeof createInteractions>;

const textChannel: number = ChannelType.GuildText;
const choicesSchema = z.array(z.object({ name: z.string(), value: z.union([z.string(), z.number()]) }));

export interface Invocation {
  userId: string;
  /** Absent: in the direct messages with the bot. */
  guildId?: string;
  /** Default: the guild's first text channel. */
  channelId?: string;
  /** Default: the first one in the guild that has the command. */
  applicationId?: string;
  /** What is typed: `why`, or `sync user`. */
  command: string;
}

export interface SlashInvocation extends Invocation {
  /** By name; users, roles, channels and attachments by id. */
  options?: GivenOptions;
}

export interface ComponentUse {
  userId: string;
  message: Message;
  /** Custom id, or the label of a button. */
  component: string;
}

/** People at their keyboards: they type commands, press buttons, pick, fill in modals. */
export function createInteractions(world: World) {
  const book = createInteractionBook(world);

  function send(given: NewInteraction, scene: Scene, data: Json): InteractionHandle {
    const record = book.open(given);
    const target = { applicationId: given.application.id, ...(given.guildId !== null && { guildId: given.guildId }) };
    world.publish('INTERACTION_CREATE', target, () => interactionPayload(world, record, scene, data));
    return createHandle(record, book, next);
  }

  function stage({
    userId,
    guildId,
    channelId,
    applicationId,
  }: Omit<Invocation, 'command'> & { applicationId: string }): Scene & { application: Application } {
    const application = must(world.applications.get(applicationId), `application ${applicationId}`);
    if (guildId === undefined) {
      return { application, guild: null, member: null, channel: world.openDm(application.botId, userId) };
    }
    const guild = must(world.guilds.get(guildId), `guild ${guildId}`);
    const member = must(guild.members.get(userId), `member ${userId}`);
    if (!guild.members.has(application.botId)) throw new Error(`${application.name} is not in ${guild.name}`);
    return { application, guild, member, channel: channelIn(guild, channelId) };
  }

  function invoke(type: 2 | 4, invocation: SlashInvocation, focused?: string): InteractionHandle {
    const [name = '', ...words] = invocation.command.split(' ');
    const scene = stage({ ...invocation, applicationId: applicationFor(world, invocation, 1, name) });
    const command = findCommand(scene, 1, name);
    demandUse(world, command, scene);
    const path = findPath(command, words);
    const resolver = createResolver(world, scene.guild, scene.member);
    const options = sentOptions(command, path, invocation.options ?? {}, resolver, focused);
    const data = { ...commandData(command), options, ...resolver.field() };
    return send(opened(type, invocation.userId, scene, invocation.command), scene, data);
  }

  function component(use: ComponentUse, dataOf: (found: Json, scene: Scene) => Json): InteractionHandle {
    const { message, userId } = use;
    const application = must(world.applications.get(message.applicationId ?? ''), 'application behind the message');
    const guildId = message.guildId === null ? {} : { guildId: message.guildId };
    const scene = stage({ userId, channelId: message.channelId, applicationId: application.id, ...guildId });
    if (isEphemeral(message) && message.interaction?.userId !== userId)
      throw new Error('nobody else sees an ephemeral message');
    const data = dataOf(findComponent(message, use.component), scene);
    return send(opened(3, userId, scene, null, message), scene, data);
  }

  const click = (use: ComponentUse) => component(use, pressData);
  const select = (use: ComponentUse, values: readonly string[]) =>
    component(use, (found, { guild, member }) => selectData(found, values, createResolver(world, guild, member)));

  const next: Continue = {
    click: (_record, message, wanted, userId) => click({ message, component: wanted, userId }),
    select: (_record, message, wanted, values, userId) => select({ message, component: wanted, userId }, values),
    submit(record, modal, values) {
      const { userId, guildId, channelId, application, source } = record;
      const scene = stage({ userId, channelId, applicationId: application.id, ...(guildId !== null && { guildId }) });
      return send(opened(5, userId, scene, null, source), scene, modalData(modal, values));
    },
  };

  return {
    book,

    /** Types a slash command. Throws where Discord's client would not let him send it. */
    slash: (invocation: SlashInvocation): InteractionHandle => invoke(2, invocation),

    /** Types into an option; the choices the bot offers. */
    async autocomplete(
      invocation: SlashInvocation & { focused: string },
    ): Promise<{ name: string; value: string | number }[]> {
      const { data } = await invoke(4, invocation, invocation.focused).response();
      return choicesSchema.parse(data['choices']);
    },

    /** Picks a command from the menu on a user. */
    userMenu(invocation: Invocation & { targetId: string }): InteractionHandle {
      const applicationId = applicationFor(world, invocation, 2, invocation.command);
      const scene = stage({ ...invocation, applicationId });
      const command = findCommand(scene, 2, invocation.command);
      demandUse(world, command, scene);
      const resolver = createResolver(world, scene.guild, scene.member);
      resolver.add('user', invocation.targetId);
      const data = { ...commandData(command), target_id: invocation.targetId, ...resolver.field() };
      return send(opened(2, invocation.userId, scene, invocation.command), scene, data);
    },

    /** Presses a button on any message: one in a channel, or one of a handle. */
    click,

    /** Picks in a select on any message. */
    select,

    /** Every interaction so far. */
    all: (): InteractionRecord[] => book.all(),

    close: (): void => book.close(),
  };
}

function opened(
  type: InteractionRecord['type'],
  userId: string,
  { application, guild, channel }: Scene & { application: Application },
  name: string | null,
  source: Message | null = null,
): NewInteraction {
  return { type, application, userId, guildId: guild?.id ?? null, channelId: channel.id, name, source };
}

function commandData(command: Command): Json {
  const { id, name, type, guildId } = command;
  return { id, name, type, ...(guildId !== null && { guild_id: guildId }) };
}

/** The application that is meant where none is named. */
function applicationFor(
  { applications, guilds }: World,
  { applicationId, guildId }: Invocation,
  type: number,
  name: string,
): string {
  if (applicationId !== undefined) return applicationId;
  const guild = guilds.get(guildId ?? '');
  const isHere = ({ botId }: Application) => guild === undefined || guild.members.has(botId);
  const present = [...applications.values()].filter(isHere);
  const owner = present.find(({ commands }) =>
    [...commands.values()].some((command) => command.type === type && command.name === name),
  );
  return must(owner ?? present[0], 'application in this guild').id;
}

/** A guild's own command goes before a global one of the same name. */
function findCommand(
  { application, guild }: Scene & { application: Application },
  type: number,
  name: string,
): Command {
  const named = [...application.commands.values()].filter((command) => command.type === type && command.name === name);
  const found =
    named.find(({ guildId }) => guildId !== null && guildId === guild?.id) ??
    named.find(({ guildId }) => guildId === null);
  return must(found, `command ${name}`);
}

/** Who does not see a command cannot use it. */
function demandUse(
  world: World,
  { name, defaultMemberPermissions, contexts }: Command,
  { guild, member }: Scene,
): void {
  const context = guild ? 0 : 1;
  if (contexts && !contexts.includes(context)) throw new Error(`/${name} cannot be used here`);
  if (!guild || !member) return;
  const permissions = guildPermissions(guild, member, world.now());
  if (permissions & Bits.Administrator) return;
  const needed = defaultMemberPermissions ?? 0n;
  const isAdminOnly = defaultMemberPermissions === 0n;
  const mayUse = (permissions & Bits.UseApplicationCommands) !== 0n && (permissions & needed) === needed;
  if (isAdminOnly || !mayUse) throw new Error(`${nameOf(world, member)} may not use /${name}`);
}

/** What people in the guild call a member. */
function nameOf({ users }: World, { userId, nick }: Member): string {
  const user = users.get(userId);
  return nick ?? user?.globalName ?? user?.username ?? userId;
}

function channelIn(guild: Guild, channelId: string | undefined): Channel {
  const firstText = () => [...guild.channels.values()].find(({ type }) => type === textChannel);
  return must(channelId === undefined ? firstText() : guild.channels.get(channelId), 'channel');
}

export type { InteractionHandle } from './interactions/handle.ts';
