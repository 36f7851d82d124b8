/** The tie between a Discord user and an account. */
export interface Link {
  discordId: string;
  accountId: string;
  username: string;
  globalName: string | null;
  scopes: string[];
  /** Discord no longer takes the tokens: the member has to link again; his roles stay. */
  needsRelink: boolean;
  linkedAt: Date;
}

/** Linking Discord users to accounts through OAuth2. Errors are AppErrors with words for the page. */
export interface Links {
  find(discordId: string): Promise<Link | null>;
  /** All Discord users of the account that this one belongs to; empty when he is not linked. */
  siblings(discordId: string): Promise<Link[]>;
  /** A one-time URL for this Discord user only. */
  startFromDiscord(discordId: string): Promise<{ url: string; expiresAt: Date }>;
  /** A browser opens the URL: binds it to that browser and says where to go. */
  open(token: string, browserId: string | null): Promise<{ authorizeUrl: string; browserId: string }>;
  /** Discord sent the browser back. */
  finish(callback: { code?: string; state?: string; error?: string; browserId: string | null }): Promise<{ link: Link; redirectUrl: string | null }>;
  /** Ends the link, revokes its tokens at Discord, and lets roles follow the guilds' `on_unlink`. */
  unlink(discordId: string, actor: string): Promise<void>;
}
