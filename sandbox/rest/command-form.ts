import { numberOf, objectOf, textOf, type Json } from '../json.ts';
import { ApplicationCommandOptionType as Option, type APIApplicationCommandOption } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Command } from '../records.ts';
import { type Form } from './form.ts';

export type ReadCommand = Omit<Command, 'id' | 'applicationId' | 'guildId' | 'version'>;

const namePattern = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const nested = new Set<number>([Option.Subcommand, Option.SubcommandGroup]);
const withChoices = new Set<number>([Option.String, Option.Integer, Option.Number]);
const group: number = Option.SubcommandGroup;

/** A command from its definition, within the documented limits. `at` ends in a dot, or is empty. */
export function readCommand(form: Form, at: string, body: Json, guildId: string | null): ReadCommand {
  const type = numberOf(body['type']) ?? 1;
  form.choice(`${at}type`, type, [1, 2, 3, 4]);
  const isChat = type === 1;
  checkName(form, `${at}name`, body['name'], isChat);
  if (isChat) form.text(`${at}description`, body['description'], { min: 1, max: 100, isRequired: true });
  else form.text(`${at}description`, body['description'], { max: 0 });
  const options = checkOptions(form, `${at}options`, body['options'], 0);
  if (!isChat && options.length > 0) {
    form.fail(`${at}options`, 'APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS', 'Context menu commands cannot have options');
  }
  if (textLength(body) > 8000) {
    form.fail(`${at}name`, 'APPLICATION_COMMAND_TOO_LARGE', 'Command exceeds maximum size (8000)');
  }
  if (guildId !== null && Array.isArray(body['contexts'])) {
    form.fail(`${at}contexts`, 'APPLICATION_COMMAND_CONTEXTS_GUILD', 'Contexts are only for global commands');
  }
  return {
    type,
    name: textOf(body['name']) ?? '',
    description: textOf(body['description']) ?? '',
    options,
    defaultMemberPermissions: form.bits(`${at}default_member_permissions`, body['default_member_permissions']),
    contexts: guildId === null ? numbers(body['contexts']) : null,
    integrationTypes: guildId === null ? (numbers(body['integration_types']) ?? [0]) : null,
    nsfw: body['nsfw'] === true,
    nameLocalizations: texts(body['name_localizations']),
    descriptionLocalizations: texts(body['description_localizations']),
  };
}

/** Every field has been checked by then; this only gives the type. */
const checkedOptions = z.custom<APIApplicationCommandOption[]>(Array.isArray);

function checkOptions(form: Form, at: string, value: unknown, depth: number): APIApplicationCommandOption[] {
  const options = form.list(at, value, { max: 25 }).map(objectOf);
  const names = new Set<unknown>();
  let sawOptional = false;
  for (const [index, option] of options.entries()) {
    const path = `${at}.${index}`;
    const type = numberOf(option['type']) ?? 0;
    form.choice(`${path}.type`, option['type'], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], true);
    checkName(form, `${path}.name`, option['name'], true);
    form.text(`${path}.description`, option['description'], { min: 1, max: 100, isRequired: true });
    if (names.has(option['name'])) {
      form.fail(`${path}.name`, 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', 'Option name already exists');
    }
    names.add(option['name']);
    const isRequired = option['required'] === true;
    if (isRequired && sawOptional) {
      form.fail(
        path,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    }
    sawOptional ||= !isRequired;
    checkNesting(form, path, options, option, depth);
    if (nested.has(type)) checkOptions(form, `${path}.options`, option['options'], depth + 1);
    if (withChoices.has(type)) checkChoices(form, path, option);
  }
  return checkedOptions.parse(options);
}

/** Subcommands stand at the top or in a group, and never beside plain options. */
function checkNesting(form: Form, path: string, siblings: Json[], option: Json, depth: number): void {
  const type = numberOf(option['type']) ?? 0;
  const isNested = nested.has(type);
  const isMixed = siblings.some((other) => nested.has(numberOf(other['type']) ?? 0) !== isNested);
  const isTooDeep = isNested && (depth > 1 || (depth === 1 && type === group));
  if (isMixed || isTooDeep) {
    form.fail(
      `${path}.type`,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
}

function checkChoices(form: Form, path: string, option: Json): void {
  const choices = form.list(`${path}.choices`, option['choices'], { max: 25 }).map(objectOf);
  for (const [index, choice] of choices.entries()) {
    form.text(`${path}.choices.${index}.name`, choice['name'], { min: 1, max: 100, isRequired: true });
    if (option['type'] === Option.String) form.text(`${path}.choices.${index}.value`, choice['value'], { max: 100 });
  }
  if (option['autocomplete'] === true && choices.length > 0) {
    form.fail(path, 'APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES', 'Autocomplete options cannot have choices');
  }
}

function checkName(form: Form, path: string, name: unknown, isLower: boolean): void {
  form.text(path, name, { min: 1, max: 32, isRequired: true });
  if (!isLower || typeof name !== 'string' || name.length > 32) return;
  const isValid = namePattern.test(name) && name === name.toLowerCase();
  if (!isValid) form.fail(path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
}

/** Characters of names, descriptions and choice values, all levels together. */
function textLength(part: Json): number {
  const own = [part['name'], part['description'], part['value']].reduce<number>(
    (sum, text) => sum + (textOf(text) ?? '').length,
    0,
  );
  const inner = [part['options'], part['choices']].flatMap((list) => (Array.isArray(list) ? list.map(objectOf) : []));
  return inner.reduce((sum, child) => sum + textLength(child), own);
}

function numbers(value: unknown): number[] | null {
  return Array.isArray(value) ? value.map(Number) : null;
}

function texts(value: unknown): Record<string, string> | null {
  return value === undefined || value === null
    ? null
    : Object.fromEntries(Object.entries(objectOf(value)).map(([key, text]) => [key, textOf(text) ?? '']));
}
