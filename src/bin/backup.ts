import { join } from 'node:path';
import process from 'node:process';
import { ConfigError, readDatabaseAddress } from '../config.ts';
import { backUp, backupFolder } from '../db/backup.ts';
import { DatabaseError } from '../db/database.ts';

/** `npm run db:backup [-- <file>]`: copies the database while Rolewright runs. */
const [named, ...more] = process.argv.slice(2);
if (more.length > 0 || named?.startsWith('-')) {
  process.stderr.write(
    'Name one file at most, and none that begins with "-": npm run db:backup [-- <file>]. Nothing was copied.\n',
  );
  process.exit(1);
}
try {
  const databaseUrl = readDatabaseAddress(process.env);
  const stamp = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
  const target = named ?? join(backupFolder(databaseUrl), `rolewright-${stamp}.db`);
  const { path, bytes, migrations, rows } = await backUp(databaseUrl, target);
  const counts = [...rows].map(([table, count]) => `  ${table}: ${count}`).join('\n');
  process.stdout.write(`${path}: ${bytes} bytes, checked, schema version ${migrations}\n${counts}\n`);
} catch (error) {
  const isPlain = error instanceof DatabaseError || error instanceof ConfigError;
  process.stderr.write(`${isPlain ? error.message : String(error)}\n`);
  process.exit(1);
}
