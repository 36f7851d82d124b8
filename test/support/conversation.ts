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
  type APIComponentInMessageActionRow,
  type APISelectMenuComponent,
  type Interaction,
} from 'discord.js';
import { z } from 'zod';
import type { App } from '../../src/app.ts';
import type { Command } from '../../src/discord/command.ts';
import { createDispatch } from '../../src/discord/dispatch.ts';
import type { Guild } from '../../src/core/guild.ts';
import { AT } from './fake-app.ts';
import { CHANNEL_ID, commandData, guildPayload, memberPayload, menuData, selectData } from './wire-payloads.ts';

const APPLICATION_ID = '900000000000000009';

/** What somebody sees of one reply. */
interface Seen {
  text: string;
  embeds?: { title?: string | null | undefined; description?: string | null | undefined }[];
  buttons: { label: string; customId: string | null; url: string | null }[];
  selects?: APISelectMenuComponent[];
  /** As Discord got them. */
  components?: unknown[];
  /** Attached files. */
  files?: { name: string; text: string }[];
  isEphemeral: boolean;
  /** Whether anything in it could ping. */
  allowedMentions: unknown;
}

const wireMessage = z.object({
  content: z.string().nullish(),
  embeds: z.array(z.object({ title: z.string().nullish(), description: z.string().nullish() })).nullish(),
  components: z.array(z.looseObject({ components: z.array(z.custom<APIComponentInMessageActionRow>()) })).nullish(),
  flags: z.number().nullish(),
  allowed_mentions: z.unknown().optional(),
});
const wireType = z.object({ type: z.enum(InteractionResponseType) });
const wireCallback = z.object({
  data: wireMessage.extend({ choices: z.array(z.object({ name: z.string(), value: z.string() })).nullish() }).nullish(),
});
const textInput = z.object({ custom_id: z.string(), value: z.string().nullish() });
const wireForm = z.object({
  title: z.string(),
  custom_id: z.string(),
  components: z.array(z.object({ label: z.string(), component: textInput })),
});

/** A form that somebody is asked to fill in; the inputs by their custom id, with what stands in them. */
interface SeenForm {
  title: string;
  customId: string;
  inputs: Record<string, string>;
}

type Pressed = Seen & { besides: Seen | null; form: SeenForm | null };

/** Real discord.js on a wire that keeps what people see; no gateway, no network. */
interface Conversation {
  as(person: Partial<Person>): Talk;
  /** Everything that was logged. */
  logged: { data: unknown; text: string }[];
  /** Messages that the bot posted in channels, for everybody. */
  posted: (Seen & { channelId: string })[];
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
  /** Picks an entry of the menu on a user. */
  menu(name: string, targetId: string): Promise<Seen>;
  /** Presses the button of that label; returns the message that held it, and what came besides. */
  click(seen: Seen, label: string): Promise<Pressed>;
  press(customId: string): Promise<Pressed>;
  /** Chooses in the list of that placeholder or action. */
  choose(seen: Seen, list: string, ...values: string[]): Promise<Pressed>;
  /** Fills in the form that a button of the message opened; what is left out stays as it was. */
  fill(pressed: Pressed, values: Record<string, string>): Promise<Pressed>;
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
  const forms = new Map<string, SeenForm>();
  const posted: (Seen & { channelId: string })[] = [];
  const choices = new Map<string, { name: string; value: string }[]>();
  const logged: { data: unknown; text: string }[] = [];
  const shown: string[] = [];
  const failures: ({ status: number; code: number } | null)[] = [];

  function show(token: string, body: unknown, files: Seen['files'] = []): void {
    const before = messages.get(token);
    const seen = { ...readSeen(body), files, ...(before && { isEphemeral: before.isEphemeral }) };
    if (before) Object.assign(before, seen);
    else messages.set(token, seen);
    if (seen.text !== '') shown.push(seen.text);
  }

  function answerCallback(token: string, body: unknown): void {
    const { type } = wireType.parse(body);
    if (type === InteractionResponseType.Modal) return void forms.set(token, readForm(body));
    const { data } = wireCallback.parse(body);
    if (type === InteractionResponseType.ApplicationCommandAutocompleteResult) choices.set(token, data?.choices ?? []);
    else if (type === InteractionResponseType.DeferredMessageUpdate) return;
    else if (type === InteractionResponseType.DeferredChannelMessageWithSource && messages.has(token)) {
      // A reply of its own to a component: the message that holds it stays as it is.
      messages.delete(token);
      show(token, data ?? {});
      besides.set(token, see(token));
    } else show(token, data ?? {});
  }

  /** Discord's side of the few routes that an interaction uses. */
  async function answer(url: string, body: unknown, files: Seen['files']): Promise<Response> {
    const failure = failures.shift();
    if (failure) return Response.json({ message: 'no', code: failure.code }, { status: failure.status });
    const path = new URL(url).pathname;
    const channelId = /\/channels\/(\d+)\/messages$/.exec(path)?.[1];
    const token = /\/(?:interactions\/\d+|webhooks\/\d+)\/([^/]+)/.exec(path)?.[1] ?? '';
    if (path.endsWith('/callback')) {
      answerCallback(token, body);
      return new Response(null, { status: 204 });
    }
    if (channelId) posted.push({ ...readSeen(body), channelId });
    else if (path.includes('/messages/')) show(token, body, files);
    else besides.set(token, readSeen(body));
    return Response.json({ id: '1', channel_id: channelId ?? CHANNEL_ID, attachments: [], embeds: [], content: '' });
  }

  const client = new Client({
    intents: [],
    allowedMentions: { parse: [] },
    makeCache: Options.cacheWithLimits({ MessageManager: 0, UserManager: 0, GuildMemberManager: 0 }),
    rest: {
      retries: 0,
      async makeRequest(url, { body }) {
        const { json, files } = await readBody(body);
        return answer(url, json, files);
      },
    },
  });
  client.rest.setToken('token');
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

    async function actOn(message: Seen, data: unknown, type = InteractionType.MessageComponent): Promise<Pressed> {
      const token = await interact(person, type, data, message);
      const beside = besides.get(token) ?? null;
      const held = beside === see(token) ? message : see(token);
      return { ...held, besides: beside, form: forms.get(token) ?? null };
    }

    const pressOn = (message: Seen, customId: string) =>
      actOn(message, { component_type: ComponentType.Button, custom_id: customId });

    return {
      shown,
      async run(command, options = {}) {
        return see(await interact(person, InteractionType.ApplicationCommand, commandData(commands, command, options)));
      },
      async menu(name, targetId) {
        return see(await interact(person, InteractionType.ApplicationCommand, menuData(name, targetId)));
      },
      choose(seen, list, ...values) {
        const isMeant = ({ placeholder, custom_id: customId }: APISelectMenuComponent) =>
          placeholder === list || customId.split(':')[1] === list;
        const select = seen.selects?.find(isMeant);
        if (!select) throw new Error(`no list "${list}" there`);
        return actOn(seen, selectData(select, values));
      },
      fill(pressed, values) {
        const { form } = pressed;
        if (!form) throw new Error('no form was opened');
        const inputs = Object.entries({ ...form.inputs, ...values });
        const components = inputs.map(([customId, value], id) => {
          const component = { type: ComponentType.TextInput, id: 2 * id + 2, custom_id: customId, value };
          return { type: ComponentType.Label, id: 2 * id + 1, component };
        });
        return actOn(pressed, { custom_id: form.customId, components }, InteractionType.ModalSubmit);
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
    posted,
    failNext: (status, code, afterCalls = 0) =>
      void failures.push(...Array<null>(afterCalls).fill(null), { status, code }),
  };
}

/** A message as the interaction of its button carries it. */
function messagePayload({ embeds = [], components = [], isEphemeral }: Seen, id: string) {
  const flags = isEphemeral ? MessageFlags.Ephemeral : 0;
  return { id, channel_id: CHANNEL_ID, attachments: [], embeds, components, content: '', flags };
}

function readSeen(body: unknown): Seen {
  const { content, embeds, components, flags, allowed_mentions: allowedMentions } = wireMessage.parse(body);
  const parts = (components ?? []).flatMap((row) => row.components);
  return {
    text: [content ?? '', ...(embeds ?? []).map(({ description }) => description ?? '')].join(''),
    embeds: embeds ?? [],
    components: components ?? [],
    buttons: parts.flatMap((part) => (part.type === ComponentType.Button ? [seeButton(part)] : [])),
    selects: parts.flatMap((part) => (part.type === ComponentType.Button ? [] : [part])),
    isEphemeral: ((flags ?? 0) & MessageFlags.Ephemeral) !== 0,
    allowedMentions,
  };
}

function readForm(body: unknown): SeenForm {
  const { title, custom_id: customId, components } = z.object({ data: wireForm }).parse(body).data;
  const inputs = components.map(({ component }): [string, string] => [component.custom_id, component.value ?? '']);
  return { title, customId, inputs: Object.fromEntries(inputs) };
}

/** A body with files comes as a form whose `payload_json` is the message. */
async function readBody(body: unknown): Promise<{ json: unknown; files: { name: string; text: string }[] }> {
  if (typeof body === 'string') return { json: JSON.parse(body), files: [] };
  if (!(body instanceof FormData)) return { json: {}, files: [] };
  const files = [...body.values()].flatMap((part) => (typeof part === 'string' ? [] : [part]));
  const texts = files.map(async (file) => ({ name: file.name, text: await file.text() }));
  const json = body.get('payload_json');
  return { json: typeof json === 'string' ? JSON.parse(json) : {}, files: await Promise.all(texts) };
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
