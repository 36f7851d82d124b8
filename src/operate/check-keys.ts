import Client from 'better-sqlite3';
import { decodeProtectedHeader } from 'jose';
import { pathOf } from '../db/database.ts';
import { createTokenVault, TokenUnreadable, type VaultKey } from '../identity/token-vault.ts';
import { mend, ok, type Finding } from './finding.ts';

const SEALED = `
  select access_token as jwe from discord_users where access_token is not null
  union all select refresh_token from discord_users where refresh_token is not null
  union all select bot_token from guilds where bot_token is not null`;

/** Whether ENCRYPTION_KEYS opens what is stored: one token of each key is tried. */
export async function checkKeys(databaseUrl: string, keys: readonly VaultKey[]): Promise<Finding[]> {
  const vault = createTokenVault(keys);
  const counts = new Map<string, { tokens: number; sample: string; row: string }>();
  for (const jwe of sealedIn(databaseUrl)) {
    const { kid, row } = headerOf(jwe);
    const known = counts.get(kid);
    if (known) known.tokens += 1;
    else counts.set(kid, { tokens: 1, sample: jwe, row });
  }
  const findings: Finding[] = [];
  for (const [kid, { tokens, sample, row }] of counts) {
    try {
      await vault.open(sample, row);
      const isFirst = kid === keys[0]?.kid;
      const advice = isFirst ? '' : '; npm run keys:rotate brings them to the first key';
      findings.push(ok(`keys: ${tokens} stored tokens open with the key ${kid}${advice}`));
    } catch (error) {
      if (!(error instanceof TokenUnreadable)) throw error;
      findings.push(
        mend(
          `${tokens} stored tokens do not open. ${error.message} Put the key back; else those people have to link again.`,
        ),
      );
    }
  }
  return findings;
}

function sealedIn(databaseUrl: string): string[] {
  const client = new Client(pathOf(databaseUrl), { readonly: true, fileMustExist: true });
  try {
    return client.prepare<[], string>(SEALED).pluck().all();
  } finally {
    client.close();
  }
}

function headerOf(jwe: string): { kid: string; row: string } {
  try {
    const { kid, row } = decodeProtectedHeader(jwe);
    return { kid: String(kid), row: String(row) };
  } catch {
    return { kid: '?', row: '' };
  }
}
