/** What is uncertain about Discord, or merely slow. The defaults are the stricter reading and the real numbers. */
export interface Settings {
  /** 0.01 makes every rate-limit window 100 times shorter; the header values shrink with it, and `Retry-After` then has decimals. */
  timeScale: number;
  /** Latency of every REST answer, in ms. */
  latencyMs: number;
  /** `strict`: only `DiscordBot (...)` passes, as documented. `present`: any User-Agent does. */
  userAgent: 'strict' | 'present';
  /** Which of two roles of equal position is the higher one; discord.js says the one with the lower id. */
  equalPositions: 'lower_id_is_higher' | 'higher_id_is_higher';
  /** What giving a role that is already there (or taking one that is not) publishes and logs. Undocumented. */
  noopRoleWrites: 'silent' | 'event';
  /** Whether each holder's GUILD_MEMBER_UPDATE follows a deleted role. Not promised, so not sent. */
  memberUpdatesOnRoleDelete: boolean;
  /** Code of every route below a guild that is not there any more; `GET /guilds/{id}` itself always says 10004. */
  goneGuildCode: 10004 | 50001;
  /** Code of a PUT or DELETE of a managed or linked role. */
  managedRoleCode: 50013 | 50028;
  /** HTTP status of guilds.join for a banned user (code 40007). */
  bannedJoinStatus: 400 | 403;
  /** Answer to a bearer token that lacks the scope. */
  missingScope: '401' | '403_50026';
  /** Whether asking for tokens again gives the living access token once more, or a new one. */
  accessTokenOnRepeat: 'new' | 'same';
  /** What becomes of an X-Audit-Log-Reason of more than 512 characters. */
  longReason: 'refused' | 'cut';
  /** Whether roles and @everyone together may be 250 (`true`), or @everyone comes on top. */
  everyoneCountsAsRole: boolean;
  /** Time an application has for its first answer to an interaction, and how long its token lives. Not scaled. */
  interactionAnswerMs: number;
  interactionTokenMs: number;
  heartbeatIntervalMs: number;
  /** Dispatches kept for RESUME, per session. */
  replayLimit: number;
  /** How long a session may be resumed after its socket closed. */
  resumeWindowMs: number;
  maxConcurrency: number;
  sessionStartsPerDay: number;
}

export const defaultSettings: Settings = {
  timeScale: 1,
  latencyMs: 0,
  userAgent: 'strict',
  equalPositions: 'lower_id_is_higher',
  noopRoleWrites: 'silent',
  memberUpdatesOnRoleDelete: false,
  goneGuildCode: 10004,
  managedRoleCode: 50013,
  bannedJoinStatus: 403,
  missingScope: '401',
  accessTokenOnRepeat: 'new',
  longReason: 'refused',
  everyoneCountsAsRole: true,
  interactionAnswerMs: 3_000,
  interactionTokenMs: 15 * 60_000,
  heartbeatIntervalMs: 41_250,
  replayLimit: 10_000,
  resumeWindowMs: 120_000,
  maxConcurrency: 1,
  sessionStartsPerDay: 1_000,
};
