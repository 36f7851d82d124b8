import { ApplicationCommandOptionType as Type, type APIApplicationCommandOption } from 'discord-api-types/v10';
import type { Command } from '../records.ts';
import type { Resolvable, Resolver } from './resolved.ts';

type OptionValue = string | number | boolean;
export type GivenOptions = Readonly<Record<string, OptionValue | undefined>>;

interface SentOption {
  name: string;
  type: number;
  value?: OptionValue;
  options?: SentOption[];
  focused?: true;
}

const picked: Partial<Record<number, Resolvable>> = {
  [Type.User]: 'user',
  [Type.Role]: 'role',
  [Type.Channel]: 'channel',
  [Type.Mentionable]: 'mentionable',
  [Type.Attachment]: 'attachment',
};

/** Finds a command by what a person types: `sync user` is the subcommand `user` of `sync`. */
export function findPath(command: Command, words: readonly string[]): APIApplicationCommandOption[] {
  let options = command.options;
  const path: APIApplicationCommandOption[] = [];
  for (const word of words) {
    const found = options.find(({ name, type }) => name === word && type <= Type.SubcommandGroup);
    if (!found) throw new Error(`/${command.name} has no subcommand ${word}`);
    path.push(found);
    options = optionsOf(found);
  }
  const isUnfinished = options.some(({ type }) => type <= Type.SubcommandGroup);
  if (isUnfinished) throw new Error(`/${[command.name, ...words].join(' ')} needs a subcommand`);
  return path;
}

/** The `options` of an interaction, checked as Discord's client checks them. With `focused` (autocomplete) they may be unfinished. */
export function sentOptions(
  command: Command,
  path: readonly APIApplicationCommandOption[],
  given: GivenOptions,
  resolver: Resolver,
  focused?: string,
): SentOption[] {
  const definitions = path.length === 0 ? command.options : optionsOf(path.at(-1));
  for (const name of Object.keys(given)) {
    if (!definitions.some((definition) => definition.name === name))
      throw new Error(`/${command.name} has no option ${name}`);
  }
  const leaves = definitions.flatMap((definition) => sentOption(definition, given, resolver, focused));
  return path.reduceRight<SentOption[]>((options, { name, type }) => [{ name, type, options }], leaves);
}

function sentOption(
  definition: APIApplicationCommandOption,
  given: GivenOptions,
  resolver: Resolver,
  focused?: string,
): SentOption[] {
  const { name, type } = definition;
  const value = given[name];
  if (name === focused) {
    if (!('autocomplete' in definition) || !definition.autocomplete)
      throw new Error(`option ${name} has no autocomplete`);
    return [{ name, type, value: String(value ?? ''), focused: true }];
  }
  if (value === undefined) {
    if (definition.required && focused === undefined) throw new Error(`option ${name} is required`);
    return [];
  }
  const problem = focused === undefined ? problemOf(definition, value) : null;
  if (problem !== null) throw new Error(`option ${name} ${problem}`);
  const kind = picked[type];
  if (kind) resolver.add(kind, String(value));
  return [{ name, type, value }];
}

/** What Discord's client would not let a person send. */
function problemOf(definition: APIApplicationCommandOption, value: OptionValue): string | null {
  switch (definition.type) {
    case Type.String: {
      if (typeof value !== 'string') return 'is a text';
      if (value.length < (definition.min_length ?? 0)) return `is shorter than ${definition.min_length}`;
      if (value.length > (definition.max_length ?? 6000)) return `is longer than ${definition.max_length ?? 6000}`;
      return choiceProblem(definition.choices, value);
    }
    case Type.Integer:
    case Type.Number: {
      if (typeof value !== 'number') return 'is a number';
      if (definition.type === Type.Integer && !Number.isInteger(value)) return 'is a whole number';
      if (value < (definition.min_value ?? -Infinity)) return `is less than ${definition.min_value}`;
      if (value > (definition.max_value ?? Infinity)) return `is more than ${definition.max_value}`;
      return choiceProblem(definition.choices, value);
    }
    case Type.Boolean:
      return typeof value === 'boolean' ? null : 'is true or false';
    case Type.User:
    case Type.Role:
    case Type.Channel:
    case Type.Mentionable:
    case Type.Attachment:
      return typeof value === 'string' ? null : 'is an id';
    case Type.Subcommand:
    case Type.SubcommandGroup:
    default:
      return 'is a subcommand';
  }
}

function choiceProblem(choices: readonly { value: OptionValue }[] | undefined, value: OptionValue): string | null {
  if (!choices || choices.length === 0) return null;
  return choices.some((choice) => choice.value === value) ? null : 'is none of its choices';
}

function optionsOf(option: APIApplicationCommandOption | undefined): APIApplicationCommandOption[] {
  return option && 'options' in option ? [...(option.options ?? [])] : [];
}
