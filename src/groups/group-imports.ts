import type { GroupStore } from '../db/group-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import { createGroupChanges, type GroupChangesParts } from './group-changes.ts';
import { readRows, type BadRow, type ImportFile, type ImportRow } from './import-rows.ts';
import { groupNotFound } from './group-names.ts';
import type { LocalGroup } from './local-groups.ts';
import { createMemberRights, type Editor, type MemberRightsParts } from './member-rights.ts';

/** What an import does, or has done. */
export interface ImportSums {
  newGroups: string[];
  /** Memberships. */
  added: number;
  /** They were there, and end at another time now. */
  changed: number;
  unchanged: number;
  /** Mappings that name one of the groups: roles follow. */
  mappings: number;
  bad: BadRow[];
}

/** Memberships from a file, by Discord user. An import adds and changes; it takes nobody out. Errors are AppErrors. */
export interface GroupImports {
  /** Reads a CSV file, or a JSON list. */
  read(text: string): ImportFile;
  preview(guildId: string, rows: readonly ImportRow[], editor: Editor): Promise<ImportSums>;
  /** Makes the groups that are missing, and syncs whom it touches: who imports has seen the preview. */
  run(guildId: string, rows: readonly ImportRow[], editor: Editor): Promise<ImportSums>;
}

export interface GroupImportsParts
  extends Omit<GroupChangesParts, 'mappings' | 'rights'>, Omit<MemberRightsParts, 'mappings'> {
  groups: Pick<GroupStore, 'findByName' | 'create' | 'endsOf' | 'addMany'>;
  mappings: Pick<MappingStore, 'ofGuild' | 'naming'>;
  newId: () => string;
}

/** More than this is a file whose columns are mixed up rather than a server with so many groups. */
const MOST_NEW_GROUPS = 100;

interface Plan {
  /** null: it is still to be made. */
  group: LocalGroup | null;
  name: string;
  added: ImportRow[];
  changed: ImportRow[];
  unchanged: number;
}

export function createGroupImports(parts: GroupImportsParts): GroupImports {
  const { groups, mappings, now, newId } = parts;
  const rights = createMemberRights(parts);
  const changes = createGroupChanges({ ...parts, rights });

  async function planOf(
    guildId: string,
    name: string,
    rows: readonly ImportRow[],
    editor: Editor,
  ): Promise<Plan | { bad: BadRow[] }> {
    const group = await groups.findByName(guildId, name);
    if (!group) return { group, name, added: [...rows], changed: [], unchanged: 0 };
    const refused = (why: string) => ({ bad: rows.map(({ place }) => ({ place, why })) });
    if (group.guildId === null) {
      return refused(`“${name}” is a global group: only the operators of Rolewright can change it`);
    }
    const refusal = await rights.refusalOf(group, editor);
    if (refusal) return refused(refusal.message.replace(/\.$/, ''));
    const ids = rows.map(({ discordId }) => discordId);
    const ends = await groups.endsOf(group.id, ids, now());
    const isIn = ({ discordId }: ImportRow) => ends.has(discordId);
    const isMoved = ({ discordId, expiresAt }: ImportRow) =>
      expiresAt !== undefined && ends.get(discordId)?.getTime() !== expiresAt?.getTime();
    const present = rows.filter(isIn);
    const changed = present.filter(isMoved);
    const added = rows.filter((row) => !isIn(row));
    return { group, name, added, changed, unchanged: present.length - changed.length };
  }

  async function plan(
    guildId: string,
    rows: readonly ImportRow[],
    editor: Editor,
  ): Promise<{ plans: Plan[]; bad: BadRow[] }> {
    const at = now();
    const isOver = ({ expiresAt }: ImportRow) => expiresAt instanceof Date && expiresAt <= at;
    const bad: BadRow[] = rows.filter(isOver).map(({ place }) => ({ place, why: 'expires_at has passed meanwhile' }));
    const plans: Plan[] = [];
    const byName = Map.groupBy(
      rows.filter((row) => !isOver(row)),
      ({ group }) => group.normalize('NFKC').toLowerCase(),
    );
    for (const ofGroup of byName.values()) {
      const planned = await planOf(guildId, ofGroup[0]?.group ?? '', ofGroup, editor);
      if ('bad' in planned) bad.push(...planned.bad);
      else plans.push(planned);
    }
    const missing = plans.filter(({ group }) => group === null).length;
    if (missing > MOST_NEW_GROUPS) {
      throw new AppError(
        'invalid_input',
        `This file names ${missing.toLocaleString('en')} groups that do not exist; an import makes at most ${MOST_NEW_GROUPS}. Check its column group.`,
      );
    }
    return { plans, bad: bad.toSorted((a, b) => a.place - b.place) };
  }

  async function sumsOf({ plans, bad }: { plans: readonly Plan[]; bad: BadRow[] }): Promise<ImportSums> {
    const sum = (of: (plan: Plan) => number) => plans.reduce((total, one) => total + of(one), 0);
    const named = await Promise.all(plans.flatMap(({ group }) => (group ? [mappings.naming(group.id)] : [])));
    return {
      newGroups: plans.filter(({ group }) => group === null).map(({ name }) => name),
      added: sum(({ added }) => added.length),
      changed: sum(({ changed }) => changed.length),
      unchanged: sum(({ unchanged }) => unchanged),
      mappings: new Set(named.flat().map(({ id }) => id)).size,
      bad,
    };
  }

  /** Somebody may have made it since it was looked for. */
  async function groupOf(guildId: string, { group, name }: Plan, actor: string): Promise<LocalGroup> {
    if (group) return group;
    const at = now();
    const made = { id: newId(), guildId, name, description: null, createdBy: actor, createdAt: at, updatedAt: at };
    const created = await groups.create(made);
    if (created === 'no_guild') throw new AppError('bot_not_in_guild', 'Rolewright is not in this server any more.');
    if (created === 'name_taken') {
      throw new AppError('group_exists', `Somebody has made the group “${name}” meanwhile. Import the file again.`);
    }
    await changes.groupMade(created);
    return created;
  }

  return {
    read: (text) => readRows(text, now()),

    preview: async (guildId, rows, editor) => sumsOf(await plan(guildId, rows, editor)),

    async run(guildId, rows, editor) {
      const { discordId: addedBy } = editor;
      const planned = await plan(guildId, rows, editor);
      const sums = await sumsOf(planned);
      const touched: LocalGroup[] = [];
      const discordIds = new Set<string>();
      for (const one of planned.plans) {
        const group = await groupOf(guildId, one, addedBy);
        const entries = [...one.added, ...one.changed].map(({ discordId, expiresAt = null }) => ({
          id: newId(),
          discordId,
          expiresAt,
        }));
        const added = await groups.addMany(group.id, entries, { addedBy, now: now() });
        if (!added) throw groupNotFound(group.name);
        const names = one.added.map(({ discordId }) => ({ discordId }));
        await changes.membersChanged(group, { added: names, removed: [], changed: one.changed.length }, addedBy);
        if (one.added.length > 0) {
          touched.push(group);
          for (const id of added.discordIds) discordIds.add(id);
        }
      }
      await changes.sync(touched, [...discordIds], { editor, isConfirmed: true });
      return sums;
    },
  };
}
