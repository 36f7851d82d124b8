import type { ConfigChange } from '../src/db/config-change-store.ts';
import { few, person, relative, role } from '../src/markup.ts';
import { fieldsOf, fieldWords, listWords, tells, valueWords, type Fields } from './field-words.ts';
import type { GroupNames } from './group-option.ts';

/** What the ids in a change stand for. */
export interface ConfigNames {
  nameOf: GroupNames;
  /** The role of each mapping that there is. */
  roleOf: ReadonlyMap<string, string>;
}

/** One change of the configuration: when, who, what, before → after. */
export function configurationLine(change: ConfigChange, names: ConfigNames): string {
  const who = change.actor === null ? 'Rolewright' : person(change.actor);
  return `${relative(change.at)} ${who} ${WORDS[change.subject](change, names)}`;
}

type Words = (change: ConfigChange, names: ConfigNames) => string;

const WORDS: Readonly<Record<ConfigChange['subject'], Words>> = {
  guild: (change, names) => `${GUILD[change.action]}${details(change, names)}`,

  mapping(change, names) {
    const { action, after, before, subjectId } = change;
    if (action !== 'update') return `${action === 'create' ? 'added' : 'removed'} a mapping${details(change, names)}`;
    const roleId = names.roleOf.get(subjectId) ?? idIn(after, 'discord_role_id') ?? idIn(before, 'discord_role_id');
    return `changed ${roleId === null ? 'a mapping that is no more' : `the mapping of ${role(roleId)}`}${details(change, names)}`;
  },

  group(change, names) {
    const { action, subjectId, before, after } = change;
    if (action === 'update') return `changed the group **${names.nameOf(subjectId)}**${details(change, names)}`;
    const { name, ...rest } = after ?? before ?? {};
    const called = typeof name === 'string' ? ` ${valueWords('name', name, names.nameOf)}` : '';
    return `${action === 'create' ? 'added' : 'removed'} the group${called}${details({ ...change, before: null, after: rest }, names)}`;
  },

  membership({ action, subjectId, before, after }, { nameOf }) {
    const group = `**${nameOf(subjectId)}**`;
    if (after?.['members'] !== undefined) return `changed who is in ${group}: ${manyWords(before ?? {}, after)}`;
    const whom = personIn(after ?? before ?? {});
    const end = (values: Fields | null) => valueWords('expires_at', values?.['expires_at'], nameOf);
    if (action === 'delete') return `took ${whom} out of ${group}`;
    if (action === 'update') return `changed until when ${whom} is in ${group}: ${end(before)} → ${end(after)}`;
    return `added ${whom} to ${group}${tells('expires_at', after?.['expires_at']) ? ` until ${end(after)}` : ''}`;
  },
};

const GUILD: Readonly<Record<ConfigChange['action'], string>> = {
  create: 'set this server up',
  update: 'changed the settings',
  delete: "removed this server's configuration",
};

/** Of an update what differs, before → after; of anything else what says what it is, without the defaults. */
function details({ action, before, after }: ConfigChange, { nameOf }: ConfigNames): string {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const words = (key: string, values: Fields) => valueWords(key, values[key], nameOf);
  const parts =
    action === 'update'
      ? Object.keys({ ...was, ...is })
          .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
          .map((key) => `${fieldWords(key)} ${words(key, was)} → ${words(key, is)}`)
      : Object.entries({ ...was, ...is })
          .filter(([key, value]) => tells(key, value))
          .map(([key, value]) => `${fieldWords(key)} ${valueWords(key, value, nameOf)}`);
  return parts.length === 0 ? '' : `: ${few(parts, { lines: 8, characters: 300 }).join('; ')}`;
}

function manyWords(before: Fields, after: Fields): string {
  return [
    ...peopleWords(after['added'], 'added', after['members']),
    ...peopleWords(before['removed'], 'removed', before['members']),
    ...peopleWords(after['changed'], 'changed', []),
  ].join('; ');
}

function peopleWords(number: unknown, verb: string, members: unknown): string[] {
  if (typeof number !== 'number' || number === 0) return [];
  const named = Array.isArray(members) ? members.map(personIn) : [];
  const who = named.length === 0 ? '' : ` (${listWords(named, number)})`;
  return [`${number.toLocaleString('en')} ${verb}${who}`];
}

function personIn(values: unknown): string {
  const id = idIn(values, 'discord_id') ?? idIn(values, 'user_id');
  return id === null ? 'somebody' : person(id);
}

function idIn(values: unknown, key: string): string | null {
  const id: unknown = typeof values === 'object' && values !== null ? Reflect.get(values, key) : null;
  return typeof id === 'string' ? id : null;
}
