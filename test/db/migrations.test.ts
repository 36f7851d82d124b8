import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Client from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../src/db/database.ts';
import { createGrantStore } from '../../src/db/grant-store.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createRunStore } from '../../src/db/run-store.ts';
import { aChange, after, aGrant, aRun, noon } from '../support/stores.ts';

const journalOf = z.looseObject({ entries: z.array(z.looseObject({ tag: z.string() })) });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewright-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Makes a database as the first `count` migrations left it. */
function openOlder(count: number): { client: Client.Database; databaseUrl: string } {
  const migrations = join(folder, 'migrations');
  mkdirSync(join(migrations, 'meta'), { recursive: true });
  const journal = journalOf.parse(JSON.parse(readFileSync('drizzle/meta/_journal.json', 'utf8')));
  const entries = journal.entries.slice(0, count);
  writeFileSync(join(migrations, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
  for (const { tag } of entries) copyFileSync(`drizzle/${tag}.sql`, join(migrations, `${tag}.sql`));
  const path = join(folder, 'rolewright.db');
  const client = new Client(path);
  migrate(drizzle(client), { migrationsFolder: migrations });
  client.pragma('foreign_keys = ON');
  return { client, databaseUrl: `file:${path}` };
}

describe('a database of the first version', () => {
  it('goes on with everything that was in it', async () => {
    const { client, databaseUrl } = openOlder(1);
    const at = noon.getTime();
    client.exec(`
      insert into guilds (guild_id, name, is_enabled, max_role_changes_per_sync, created_at, updated_at)
        values ('guild', 'Guild', 0, 7, ${at}, ${at});
      insert into grants (guild_id, discord_id, role_id, mapping_ids, granted_at, is_confirmed)
        values ('guild', 'ann', 'role', '["m1"]', ${at}, 1);
      insert into runs (id, type, guild_id, target_id, trigger, status, initiated_by, started_at, errors)
        values ('r1', 'guild', 'guild', 'guild', 'manual', 'running', 'ann', ${at}, '["Missing Access"]');
      insert into changes (id, run_id, guild_id, discord_id, role_id, action, outcome, reason, mapping_ids, at) values
        (3, 'r1', 'guild', 'bob', 'role', 'add', 'applied', 'mapping_true', '["m1"]', ${at}),
        (4, 'r1', 'guild', 'bob', 'role', 'add', 'failed', 'mapping_true', '["m1","m2"]', ${at + 1000}),
        (9, 'r1', 'guild', 'cid', 'role', 'remove', 'blocked:role_above_bot', 'mapping_false', '[]', ${at});
    `);
    client.close();

    const database = openDatabase(databaseUrl);
    const runs = createRunStore(database);
    const { initiatedBy, startedAt } = aRun();
    expect(await runs.find('r1')).toMatchObject({
      initiatedBy,
      startedAt,
      errors: ['Missing Access'],
      isBounded: false,
      decidedBy: null,
      undoOf: null,
    });
    expect(await runs.allOf('r1')).toEqual([
      { ...aChange(), id: 3, runId: 'r1', attemptedAt: null },
      {
        ...aChange({ outcome: 'failed', mappingIds: ['m1', 'm2'], at: after(1) }),
        id: 4,
        runId: 'r1',
        attemptedAt: null,
      },
      {
        ...aChange({ discordId: 'cid', action: 'remove', reason: 'mapping_false', mappingIds: [] }),
        outcome: 'blocked:role_above_bot',
        id: 9,
        runId: 'r1',
        attemptedAt: null,
      },
    ]);
    expect(await createGuildStore(database).find('guild')).toMatchObject({
      isEnabled: false,
      maxRoleChangesPerSync: 7,
      autoJoin: false,
      nicknameTemplate: '',
      healthStatus: 'healthy',
    });
    expect(await createGrantStore(database).ofMember('guild', 'ann')).toEqual(new Map([['role', aGrant()]]));
    await runs.record('r1', [aChange()]);
    expect((await runs.allOf('r1')).map(({ id }) => id)).toEqual([3, 4, 9, 10]);
    await expect(runs.record('nowhere', [aChange()])).rejects.toThrow(/FOREIGN KEY/);
    expect(database.orm.all(sql`pragma foreign_key_check`)).toEqual([]);
    database.close();
  });

  it('ends with the same tables as a new one', () => {
    const { client, databaseUrl } = openOlder(1);
    client.close();
    const [older, fresh] = [openDatabase(databaseUrl), openDatabase(':memory:')];
    const tables = sql`select name, sql from sqlite_master order by name`;
    expect(older.orm.all(tables)).toEqual(fresh.orm.all(tables));
    older.close();
    fresh.close();
  });
});
