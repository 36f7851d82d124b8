import type { ConfigChange } from '../src/db/config-change-store.ts';
import { cut, few, person, plain, relative, role } from '../src/markup.ts';
import type { GroupNames } from './group-option.ts';

const SUBJECTS: Readonly<Record<ConfigChange['subject'], string>> = {
  guild: 'the settings',
  mapping: 'a mapping',
  group: 'a group',
  membership: 'who is in a group',
};
const ACTIONS: Readonly<Record<ConfigChange['action'], string>> = {
  create: 'added',
  update: 'changed',
  delete: 'removed',
};

type Values = Record<string, unknown>;

/** One change of the configuration: when, who, what, before → after. */
export function configurationLine(change: ConfigChange, nameOf: GroupNames): string {
  const { at, actor, action, subject } = change;
  const who = actor === null ? 'Rolewright' : person(actor);
  const what = `${ACTIONS[action]} ${SUBJECTS[subject]}`;
  return `${relative(at)} ${who} ${what}: ${detailWords(change, nameOf)}`;
}

function detailWords({ action, before, after, subjectId }: ConfigChange, nameOf: GroupNames): string {
  const words = (key: string, values: Values | null) => valueWords(key, values?.[key], nameOf);
  const isUpdate = action === 'update';
  const keys = Object.keys(after ?? before ?? {}).filter((key) => isUpdate || tells(key, (after ?? before)?.[key]));
  const parts = keys.map((key) =>
    isUpdate ? `\`${key}\` ${words(key, before)} → ${words(key, after)}` : `\`${key}\` ${words(key, after ?? before)}`,
  );
  if (parts.length === 0) return `\`${plain(subjectId, 40)}\``;
  return few(parts, { lines: 6, characters: 300 }).join(', ');
}

/** Of something new or removed only what says what it was: no defaults, and no name that its id shows. */
function tells(key: string, value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === '' || key === 'discord_role_name') return false;
  return typeof value !== 'object' || Object.values(value).some((inner) => tells('', inner));
}

function valueWords(key: string, value: unknown, nameOf: GroupNames): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'string' && /^\d{17,20}$/.test(value)) return mentionOf(key, value);
  if (typeof value === 'string' && key === 'group_id') return `**${nameOf(value)}**`;
  return typeof value === 'string' ? plain(value, 60) : plain(cut(JSON.stringify(value), 100));
}

function mentionOf(key: string, id: string): string {
  if (key.includes('channel')) return `<#${id}>`;
  return key.includes('role') ? role(id) : person(id);
}
