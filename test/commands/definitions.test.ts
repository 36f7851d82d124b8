import { ApplicationCommandOptionType as OptionType, type APIApplicationCommandOption } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commands } from '../../commands/index.ts';

const NAME = z
  .string()
  .regex(/^[-_'\p{L}\p{N}]{1,32}$/u)
  .lowercase();
const DESCRIPTION = z.string().min(1).max(100);
const choice = z.object({ name: z.string().min(1).max(100), value: z.union([z.string().min(1).max(100), z.number()]) });
const option = z.object({
  name: NAME,
  description: DESCRIPTION,
  choices: z.array(choice).max(25).optional(),
  get options(): z.ZodOptional<z.ZodArray<typeof option>> {
    return z.array(option).max(25).optional();
  },
});
const definition = z.object({ name: NAME, description: DESCRIPTION, options: z.array(option).max(25).optional() });

const MANAGE_GUILD = (1n << 5n).toString();
const MANAGE_ROLES = (1n << 28n).toString();
const WHO: Record<string, string | null> = {
  link: null,
  unlink: null,
  me: null,
  group: MANAGE_GUILD,
  map: MANAGE_ROLES,
  sync: MANAGE_ROLES,
  why: MANAGE_ROLES,
  doctor: MANAGE_GUILD,
  setup: MANAGE_GUILD,
  settings: MANAGE_GUILD,
  audit: MANAGE_GUILD,
  panel: MANAGE_GUILD,
  'Explain roles': MANAGE_ROLES,
  'Sync roles': MANAGE_ROLES,
};

describe('the commands', () => {
  it('have names of their own, and all are listed', () => {
    expect(commands.map((command) => command.data.name).sort()).toEqual(Object.keys(WHO).sort());
  });
});

const typed = commands.flatMap((command) => ('execute' in command ? [command] : []));
const menus = commands.flatMap((command) => ('onUser' in command ? [command] : []));

describe.each(menus.map(({ data }) => ({ name: data.name, json: data.toJSON() })))(
  'the menu entry “$name”',
  ({ name, json }) => {
    it('is on users, for those whom the spec names, in servers only', () => {
      expect(name).toMatch(/^[-_'\p{L}\p{N} ]{1,32}$/u);
      expect(json.default_member_permissions ?? null).toBe(WHO[name]);
      expect(json).toMatchObject({ type: 2, contexts: [0], integration_types: [0] });
    });
  },
);

describe.each(typed.map((command) => ({ name: command.data.name, json: command.data.toJSON() })))(
  '/$name',
  ({ name, json }) => {
    it("keeps within Discord's limits", () => {
      definition.parse(json);
      expect(totalText(json)).toBeLessThanOrEqual(8000);
      const both = flat(json.options ?? []).filter(
        (one) => 'choices' in one && one.choices && 'autocomplete' in one && one.autocomplete,
      );
      expect(both).toEqual([]);
    });

    it('asks for required options first', () => {
      for (const options of [json.options ?? [], ...(json.options ?? []).map(inner)]) {
        const required = options.map((one) => 'required' in one && one.required);
        expect(required).toEqual([...required].sort((a, b) => Number(b ?? false) - Number(a ?? false)));
      }
    });

    it('is for those whom the spec names, in servers only', () => {
      expect(json.default_member_permissions ?? null).toBe(WHO[name]);
      expect(json).toMatchObject({ contexts: [0], integration_types: [0] });
    });

    it('completes every option that says so', () => {
      const completes = flat(json.options ?? []).some((one) => 'autocomplete' in one && one.autocomplete);
      const command = typed.find((one) => one.data.name === name);
      expect(command?.autocomplete !== undefined).toBe(completes);
    });
  },
);

function inner(one: APIApplicationCommandOption): APIApplicationCommandOption[] {
  return one.type === OptionType.Subcommand || one.type === OptionType.SubcommandGroup ? (one.options ?? []) : [];
}

function flat(options: readonly APIApplicationCommandOption[]): APIApplicationCommandOption[] {
  return options.flatMap((one) => [one, ...flat(inner(one))]);
}

/** Discord counts names, descriptions and values of choices. */
function totalText(value: unknown): number {
  if (Array.isArray(value)) return value.map(totalText).reduce((sum, one) => sum + one, 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value)
    .map(([key, one]) => (['name', 'description', 'value'].includes(key) ? String(one).length : totalText(one)))
    .reduce((sum, one) => sum + one, 0);
}
