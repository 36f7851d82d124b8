import type { App } from '../src/app.ts';
import type { Choice } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import type { LocalGroup } from '../src/groups/local-groups.ts';
import { cut, plain } from '../src/markup.ts';

/** The name of a group by its id, safe inside a message; a group that is not local is called by its id. */
export type GroupNames = (groupId: string) => string;

export async function groupNames(app: Pick<App, 'groups'>, guildId: string): Promise<GroupNames> {
  const names = new Map((await app.groups.list(guildId)).map(({ id, name }) => [id, name]));
  return (groupId) => plain(names.get(groupId) ?? groupId);
}

/** Groups whose name fits what is typed, those that begin with it first. */
export async function groupChoices(
  app: Pick<App, 'groups'>,
  guildId: string,
  typed: string,
  { ownOnly = false } = {},
): Promise<Choice[]> {
  const groups = (await app.groups.list(guildId)).filter((group) => !ownOnly || group.guildId === guildId);
  return rankByName(groups, typed).map(({ id, name, guildId: home, memberCount }) => ({
    name: `${name} (${memberCount}${home === null ? ', global' : ''})`,
    value: id,
  }));
}

/** Groups that a mapping may name: those, and what is typed where it is a group of another source, though nobody carries it yet. */
export async function anyGroupChoices(app: Pick<App, 'groups'>, guildId: string, typed: string): Promise<Choice[]> {
  const wanted = typed.trim();
  const named = isOfSource(wanted) ? [{ name: wanted, value: wanted }] : [];
  return [...named, ...(await groupChoices(app, guildId, typed))];
}

/** Choices for a list of groups, `Pilots, Cadets, ` with its last name being typed. */
export async function groupListChoices(app: Pick<App, 'groups'>, guildId: string, typed: string): Promise<Choice[]> {
  const parts = typed.split(',').map((part) => part.trim());
  const last = parts.pop() ?? '';
  const groups = (await app.groups.list(guildId)).filter(({ name }) => !parts.includes(name) && !name.includes(','));
  const names = [...(isOfSource(last) ? [last] : []), ...rankByName(groups, last).map(({ name }) => name)];
  return names.map((name) => {
    const list = [...parts, name].join(', ');
    return { name: list, value: list };
  });
}

function rankByName<T extends { name: string }>(groups: readonly T[], typed: string): T[] {
  const wanted = typed.trim().toLowerCase();
  const rank = ({ name }: T) => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
  return groups
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** A group that this guild may see, by id or name. AppError group_not_found. */
export async function visibleGroup(app: Pick<App, 'groups'>, guildId: string, typed: string): Promise<LocalGroup> {
  const group = await app.groups.find(guildId, typed.trim());
  if (group.guildId !== null && group.guildId !== guildId) throw notFound(typed);
  return group;
}

/** A group that this guild's admins may change. */
export async function ownGroup(app: Pick<App, 'groups'>, guildId: string, typed: string): Promise<LocalGroup> {
  const group = await visibleGroup(app, guildId, typed);
  if (group.guildId === null) {
    throw new AppError(
      'forbidden',
      `“${group.name}” is a global group: only the operators of Rolewright can change it.`,
    );
  }
  return group;
}

/** The ids of the groups that a mapping is to name, each once: local ones by id or name, those of other sources as `source:id`. */
export async function resolveGroupIds(
  app: Pick<App, 'groups'>,
  guildId: string,
  typed: readonly string[],
): Promise<string[]> {
  const groups = await app.groups.list(guildId);
  const ids = typed.map((text) => {
    const wanted = text.trim();
    const found =
      groups.find(({ id }) => id === wanted) ??
      groups.find((group) => group.guildId === guildId && isNamed(group, wanted)) ??
      groups.find((group) => isNamed(group, wanted));
    if (found) return found.id;
    if (isOfSource(wanted)) return wanted;
    throw notFound(wanted);
  });
  return [...new Set(ids)];
}

/** `source:id`, as groups of other sources are called. */
function isOfSource(text: string): boolean {
  return /^[a-z][a-z0-9_-]*:\S+$/.test(text);
}

function isNamed({ name }: LocalGroup, wanted: string): boolean {
  return name.toLowerCase() === wanted.toLowerCase();
}

function notFound(typed: string): AppError {
  return new AppError('group_not_found', `There is no group “${cut(typed.trim(), 100)}” here.`);
}
