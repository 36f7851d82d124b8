import type { LocalDiscord } from '../discord.ts';
import type { InteractionHandle } from '../interactions.ts';
import { readableText } from '../interactions/components.ts';
import type { Role, User } from '../records.ts';
import type { RecordedRequest } from '../requests.ts';
import type { Bot } from './bot.ts';
import { createBrowser } from './browser.ts';
import { roleNames, type StoryGuild } from './guild.ts';
import { until } from './until.ts';

/** One thing that happens. `play` returns what Discord now holds, in words; it throws if it did not come true. */
export interface Step {
  title: string;
  readonly play: (scene: Scene) => Promise<string>;
}

export type Scene = ReturnType<typeof createScene>;

/** What the people of the story can do, and what can be seen of it. */
export function createScene(discord: LocalDiscord, story: StoryGuild, bot: Bot, folder: string) {
  const { guild } = story;

  /** Types a slash command. */
  function run(who: User, command: string, options: Record<string, string | boolean> = {}): InteractionHandle {
    return discord.interactions.slash({ userId: who.id, guildId: guild.id, command, options });
  }

  function holds(who: User, role: Role): boolean {
    return guild.members.get(who.id)?.roles.has(role.id) ?? false;
  }

  return {
    ...story,
    discord,
    bot,
    folder,
    run,
    answer,
    holds,

    /** Text as people read it: names where Discord's ids stand, without the marks of its formatting. */
    readable: (text: string) =>
      text
        .replace(/<@&(\d+)>/g, (_, id: string) => `@${guild.roles.get(id)?.name ?? id}`)
        .replace(/<@(\d+)>/g, (_, id: string) => discord.world.users.get(id)?.globalName ?? id)
        .replace(/<t:(\d+)(?::\w)?>/g, (_, at: string) => new Date(Number(at) * 1_000).toLocaleTimeString())
        .replace(/\*\*|`|^> /gm, ''),

    /** `Ada Lindt: @Pilot, @Newsletter`. */
    rolesOf: (who: User) => `${who.globalName ?? who.username}: ${roleNames(guild, who.id) ?? 'not in the server'}`,

    untilHolds: (who: User, role: Role) => until(`${who.globalName} holds @${role.name}`, () => holds(who, role)),
    untilLacks: (who: User, role: Role) => until(`${who.globalName} lacks @${role.name}`, () => !holds(who, role)),

    /** From here on: the writes of the bot to the guild. */
    watchWrites: (): (() => RecordedRequest[]) => {
      const before = discord.requests.writes().length;
      return () => discord.requests.writes().slice(before);
    },

    /** Waits until the bot has nothing in flight and asks for nothing more. */
    untilQuiet: async (forMs = 300): Promise<void> => {
      let count = -1;
      let since = 0;
      await until('the bot comes to rest', () => {
        const isBusy = discord.requests.all.some(({ status }) => status === null);
        if (isBusy || discord.requests.all.length !== count) since = performance.now();
        count = discord.requests.all.length;
        return performance.now() - since > forMs;
      });
    },

    /** /link, the page behind its button, yes at Discord's page, and back: what the last page says. */
    link: async (who: User): Promise<string> => {
      const message = await run(who, 'link').message();
      const address = /https?:\/\/[^\s"<>)]+/.exec(JSON.stringify([message.content, message.components]))?.[0];
      if (address === undefined) throw new Error(`/link gave no address, but said:\n${readableText(message)}`);
      const browser = createBrowser();
      const consent = await browser.visit(address);
      if (!consent.url.startsWith(discord.authorizeUrl)) {
        throw new Error(`${address} should lead to Discord's page, but shows ${consent.status}: ${consent.text}`);
      }
      const back = await browser.visit(consent.url, { decision: 'authorize', user_id: who.id });
      if (back.status !== 200) throw new Error(`after the consent the page says ${back.status}: ${back.text}`);
      return back.text;
    },
  };
}

/** Throws in words if something is not as it should be. */
export function insist(isTrue: boolean, words: string): void {
  if (!isTrue) throw new Error(words);
}

/** Throws unless the bot made exactly so many changes; says which it made. */
export function insistOnWrites(made: RecordedRequest[], count: number): void {
  const list = made.map(({ method, path, status }) => `${method} ${path} -> ${status}`).join('\n');
  insist(made.length === count, `expected ${count} write calls, the bot made ${made.length}:\n${list}`);
}

/** Waits until the bot says what is expected; what it said. */
async function answer(handle: InteractionHandle, expected: RegExp): Promise<string> {
  try {
    return readableText(await handle.messageWhere((message) => expected.test(readableText(message))));
  } catch (cause) {
    const said = handle.messages.map(readableText).join('\n') || readableText(await handle.message());
    throw new Error(`the bot should have said ${expected}, but said:\n${said}`, { cause });
  }
}
