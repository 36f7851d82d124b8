import { errors } from 'jose';

// Why a token of the host application is refused. Nothing that the token holds is repeated: the sentences are sent to
// whoever brought it, stand in the log, and travel in a header (printable ASCII without quotes and backslashes).

export const NO_JWT = 'This token is neither a session of Rolewright nor a JWT.';
export const NO_HOST =
  'This token is no session of Rolewright, and tokens of another application are not accepted here.';
export const TOO_LONG = 'This token is too long.';
export const WRONG_TYPE = 'This token is of another type: its header has to say typ JWT or at+jwt, or no typ.';
export const WRONG_SUBJECT =
  'This token has a claim sub that cannot be used: it has to be a text of 1 to 255 characters, without control characters.';
export const WRONG_SCOPE = 'This token has a claim scope that cannot be used: it has to be a text or a list of texts.';

const CLAIMS = new Map([
  ['iss', 'This token is of another issuer: its claim iss is not the one that is accepted here (HOST_JWT_ISSUER).'],
  [
    'aud',
    'This token is for another audience: its claim aud is not the one that is accepted here (HOST_JWT_AUDIENCE).',
  ],
  ['nbf', 'This token does not hold yet (nbf). Check the clocks.'],
  ['exp', 'This token has expired (exp). Get a new one from the host application.'],
]);

export const WRONG_ISSUER = CLAIMS.get('iss') ?? '';

/** @param algorithms the ones that are accepted */
export function whyRefused(error: errors.JOSEError, algorithms: readonly string[]): string {
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    if (error.reason === 'missing') return `This token lacks the claim ${error.claim}.`;
    const why = error.reason === 'check_failed' ? CLAIMS.get(error.claim) : undefined;
    return why ?? `This token has a claim ${error.claim} that is not of its type.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `This token is signed with an algorithm that is not accepted: it has to be ${algorithms.join(', ')}.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return 'No key of the host application has the key id (kid) and the algorithm that this token names.';
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'Several keys of the host application fit this token: it has to name one of them (kid).';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return 'The signature of this token is wrong: another key signed it, or it was altered.';
  }
  return NO_JWT;
}
