import type { App } from '../src/app.ts';
import type { Mapping } from '../src/core/mapping.ts';
import type { Choice } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import type { MappingWithHealth } from '../src/sync/mapping-health.ts';
import { count, cut } from '../src/markup.ts';

interface Named {
  mapping: Mapping;
  groupName: string;
  roleName: string;
}

async function namedMappings(
  app: Pick<App, 'guilds' | 'groups' | 'mappings'>,
  guildId: string,
): Promise<(MappingWithHealth & Named)[]> {
  const [mappings, groups] = await Promise.all([app.mappings.list(guildId), app.groups.list(guildId)]);
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  const roles = app.guilds.guild(guildId)?.roles;
  return mappings.map((entry) => ({
    findings: entry.findings,
    mapping: entry.mapping,
    groupName: names.get(entry.mapping.groupId) ?? entry.mapping.groupId,
    roleName: roles?.get(entry.mapping.roleId)?.name ?? entry.mapping.roleName,
  }));
}

/** Mappings whose group or role fits what is typed. */
export async function mappingChoices(
  app: Pick<App, 'guilds' | 'groups' | 'mappings'>,
  guildId: string,
  typed: string,
): Promise<Choice[]> {
  const wanted = typed.trim().toLowerCase();
  return (await namedMappings(app, guildId))
    .map(({ mapping, groupName, roleName }) => {
      const extras = [
        mapping.priority === 0 ? [] : `priority ${mapping.priority}`,
        mapping.isActive ? [] : 'off',
      ].flat();
      return { name: [`@${roleName} ← ${groupName}`, ...extras].join(', '), value: mapping.id };
    })
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The one mapping that is meant by its id, its role (id, mention or name) or its group. AppError when it is none or several. */
export async function findMapping(
  app: Pick<App, 'guilds' | 'groups' | 'mappings'>,
  guildId: string,
  typed: string,
): Promise<MappingWithHealth> {
  const wanted = typed.trim();
  const mappings = await namedMappings(app, guildId);
  const byId = mappings.find(({ mapping }) => mapping.id === wanted);
  if (byId) return byId;
  const roleId = /^<@&(\d+)>$/.exec(wanted)?.[1] ?? wanted;
  const name = wanted.replace(/^@/, '').toLowerCase();
  const found = mappings.filter(
    ({ mapping, groupName, roleName }) =>
      mapping.roleId === roleId ||
      mapping.groupId === wanted ||
      roleName.toLowerCase() === name ||
      groupName.toLowerCase() === wanted.toLowerCase(),
  );
  const [only, ...others] = found;
  if (!only)
    throw new AppError('mapping_not_found', `There is no mapping for “${cut(wanted, 100)}”. Pick one from the list.`);
  if (others.length > 0) {
    throw new AppError(
      'invalid_input',
      `${count(found.length, 'mapping')} fit “${cut(wanted, 100)}”. Pick the one you mean from the list.`,
    );
  }
  return only;
}
