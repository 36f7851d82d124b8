import { z } from 'zod';
import type { Config } from '../config.ts';
import { reasonOf } from './discord-question.ts';
import { mend, ok, type Finding } from './finding.ts';

const ANSWER_MS = 5_000;
/** Nobody's id: a host answers 404 to it, or that he is in no group. */
const NOBODY = 'rolewright-doctor';

/** Whether the site that keeps groups answers. */
export async function checkGroups({ url, token }: Pick<Config['groups'], 'url' | 'token'>): Promise<Finding[]> {
  if (url === null) return [];
  const headers = { accept: 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
  const said = await ask(`${url}/users/${NOBODY}/groups`, headers);
  if ('why' in said)
    return [mend(`GROUPS_URL ${url} cannot be reached (${said.why}). Check the address and the site.`)];
  const { status, json } = said;
  if (status === 404 || (status === 200 && json !== undefined)) return [ok(`groups: ${url} answers`)];
  if (status === 401 || status === 403)
    return [mend(`GROUPS_URL ${url} refuses GROUPS_TOKEN (${status}). Set the token that the site expects.`)];
  return [
    mend(
      `GROUPS_URL ${url} answers ${status}${status === 200 ? ', but no JSON' : ''}. See docs/integrate-groups.md for what it should say.`,
    ),
  ];
}

/** Whether the host application shows the keys that its tokens are signed with. */
export async function checkHostKeys({ jwksUrl }: Pick<Config['hostApplication'], 'jwksUrl'>): Promise<Finding[]> {
  if (jwksUrl === null) return [];
  const said = await ask(jwksUrl, { accept: 'application/json' });
  if ('why' in said) return [mend(`HOST_JWKS_URL ${jwksUrl} cannot be reached (${said.why}). Check the address.`)];
  const keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }).safeParse(said.json);
  if (said.status === 200 && keys.success)
    return [ok(`host application: ${jwksUrl} shows ${keys.data.keys.length} keys`)];
  return [
    mend(`HOST_JWKS_URL ${jwksUrl} answers ${said.status}, but shows no keys ({ "keys": [...] }). Check the address.`),
  ];
}

async function ask(
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; json: unknown } | { why: string }> {
  try {
    const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) });
    const json: unknown = await response.json().catch(() => undefined);
    return { status: response.status, json };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}
