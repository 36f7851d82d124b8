import type { Request, Response } from 'express';
import { callerOf } from '../rest/auth.ts';
import { unauthorized } from '../rest/errors.ts';
import type { Wire } from '../rest/wire.ts';
import { timestampOf, userPayload } from '../payloads.ts';

/** `GET /oauth2/@me`: what a bearer token is worth, and whose it is. */
export function ownAuthorization({ world }: Wire) {
  return (request: Request, response: Response): void => {
    const caller = callerOf(world, request.get('Authorization'));
    if (caller.kind !== 'bearer') throw unauthorized();
    const token = world.accessToken(request.get('Authorization')?.split(' ')[1] ?? '');
    const application = world.applications.get(caller.applicationId);
    if (!token || !application) throw unauthorized();
    response.json({
      application: {
        id: application.id,
        name: application.name,
        icon: null,
        description: '',
        type: null,
        hook: true,
        bot_public: true,
        bot_require_code_grant: false,
        verify_key: application.publicKey,
        flags: 0,
      },
      scopes: token.scopes,
      expires: timestampOf(token.expiresAt),
      ...(token.scopes.includes('identify') && { user: userPayload(caller.user) }),
    });
  };
}
