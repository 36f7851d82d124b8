import { person, plain, relative, role } from '../src/markup.ts';
import type { GroupNames } from './group-option.ts';
import { durationWords } from './mapping-words.ts';

// What the configuration's records say, in words. A record is what was written then: nothing in it is certain.

export type Fields = Readonly<Record<string, unknown>>;

const FIELDS: Readonly<Record<string, string>> = {
  is_enabled: 'syncing',
  bot_user_id: 'own bot',
  discord_role_id: 'role',
  groups: 'other groups',
  excluded_groups: 'not in',
  require_all: 'all groups needed',
  character_count_min: 'least characters',
  character_count_max: 'most characters',
  required_permissions: 'permissions needed',
  on_foreign: 'when foreign',
  on_drift: 'when drift',
  add_only: 'only adds',
  grace_seconds: 'grace',
  is_active: 'active',
  member_count: 'members',
};

/** What a field is called: as the commands call it, where they do. */
export function fieldWords(key: string): string {
  return FIELDS[key] ?? plain(key.replace(/_id$/, '').replaceAll('_', ' '), 40);
}

/** The fields one by one: those of the conditions as well. The label of a role is left out, for its id shows it. */
export function fieldsOf(record: Fields | null): Fields {
  const { conditions, discord_role_name: _, ...rest } = record ?? {};
  return { ...rest, ...(typeof conditions === 'object' ? conditions : {}) };
}

const DEFAULTS: Readonly<Record<string, unknown>> = { on_foreign: 'keep', on_drift: 'revert', is_active: true };

/** Whether the value says something of what is new or gone: no default, and not nothing. */
export function tells(key: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  const isNothing = value === null || value === undefined || value === false || value === 0 || value === '';
  return !isNothing && DEFAULTS[key] !== value;
}

export function valueWords(key: string, value: unknown, nameOf: GroupNames): string {
  if (value === null || value === undefined || value === '') return NONE[key] ?? 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') return key === 'grace_seconds' ? graceWords(value) : value.toLocaleString('en');
  if (typeof value === 'string') return textWords(key, value, nameOf);
  if (!Array.isArray(value)) return 'something else';
  return value.length === 0 ? 'none' : listWords(value.map((one) => valueWords(key, one, nameOf)));
}

const NONE: Readonly<Record<string, string>> = { sync_interval: 'as the operator chose', expires_at: 'without an end' };

function graceWords(seconds: number): string {
  return seconds === 0 ? 'none' : durationWords(seconds);
}

function textWords(key: string, text: string, nameOf: GroupNames): string {
  if (key === 'group_id' || key === 'groups' || key === 'excluded_groups') return `**${nameOf(text)}**`;
  if (/^\d{17,20}$/.test(text)) return mentionOf(key, text);
  if (key === 'expires_at' && !Number.isNaN(Date.parse(text))) return relative(new Date(text));
  return PLAIN.has(key) ? plain(text, 40) : `“${plain(text, 60)}”`;
}

/** What is chosen from a list, and so needs no quotes. */
const PLAIN: ReadonlySet<string> = new Set(['on_foreign', 'on_drift', 'on_unlink', 'sync_interval']);

function mentionOf(key: string, id: string): string {
  if (key.includes('channel')) return `<#${id}>`;
  return key.includes('role') ? role(id) : person(id);
}

/** Names that a list shows. */
const NAMES = 3;

/** The first of them, and how many more there are. */
export function listWords(words: readonly string[], total = words.length): string {
  const shown = words.slice(0, NAMES);
  const rest = total - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest.toLocaleString('en')} more`] : [])].join(', ');
}
