import { DiscordAPIError, HTTPError } from '@discordjs/rest';
import { numberOf, objectOf, textOf } from '../../sandbox/json.ts';
import { createRateLimits } from '../../sandbox/rate-limits.ts';
import type { Call, Route } from '../../sandbox/rest/call.ts';
import { DiscordError } from '../../sandbox/rest/errors.ts';
import { memberRoutes } from '../../sandbox/rest/members.ts';
import type { Clock } from './clock.ts';
import type { History, Write } from './history.ts';
import type { Scene } from './scene.ts';
import type { Weather, WireFault } from './weather.ts';

export interface Ask {
  method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: URLSearchParams;
  body?: unknown;
  reason?: string;
  /** The incarnation that asks. */
  life: number;
  /** When the state was read that a PATCH is built from. */
  baseReadAt: number | null;
}

export interface Reply {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

/** The route that a path belongs to, with its parameters. */
interface Found {
  route: Route;
  params: Record<string, string>;
}

export interface WireParts {
  clock: Clock;
  scene: Scene;
  history: History;
  weather: Weather;
  /** Somebody edits the member just before a request of his is served. */
  meddle(discordId: string): void;
  /** How old the state may be that a stale read shows. */
  staleMs?: number;
}

/** The local Discord's REST in virtual time, behind no socket: its own rules and rate limits, and whatever the weather brings. */
export function createWire({ clock, scene, history, weather, meddle, staleMs = 3000 }: WireParts) {
  const limits = createRateLimits({ timeScale: 1, now: clock.now });
  const { world, application, guildId } = scene;
  function callOf({ params }: Found, ask: Ask): Call {
    return {
      world,
      caller: { kind: 'bot', application },
      param: (name) => params[name] ?? '',
      has: (name) => params[name] !== undefined,
      query: ask.query ?? new URLSearchParams(),
      body: objectOf(ask.body),
      files: [],
      reason: ask.reason ?? null,
    };
  }

  /** What Discord does with the request at this instant. Throws what the client would see of a connection that broke. */
  function serve(found: Found, ask: Ask, fault: WireFault | null): Reply {
    const { route, params } = found;
    const limited = { method: ask.method, route: route.path, major: guildId, actor: application.id };
    const verdict = limits.check(limited);
    if (verdict.refusal) return { status: 429, body: verdict.refusal, headers: verdict.headers };
    if (fault?.kind === 'rate_limit') {
      const { headers, refusal } = limits.refuse(limited, fault.scope, fault.retryAfterMs);
      return { status: 429, body: refusal, headers };
    }
    if (fault?.kind === 'status') return { status: fault.status, body: {}, headers: verdict.headers };
    if (fault?.kind === 'drop' && fault.when === 'before') throw broken();
    const { user_id: discordId } = params;
    if (ask.method !== 'GET' && discordId !== undefined && weather.isMeddled({ method: ask.method, discordId })) {
      meddle(discordId);
    }
    const reply = handle(found, ask, fault);
    if (fault?.kind === 'drop') throw broken();
    return { ...reply, headers: verdict.headers };
  }

  function handle(found: Found, ask: Ask, fault: WireFault | null): Omit<Reply, 'headers'> {
    const { user_id: discordId = '' } = found.params;
    const write: Write | null =
      ask.method === 'GET'
        ? null
        : {
            at: clock.now(),
            life: ask.life,
            method: ask.method,
            discordId,
            reason: ask.reason ?? null,
            status: 200,
            fault: fault?.kind ?? null,
            moves: [],
            baseReadAt: ask.baseReadAt,
            isPending: world.guilds.get(guildId)?.members.get(discordId)?.pending ?? false,
          };
    if (write) history.writes.push(write);
    try {
      const answer: { status: number; body?: object } = { status: 0 };
      const act = (): void => {
        const { status, body, apply } = found.route.handle(callOf(found, ask));
        Object.assign(answer, { status, ...(body && { body }) });
        if (fault?.kind !== 'lost') apply?.();
      };
      if (write) scene.act('bot', act, write);
      else act();
      const { status, body = null } = answer;
      if (write) {
        write.status = status;
        history.tell(clock.now(), told(write));
      }
      return { status, body: fault?.kind === 'stale' ? stale(body) : body };
    } catch (error) {
      if (!(error instanceof DiscordError)) throw error;
      if (write) {
        write.status = error.status;
        history.tell(clock.now(), told(write));
      }
      return { status: error.status, body: error.body() };
    }
  }

  function told({ method, discordId, status, fault, moves }: Write): string {
    const moved = moves.map(({ action, roleId }) => (action === 'add' ? '+' : '-') + scene.nameOf(roleId));
    return `${method} ${scene.nameOf(discordId)} ${moved.join(' ') || '(nothing)'} ${status}${fault ? ` ${fault}` : ''}`;
  }

  /** The same answer, with the roles as they were before the last change. */
  function stale(body: unknown): unknown {
    if (Array.isArray(body)) return body.map(stale);
    const before = scene.formerOf(textOf(objectOf(objectOf(body)['user'])['id']) ?? '');
    return before && clock.now() - before.until <= staleMs ? { ...objectOf(body), roles: [...before.roles] } : body;
  }

  return {
    /** One request and its answer, each of them on its way for a while. */
    async send(ask: Ask): Promise<Reply> {
      const found = find(ask);
      const fault = weather.request({ method: ask.method, discordId: found.params['user_id'] ?? null });
      await clock.sleep(weather.latencyMs());
      if (fault)
        history.tell(
          clock.now(),
          `fault ${fault.kind} on ${ask.method} ${scene.nameOf(found.params['user_id'] ?? '')}`,
        );
      if (fault) history.disturb(clock.now(), found.params['user_id'] ?? null, fault.kind);
      try {
        const reply = serve(found, ask, fault);
        await clock.sleep(weather.latencyMs() + (fault?.kind === 'latency' ? fault.ms : 0));
        return reply;
      } catch (error) {
        await clock.sleep(weather.latencyMs());
        throw error;
      }
    },
  };
}

function find({ method, path }: Ask): Found {
  const parts = path.split('/');
  for (const route of memberRoutes) {
    const names = route.path.split('/');
    if (route.method !== method || names.length !== parts.length) continue;
    const isSame = names.every((name, index) => name.startsWith(':') || name === parts[index]);
    if (!isSame) continue;
    const params = names.flatMap((name, index): [string, string][] =>
      name.startsWith(':') ? [[name.slice(1), parts[index] ?? '']] : [],
    );
    return { route, params: Object.fromEntries(params) };
  }
  throw new Error(`the wire knows no ${method} ${path}`);
}

export type Wire = ReturnType<typeof createWire>;

function broken(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/** The error that @discordjs/rest throws for an answer that is no success. */
export function errorOf({ status, body }: Reply, { method, path }: Ask): Error {
  if (status >= 500) return new HTTPError(status, String(status), method, path, {});
  const { code, message } = objectOf(body);
  const told = { code: numberOf(code) ?? 0, message: textOf(message) ?? '' };
  return new DiscordAPIError(told, told.code, status, method, path, {});
}
