/** Stable codes of the errors that a person may be told. */
export type ErrorCode =
  | 'account_conflict'
  | 'bot_not_in_guild'
  | 'bot_token_refused'
  | 'changed_meanwhile'
  | 'dangerous_role'
  | 'discord_unavailable'
  | 'forbidden'
  | 'group_exists'
  | 'group_in_use'
  | 'group_not_found'
  | 'guild_exists'
  | 'guild_not_found'
  | 'host_unavailable'
  | 'invalid_input'
  | 'link_denied'
  | 'link_expired'
  | 'link_other_account'
  | 'link_other_browser'
  | 'link_other_user'
  | 'login_denied'
  | 'mapping_exists'
  | 'mapping_not_found'
  | 'member_not_found'
  | 'not_found'
  | 'not_linked'
  | 'not_set_up'
  | 'rate_limited'
  | 'redirect_not_allowed'
  | 'role_not_mappable'
  | 'run_grown'
  | 'run_not_found'
  | 'run_not_held'
  | 'run_not_running'
  | 'run_not_undoable'
  | 'sync_disabled'
  | 'token_refused'
  | 'unauthenticated'
  | 'user_not_found'
  | 'webhook_refused';

/** An error that a person may be told: `message` is a sentence that says what to do next. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** rate_limited: when to try again. */
  readonly retryAfterSeconds: number | undefined;
  /** What usually helps against this code does not help here: the words say what does. */
  readonly saysWhatHelps: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { retryAfterSeconds?: number; saysWhatHelps?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.saysWhatHelps = options.saysWhatHelps ?? false;
  }
}
