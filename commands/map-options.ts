import type { App } from '../src/app.ts';
import type { Conditions, Mapping } from '../src/core/mapping.ts';
import type { CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import type { MappingEdit } from '../src/sync/mapping-drafts.ts';
import { parseDuration } from './duration.ts';
import { resolveGroupIds } from './group-option.ts';

/** What the options say of a mapping (the one that is there, if any); what is left out is absent. AppError where an option makes no sense. */
export async function readSettings(
  { options, guildId }: CommandInteraction,
  app: Pick<App, 'groups'>,
  present?: Mapping,
): Promise<MappingEdit> {
  const [groupId] = await resolveGroupIds(app, guildId, listOf(options.getString('group')));
  const exclusiveSet = options.getString('exclusive_set')?.trim();
  const onForeign = options.getString('on_foreign');
  const onDrift = options.getString('on_drift');
  const grace = options.getString('grace');
  const said = await readConditions({ options, guildId }, app);
  const conditions = withoutDouble(groupId ?? present?.groupId, said, present?.conditions.groups);
  return {
    ...given('groupId', groupId),
    ...given('isActive', options.getBoolean('active')),
    ...given('priority', options.getInteger('priority')),
    ...(exclusiveSet === undefined ? {} : { exclusiveSet: isNone(exclusiveSet) ? null : exclusiveSet }),
    ...(onForeign === 'keep' || onForeign === 'remove' ? { onForeign } : {}),
    ...(onDrift === 'revert' || onDrift === 'respect' || onDrift === 'alert' ? { onDrift } : {}),
    ...given('addOnly', options.getBoolean('add_only')),
    ...(grace === null ? {} : { graceSeconds: graceSeconds(grace) }),
    ...(Object.keys(conditions).length > 0 ? { conditions } : {}),
  };
}

async function readConditions(
  { options, guildId }: Pick<CommandInteraction, 'options' | 'guildId'>,
  app: Pick<App, 'groups'>,
): Promise<Partial<Conditions>> {
  const groups = options.getString('also_groups');
  const excluded = options.getString('excluded_groups');
  const min = options.getInteger('min_characters');
  const max = options.getInteger('max_characters');
  const permissions = options.getString('permission');
  return {
    ...given('requireAll', options.getBoolean('require_all')),
    ...(groups === null ? {} : { groups: await resolveGroupIds(app, guildId, parseList(groups)) }),
    ...(excluded === null ? {} : { excludedGroups: await resolveGroupIds(app, guildId, parseList(excluded)) }),
    ...(min === null ? {} : { characterCountMin: min === 0 ? null : min }),
    ...(max === null ? {} : { characterCountMax: max === -1 ? null : max }),
    ...(permissions === null ? {} : { requiredPermissions: parseList(permissions) }),
  };
}

/** The mapping's own group counts anyway: it need not stand among the groups that count as well. */
function withoutDouble(
  groupId: string | undefined,
  said: Partial<Conditions>,
  groupsBefore: readonly string[] = [],
): Partial<Conditions> {
  const groups = said.groups ?? groupsBefore;
  const others = groups.filter((id) => id !== groupId);
  return said.groups || others.length < groups.length ? { ...said, groups: others } : said;
}

function given<K extends string, V>(key: K, value: V | null | undefined): Partial<Record<K, V>> {
  const one: Partial<Record<K, V>> = {};
  if (value !== null && value !== undefined) one[key] = value;
  return one;
}

function listOf(text: string | null): string[] {
  return text === null ? [] : [text];
}

function isNone(text: string): boolean {
  return text === '' || text.toLowerCase() === 'none';
}

function parseList(text: string): string[] {
  if (isNone(text.trim())) return [];
  return [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
}

function graceSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms > 365 * 86_400_000) {
    throw new AppError('invalid_input', 'Say the grace as a time such as 30m, 12h or 7d, a year at most.');
  }
  return ms / 1000;
}
