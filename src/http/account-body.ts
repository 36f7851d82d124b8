import { z } from 'zod';
import type { AccountWithLinks } from '../identity/accounts.ts';
import type { Link } from '../identity/links.ts';
import { instant, snowflake, uuid } from './fields.ts';

/** A linked Discord user, in an answer. */
export const discordUser = z
  .object({
    discord_id: snowflake,
    username: z.string().meta({ example: 'anna' }),
    global_name: z.string().nullable().meta({ description: 'The name that Discord shows.' }),
    scopes: z.array(z.string()).meta({ description: 'What he agreed to.', example: ['identify', 'guilds'] }),
    needs_relink: z.boolean().meta({ description: 'Discord takes his tokens no more. His roles stay.' }),
    linked_at: instant,
  })
  .meta({ id: 'DiscordUser', description: 'A Discord user that is linked to an account.' });

export function discordUserView(link: Link): z.input<typeof discordUser> {
  return {
    discord_id: link.discordId,
    username: link.username,
    global_name: link.globalName,
    scopes: link.scopes,
    needs_relink: link.needsRelink,
    linked_at: link.linkedAt,
  };
}

/** An account, in an answer. */
export const user = z
  .object({
    id: uuid.meta({ description: 'The same as user_id.' }),
    user_id: uuid,
    external_id: z.string().nullable().meta({ description: 'What the host application calls him.' }),
    is_active: z.boolean().meta({ description: 'He has a link that does not need relinking.' }),
    discord_users: z.array(discordUser),
    created_at: instant,
  })
  .meta({ id: 'User', description: 'A person: an account, and the Discord users that are linked to it.' });

export function userView({ account, links }: AccountWithLinks): z.input<typeof user> {
  return {
    id: account.id,
    user_id: account.id,
    external_id: account.externalId,
    is_active: links.some(({ needsRelink }) => !needsRelink),
    discord_users: links.map(discordUserView),
    created_at: account.createdAt,
  };
}
