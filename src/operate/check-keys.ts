import Client from 'better-sqlite3';
import { pathOf } from '../db/database.ts';
import { PUT_KEY_BACK, usesOf } from '../identity/sealed-tokens.ts';
import type { VaultKey } from '../identity/token-vault.ts';
import { mend, ok, type Finding } from './finding.ts';

const SEALED = `
  select access_token as jwe from discord_users where access_token is not null
  union all select refresh_token from discord_users where refresh_token is not null
  union all select bot_token from guilds where bot_token is not null`;

/** Whether ENCRYPTION_KEYS opens what is stored: one token of each key is tried. */
export async function checkKeys(databaseUrl: string, keys: readonly VaultKey[]): Promise<Finding[]> {
  const uses = await usesOf(sealedIn(databaseUrl), keys);
  return uses.map(({ kid, tokens, trouble }) => {
    if (trouble !== null) return mend(`${tokens} stored tokens do not open. ${trouble} ${PUT_KEY_BACK}`);
    const advice = kid === keys[0]?.kid ? '' : '; npm run keys:rotate brings them to the first key';
    return ok(`keys: ${tokens} stored tokens open with the key ${kid}${advice}`);
  });
}

function sealedIn(databaseUrl: string): string[] {
  const client = new Client(pathOf(databaseUrl), { readonly: true, fileMustExist: true });
  try {
    return client.prepare<[], string>(SEALED).pluck().all();
  } finally {
    client.close();
  }
}
