import { DiscordAPIError } from '@discordjs/rest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commands } from '../../commands/index.ts';
import { createRest } from '../../src/discord/rest.ts';
import { isSameDefinition, registerCommands } from '../../src/discord/register.ts';
import { startGuild } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';

const APPLICATION = '900000000000000009';

/** Holds commands like Discord: with ids, versions and every default spelt out. */
function fakeDiscord({ failures = [] as Error[] } = {}) {
  let held: unknown[] = [];
  let puts = 0;
  const answer = () => {
    const failure = failures.shift();
    if (failure) throw failure;
  };
  return {
    puts: () => puts,
    held: () => held,
    rest: {
      async get() {
        answer();
        return held;
      },
      async put(_: string, { body }: { body?: unknown } = {}) {
        answer();
        puts += 1;
        held = z.array(z.looseObject({})).parse(body).map(asHeld).reverse();
        return held;
      },
    },
  };
}

function asHeld(command: object, index: number): Record<string, unknown> {
  const own = { id: `70000000000000000${index}`, application_id: APPLICATION, version: '1', default_permission: true };
  const defaults = {
    type: 1,
    description: '',
    nsfw: false,
    dm_permission: false,
    name_localizations: null,
    description_localizations: null,
  };
  const { options = [] } = z.object({ options: z.array(z.looseObject({})).optional() }).parse(command);
  return { ...own, ...defaults, ...command, options: options.map(optionAsHeld) };
}

function optionAsHeld(option: object): object {
  const held: Record<string, unknown> = { ...option, name_localizations: null };
  for (const key of ['required', 'autocomplete']) if (held[key] === false) delete held[key];
  if (Array.isArray(held['options'])) held['options'] = held['options'].map(optionAsHeld);
  return held;
}

function logTo(lines: string[]) {
  const log = (_: unknown, text?: string) => void lines.push(text ?? '');
  return { info: log, warn: log, error: log };
}

function register(
  discord: ReturnType<typeof fakeDiscord>,
  { lines = [] as string[], list = commands, waits = [] as number[] } = {},
) {
  const wait = async (ms: number) => void waits.push(ms);
  return registerCommands({ rest: discord.rest, applicationId: APPLICATION, commands: list, log: logTo(lines), wait });
}

const apiError = (status: number) =>
  new DiscordAPIError({ message: 'no', code: 0 }, 0, status, 'GET', 'https://discord.example', {});

describe('registerCommands', () => {
  it('writes once, and not again while the definition stays the same', async () => {
    const discord = fakeDiscord();
    expect(await register(discord)).toBe('registered');
    expect(await register(discord)).toBe('unchanged');
    expect(discord.puts()).toBe(1);
    expect(discord.held()).toHaveLength(commands.length);
  });

  it('writes once when the definition has changed', async () => {
    const discord = fakeDiscord();
    await register(discord, { list: commands.slice(1) });
    expect(await register(discord)).toBe('registered');
    expect(await register(discord)).toBe('unchanged');
    expect(discord.puts()).toBe(2);
  });

  it('tries again while Discord does not answer, ever more rarely', async () => {
    const discord = fakeDiscord({ failures: [apiError(500), new TypeError('fetch failed'), apiError(502)] });
    const waits: number[] = [];
    expect(await register(discord, { waits })).toBe('registered');
    expect(waits).toEqual([15_000, 30_000, 60_000]);
  });

  it('gives up in words when Discord refuses the definition', async () => {
    const lines: string[] = [];
    expect(await register(fakeDiscord({ failures: [apiError(400)] }), { lines })).toBe('refused');
    expect(lines.join()).toContain('refuses the commands');
  });

  it('stops trying when Rolewright stops', async () => {
    const stopping = new AbortController();
    const done = registerCommands({
      rest: fakeDiscord({ failures: Array.from({ length: 9 }, () => apiError(500)) }).rest,
      applicationId: APPLICATION,
      commands,
      log: logTo([]),
      signal: stopping.signal,
    });
    stopping.abort();
    expect(await done).toBe('stopped');
  });
});

type Held = Record<string, unknown>;

/** With the first command changed. */
function changed([first, ...others]: Held[], change: Held): Held[] {
  return [{ ...first, ...change }, ...others];
}

/** With the first such text of its JSON replaced. */
function rewritten(all: Held[], text: string, by: string): unknown[] {
  const json = JSON.stringify(all);
  expect(json).toContain(text);
  return z.array(z.unknown()).parse(JSON.parse(json.replace(text, by)));
}

describe('isSameDefinition', () => {
  const ours = commands.map((command) => command.data.toJSON());
  const held = () => structuredClone(ours.map(asHeld));

  it.each([
    { name: 'nothing', change: (all: Held[]) => all, same: true },
    { name: 'the order of the commands', change: (all: Held[]) => all.toReversed(), same: true },
    { name: 'its ids and versions', change: (all: Held[]) => changed(all, { id: '1', version: '2' }), same: true },
    { name: 'a description', change: (all: Held[]) => changed(all, { description: 'Other' }), same: false },
    { name: 'the permission', change: (all: Held[]) => changed(all, { default_member_permissions: '8' }), same: false },
    { name: 'where it may be run', change: (all: Held[]) => changed(all, { contexts: [0, 1] }), same: false },
    { name: 'a kind of command', change: (all: Held[]) => changed(all, { type: 2 }), same: false },
    { name: 'a command too many', change: (all: Held[]) => [...all, { name: 'old', type: 1 }], same: false },
    { name: 'a command too few', change: (all: Held[]) => all.slice(1), same: false },
  ])('Discord differs in $name: same is $same', ({ change, same }) => {
    expect(isSameDefinition(ours, change(held()))).toBe(same);
  });

  it('sees a change deep in an option', () => {
    expect(isSameDefinition(ours, rewritten(held(), '"min_value":0', '"min_value":1'))).toBe(false);
    expect(isSameDefinition(ours, rewritten(held(), '"Keep it","value":"keep"', '"Keep","value":"keep"'))).toBe(false);
  });
});

describe('registering over the wire', () => {
  it('does not repeat what Discord refuses for good', async () => {
    const local = await startGuild();
    const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token });
    const { log } = captureLog();
    const nobody = '999999999999999999';
    expect(await registerCommands({ rest, applicationId: nobody, commands, log })).toBe('refused');
    expect(local.discord.requests.all).toHaveLength(1);
  });
});
