import type { World } from '../world.ts';
import type { Caller, Route } from './call.ts';
import { refuse, unauthorized } from './errors.ts';

/** Who stands behind an Authorization header. One that is wrong is refused; without one it is nobody. */
export function callerOf(world: World, authorization: string | undefined): Caller {
  if (authorization === undefined) return { kind: 'nobody' };
  const [scheme, token = ''] = authorization.split(' ');
  if (scheme === 'Bot') {
    const application = world.applicationOfBotToken(token);
    if (application) return { kind: 'bot', application };
  }
  if (scheme === 'Bearer') {
    const found = world.accessToken(token);
    const user = found && world.users.get(found.userId);
    if (found && user) return { kind: 'bearer', user, applicationId: found.applicationId, scopes: found.scopes };
  }
  throw unauthorized();
}

/** Refuses a caller whom the route does not serve. */
export function admit({ settings }: World, { auth = 'bot', scope }: Route, caller: Caller): void {
  if (auth === 'nobody') return;
  const isServed = auth === 'either' ? caller.kind !== 'nobody' : caller.kind === auth;
  if (!isServed) throw caller.kind === 'bot' ? refuse(20001) : unauthorized();
  if (caller.kind === 'bearer' && scope !== undefined && !caller.scopes.includes(scope)) {
    throw settings.missingScope === '401' ? unauthorized() : refuse(50026);
  }
}

/** The name of a caller in the request log and for rate limits. */
export function nameOfCaller(caller: Caller): string | null {
  if (caller.kind === 'bot') return `bot:${caller.application.id}`;
  return caller.kind === 'bearer' ? `user:${caller.user.id}` : null;
}
