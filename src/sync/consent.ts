import type { Agreement } from '../core/agreement.ts';
import { agreementOf } from '../core/privilege.ts';
import type { Author } from './mapping-checks.ts';
import type { GuildReader } from './ports.ts';
import type { Payer } from './read-allowance.ts';

/** Who orders something in guilds. */
export interface Orderer {
  actor: string;
  payer: Payer;
  /** As whom he administers a guild of the order; null: he is trusted with all of its roles. */
  authorIn(guildId: string): Promise<Author | null>;
}

/** What the word of whoever orders covers in a guild; null: nobody can say, for the guild is out of sight at this moment. */
export type Consent = (by: Pick<Orderer, 'authorIn'>, guildId: string) => Promise<Agreement | null>;

export function createConsent({ guilds }: { guilds: Pick<GuildReader, 'guild'> }): Consent {
  return async ({ authorIn }, guildId) => {
    const author = await authorIn(guildId);
    if (!author) return {};
    const guild = guilds.guild(guildId);
    return guild && agreementOf(guild, author);
  };
}
