import process from 'node:process';
import { ConfigError, readConfig } from '../config.ts';
import { DatabaseError, openDatabase } from '../db/database.ts';
import { createGuildStore } from '../db/guild-store.ts';
import { createLinkStore } from '../db/link-store.ts';
import { rotateKeys } from '../identity/rotate-keys.ts';
import { createTokenVault } from '../identity/token-vault.ts';
import { botTokenRow } from '../sync/guild-configs.ts';

/** `npm run keys:rotate`: seals all stored tokens under the first of ENCRYPTION_KEYS, while Rolewright runs. */
if (process.argv.length > 2) {
  process.stderr.write('It takes no arguments: npm run keys:rotate. Nothing was sealed anew.\n');
  process.exit(1);
}
try {
  const { databaseUrl, encryptionKeys } = readConfig(process.env);
  const database = openDatabase(databaseUrl);
  const { resealed, current, unreadable } = await rotateKeys({
    links: createLinkStore(database),
    guilds: createGuildStore(database),
    vault: createTokenVault(encryptionKeys),
    botTokenRow,
  });
  database.close();
  const name = encryptionKeys[0]?.kid ?? '';
  process.stdout.write(
    `${resealed} tokens sealed under the key ${name}, ${current} were already, ${unreadable.length} cannot be read.\n`,
  );
  if (unreadable.length > 0) {
    process.stderr.write(
      `${unreadable.join('\n')}\nPut the missing key back into ENCRYPTION_KEYS and run this again.\n`,
    );
    process.exitCode = 1;
  }
} catch (error) {
  const isPlain = error instanceof DatabaseError || error instanceof ConfigError;
  process.stderr.write(`${isPlain ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
