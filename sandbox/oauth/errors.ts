export type OAuthErrorCode =
  | 'access_denied'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_request'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'unsupported_response_type';

/** A refusal in the shape of RFC 6749, which the OAuth2 routes use in place of Discord's own. */
export class OAuthError extends Error {
  readonly status: number;
  readonly code: OAuthErrorCode;
  readonly description: string | undefined;

  constructor(status: number, code: OAuthErrorCode, description?: string) {
    super(description ?? code);
    this.name = 'OAuthError';
    this.status = status;
    this.code = code;
    this.description = description;
  }

  body(): { error: string; error_description?: string } {
    return { error: this.code, ...(this.description !== undefined && { error_description: this.description }) };
  }
}
