import {
  Client,
  ComponentType,
  Events,
  InteractionResponseType,
  InteractionType,
  MessageFlags,
  Options,
  PermissionFlagsBits,
  type APIButtonComponent,
  type Interaction,
} from 'discord.js';
import { z } from 'zod';
import type { App } from '../../src/app.ts';
import type { Command } from '../../src/discord/command.ts';
import { createDispatch } from '../../src/discord/dispatch.ts';
import type { Guild } from '../../src/core/guild.ts';
import { AT } from './fake-app.ts';
import { commandData, guildPayload, memberPayload } from './wire-payloads.ts';

const APPLICATION_ID = '900000000000000009';
const CHANNEL_ID = '300000000000000003';

/** What somebody sees of one reply. */
interface Seen {
  text: string;
  embeds?: { title?: string | null | undefined; description?: string | null | undefined }[];
  buttons: { label: string; customId: string | null; url: string | null }[];
  isEphemeral: boolean;
  /** Whether anything in it could ping. */
  allowedMentions: unknown;
}

const wireMessage = z.object({
  content: z.string().nullish(),
  embeds: z.array(z.object({ title: z.string().nullish(), description: z.string().nullish() })).nullish(),
  components: z.array(z.object({ components: z.array(z.custom<APIButtonComponent>()) })).nullish(),
  flags: z.number().nullish(),
  allowed_mentions: z.unknown().optional(),
});
const wireCallback = z.object({
  type: z.enum(InteractionResponseType),
  data: wireMessage.extend({ choices: z.array(z.object({ name: z.string(), value: z.string() })).nullish() }).nullish(),
});

/** Real discord.js on a wire that keeps what people see; no gateway, no network. */
interface Conversation {
  as(person: Partial<Person>): Talk;
  /** Everything that was logged. */
  logged: { data: unknown; text: string }[];
  /** Lets so many calls to Discord pass, then answers one with this error. */
  failNext(status: number, code: number, afterCalls?: number): void;
}

interface Person {
  discordId: string;
  roleIds: string[];
  /** What Discord says he may do in the channel. */
  permissions: bigint;
  /** Moves the moment of the interaction. */
  at: Date;
}

interface Talk {
  /** Types a command, such as `group add`, and returns the reply that stands at the end. */
  run(command: string, options?: Record<string, string | number | boolean>): Promise<Seen>;
  /** Presses the button of that label; returns the message that held it, and what came besides. */
  click(seen: Seen, label: string): Promise<Seen & { besides: Seen | null }>;
  press(customId: string): Promise<Seen & { besides: Seen | null }>;
  /** Choices for one option being typed. */
  type(command: string, option: string, typed: string): Promise<{ name: string; value: string }[]>;
  /** All that was ever shown, in order. */
  shown: string[];
}

export function startConversation({
  commands,
  app,
  guild,
  autocompleteMs,
}: {
  commands: readonly Command[];
  app: App;
  guild: Guild;
  autocompleteMs?: number;
}): Conversation {
  const messages = new Map<string, Seen>();
  const messageIds = new WeakMap<Seen, string>();
  const besides = new Map<string, Seen>();
  const choices = new Map<string, { name: string; value: string }[]>();
  const logged: { data: unknown; text: string }[] = [];
  const shown: string[] = [];
  const failures: ({ status: number; code: number } | null)[] = [];

  function show(token: string, body: unknown): void {
    const { content, embeds, components, flags, allowed_mentions: allowedMentions } = wireMessage.parse(body);
    const before = messages.get(token);
    const text = [content ?? '', ...(embeds ?? []).map(({ description }) => description ?? '')].join('');
    const seen: Seen = {
      text,
      embeds: embeds ?? [],
      buttons: (components ?? []).flatMap((row) => row.components).map(seeButton),
      isEphemeral: before?.isEphemeral ?? ((flags ?? 0) & MessageFlags.Ephemeral) !== 0,
      allowedMentions,
    };
    if (before) Object.assign(before, seen);
    else messages.set(token, seen);
    if (text !== '') shown.push(text);
  }

  /** Discord's side of the few routes that an interaction uses. */
  async function answer(url: string, body: unknown): Promise<Response> {
    const failure = failures.shift();
    if (failure) return Response.json({ message: 'no', code: failure.code }, { status: failure.status });
    const path = new URL(url).pathname;
    const token = /\/(?:interactions\/\d+|webhooks\/\d+)\/([^/]+)/.exec(path)?.[1] ?? '';
    if (path.endsWith('/callback')) {
      const { type, data } = wireCallback.parse(body);
      if (type === InteractionResponseType.ApplicationCommandAutocompleteResult)
        choices.set(token, data?.choices ?? []);
      else if (type !== InteractionResponseType.DeferredMessageUpdate) show(token, data ?? {});
      return new Response(null, { status: 204 });
    }
    if (path.includes('/messages/')) show(token, body);
    else besides.set(token, seeBeside(body));
    return Response.json({ id: '1', channel_id: CHANNEL_ID, attachments: [], embeds: [], content: '' });
  }

  const client = new Client({
    intents: [],
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({ MessageManager: 0, UserManager: 0, GuildMemberManager: 0 }),
    rest: {
      retries: 0,
      makeRequest: async (url, { body }) => answer(url, typeof body === 'string' ? JSON.parse(body) : {}),
    },
  });
  const log = (data: unknown, text?: string) => void logged.push({ data, text: text ?? '' });
  const dispatch = createDispatch({
    commands,
    app,
    log: { error: log, warn: log },
    ...(autocompleteMs ? { autocompleteMs } : {}),
  });
  let handled: Promise<void> = Promise.resolve();
  client.on(Events.InteractionCreate, (interaction: Interaction) => {
    handled = dispatch(interaction);
  });
  knock(client.guilds, '_add', guildPayload(guild));

  let count = 0;
  async function interact(person: Person, type: InteractionType, data: unknown, message?: Seen): Promise<string> {
    count += 1;
    const id = (((BigInt(person.at.getTime()) - 1420070400000n) << 22n) + BigInt(count)).toString();
    const token = `token-${id}`;
    if (message) {
      messages.set(token, message);
      messageIds.set(message, messageIds.get(message) ?? id);
    }
    knock(partOf(partOf(client, 'actions'), 'InteractionCreate'), 'handle', {
      id,
      token,
      type,
      data,
      version: 1,
      application_id: APPLICATION_ID,
      guild_id: guild.id,
      channel_id: CHANNEL_ID,
      channel: { id: CHANNEL_ID, type: 0 },
      entitlements: [],
      authorizing_integration_owners: { 0: guild.id },
      app_permissions: '8',
      locale: 'en-US',
      context: 0,
      member: memberPayload(person),
      ...(message ? { message: messagePayload(message, messageIds.get(message) ?? id) } : {}),
    });
    await handled;
    return token;
  }

  function see(token: string): Seen {
    const seen = messages.get(token);
    if (!seen) throw new Error('nothing was answered');
    return seen;
  }

  function as(given: Partial<Person>): Talk {
    const person: Person = {
      discordId: '200000000000000002',
      roleIds: [],
      permissions: PermissionFlagsBits.Administrator,
      at: AT,
      ...given,
    };

    async function pressOn(message: Seen, customId: string) {
      const token = await interact(
        person,
        InteractionType.MessageComponent,
        { component_type: ComponentType.Button, custom_id: customId },
        message,
      );
      return { ...see(token), besides: besides.get(token) ?? null };
    }

    return {
      shown,
      async run(command, options = {}) {
        return see(await interact(person, InteractionType.ApplicationCommand, commandData(commands, command, options)));
      },
      click(seen, label) {
        const customId = seen.buttons.find((button) => button.label === label)?.customId;
        if (!customId)
          throw new Error(`no button "${label}" in: ${seen.buttons.map((button) => button.label).join(', ')}`);
        return pressOn(seen, customId);
      },
      press: (customId) => pressOn({ text: '', buttons: [], isEphemeral: true, allowedMentions: null }, customId),
      async type(command, option, typed) {
        const data = commandData(commands, command, { [option]: typed }, option);
        return choices.get(await interact(person, InteractionType.ApplicationCommandAutocomplete, data)) ?? [];
      },
    };
  }

  return {
    as,
    logged,
    failNext: (status, code, afterCalls = 0) =>
      void failures.push(...Array<null>(afterCalls).fill(null), { status, code }),
  };
}

/** A message as the interaction of its button carries it. */
function messagePayload({ embeds = [], isEphemeral }: Seen, id: string) {
  const flags = isEphemeral ? MessageFlags.Ephemeral : 0;
  return { id, channel_id: CHANNEL_ID, attachments: [], embeds, content: '', flags };
}

function seeBeside(body: unknown): Seen {
  const { content, flags, allowed_mentions: allowedMentions } = wireMessage.parse(body);
  const isEphemeral = ((flags ?? 0) & MessageFlags.Ephemeral) !== 0;
  return { text: content ?? '', buttons: [], isEphemeral, allowedMentions };
}

function seeButton(button: APIButtonComponent): Seen['buttons'][number] {
  const label = 'label' in button ? (button.label ?? '') : '';
  return { label, customId: 'custom_id' in button ? button.custom_id : null, url: 'url' in button ? button.url : null };
}

/** discord.js keeps the doors for gateway packets to itself. */
function knock(owner: object, method: string, packet: unknown): void {
  const door: unknown = Reflect.get(owner, method);
  if (typeof door !== 'function') throw new Error(`discord.js has no ${method} any more`);
  Reflect.apply(door, owner, [packet]);
}

function partOf(owner: object, name: string): object {
  const part: unknown = Reflect.get(owner, name);
  if (typeof part !== 'object' || part === null) throw new Error(`discord.js has no ${name} any more`);
  return part;
}
