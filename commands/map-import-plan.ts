import { isDeepStrictEqual } from 'node:util';
import type { App } from '../src/app.ts';
import { saysTheSame } from '../src/core/doctor.ts';
import type { Mapping } from '../src/core/mapping.ts';
import type { Permission } from '../src/core/permissions.ts';
import { AppError } from '../src/errors.ts';
import { editOf } from '../src/mapping-form.ts';
import type { Author } from '../src/sync/mapping-checks.ts';
import type { MappingDraft } from '../src/sync/mapping-drafts.ts';
import { resolveGroupIds } from './group-option.ts';
import type { FileEntry, MappingFile } from './mapping-file.ts';

/** What the file says of one mapping, checked. */
interface Item {
  place: string;
  draft: MappingDraft;
  after: Mapping;
  dangerous: Permission[];
}

/** What an import does; `problems` are what it leaves out, each by its place. */
export interface ImportPlan {
  added: Item[];
  changed: (Item & { before: Mapping })[];
  /** Mappings that are like this already. */
  same: number;
  problems: string[];
}

/** Looks at every mapping of the file by the same rules as `/map add` and `/map edit`; nothing is written. */
export async function planImport(app: App, guildId: string, author: Author, file: MappingFile): Promise<ImportPlan> {
  const plan: ImportPlan = { added: [], changed: [], same: 0, problems: [...file.problems] };
  const left = new Map((await app.mappings.list(guildId)).map(({ mapping }) => [mapping.id, mapping]));
  for (const { place, entry } of file.entries) {
    try {
      const draft = await draftOf(app, guildId, entry, file.groupNames);
      const before = presentFor(entry, draft, [...left.values()]);
      if (before) left.delete(before.id);
      const checked = before
        ? await app.mappings.checkEdit(guildId, author, before.id, draft)
        : await app.mappings.check(guildId, author, draft);
      const { after, dangerous } = checked;
      if (before && isSame(before, after)) plan.same += 1;
      else if (isDouble(plan, after)) plan.problems.push(`${place}: the file says the same before.`);
      else if (before) plan.changed.push({ place, draft, after, dangerous, before });
      else plan.added.push({ place, draft, after, dangerous });
    } catch (err) {
      if (!(err instanceof AppError)) throw err;
      plan.problems.push(`${place}: ${err.message}`);
    }
  }
  return plan;
}

/** The mapping with the ids of this server. */
async function draftOf(
  app: App,
  guildId: string,
  entry: FileEntry,
  names: MappingFile['groupNames'],
): Promise<MappingDraft> {
  const { discord_role_id: roleId, discord_role_name: roleName, id: _, ...form } = entry;
  if (app.guilds.guild(guildId)?.roles.has(roleId) === false) {
    const called = roleName === undefined ? '' : ` (“${roleName}” where the file was made)`;
    throw new AppError(
      'role_not_mappable',
      `There is no role ${roleId}${called} here. Put the id of a role of this server.`,
    );
  }
  const { conditions: terms, ...settings } = editOf({ ...form, discord_role_id: roleId });
  const idsOf = (groupIds: readonly string[]) => idsHere(app, guildId, groupIds, names);
  const [groupId = ''] = await idsOf([entry.group_id]);
  const conditions = terms && {
    ...terms,
    ...(terms.groups && { groups: await idsOf(terms.groups) }),
    ...(terms.excludedGroups && { excludedGroups: await idsOf(terms.excludedGroups) }),
  };
  return { ...settings, roleId, groupId, ...(conditions && { conditions }) };
}

/** A group is meant by its id here, or by the name that it had where the file was made. */
async function idsHere(
  app: App,
  guildId: string,
  groupIds: readonly string[],
  names: MappingFile['groupNames'],
): Promise<string[]> {
  const here = new Set((await app.groups.list(guildId)).map(({ id }) => id));
  return resolveGroupIds(
    app,
    guildId,
    groupIds.map((id) => (here.has(id) ? id : (names.get(id) ?? id))),
  );
}

/** The mapping that the entry means: that of its id, else the one of the same role and group that is most like it. */
function presentFor({ id }: FileEntry, draft: MappingDraft, present: readonly Mapping[]): Mapping | undefined {
  const byId = present.find((mapping) => mapping.id === id && mapping.roleId === draft.roleId);
  const alike = present.filter(({ roleId, groupId }) => roleId === draft.roleId && groupId === draft.groupId);
  const sameTerms = alike.find(({ conditions }) =>
    isDeepStrictEqual(conditions, { ...conditions, ...draft.conditions }),
  );
  return byId ?? sameTerms ?? (alike.length === 1 ? alike[0] : undefined);
}

function isSame(before: Mapping, after: Mapping): boolean {
  return isDeepStrictEqual({ ...before, roleName: '' }, { ...after, roleName: '' });
}

function isDouble({ added, changed }: ImportPlan, mapping: Mapping): boolean {
  return [...added, ...changed].some(({ after }) => after.isActive === mapping.isActive && saysTheSame(after, mapping));
}
