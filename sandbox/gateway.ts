import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayIntentBits } from 'discord-api-types/v10';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Faults } from './faults.ts';
import { serveConnection, type ConnectionHost } from './gateway/connection.ts';
import { createIdentify, recentStarts } from './gateway/identify.ts';
import { hears, shardOf } from './gateway/intents.ts';
import { createMemberChunks } from './gateway/member-chunks.ts';
import { createSession, type Session } from './gateway/session.ts';
import { guildCreatePayload, memberPayload, userPayload } from './payloads.ts';
import type { Application, Guild } from './records.ts';
import { applicationFlags } from './rest/applications.ts';
import type { World } from './world.ts';
import { must } from './world/state.ts';

export type Gateway = ReturnType<typeof createGateway>;

/** From so many members on, presences bring no more than the bot. */
const wholeGuild = 75_000;

const resumeSchema = z.object({ token: z.string(), session_id: z.string(), seq: z.number() });

/** The websocket side of the local Discord, and the ways to disturb it. */
export function createGateway(world: World, faults: Faults) {
  const server = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const identify = createIdentify(world);
  const received: { at: number; op: number; applicationId: string | null }[] = [];
  let refusedIdentifies = 0;

  const unsubscribe = world.subscribe((event) => {
    forgetLostSessions();
    for (const session of sessions.values()) {
      if (event.type === 'BOT_TOKEN_REVOKED') endRevoked(session);
      else if (hears(world, session, event)) session.deliver(event);
    }
  });

  const host: ConnectionHost = {
    world,
    requestMembers: createMemberChunks(world),
    received: (op, session) => received.push({ at: world.now(), op, applicationId: session?.application.id ?? null }),

    identify(socket, data) {
      const result = refusedIdentifies > 0 ? ({ kind: 'invalid' } as const) : identify(data);
      if (refusedIdentifies > 0) refusedIdentifies -= 1;
      if (result.kind === 'close') socket.close(result.code, result.reason);
      if (result.kind === 'invalid') socket.send('{"op":9,"d":false}');
      if (result.kind !== 'session') return null;
      const session = createSession(world, faults, { ...result, id: randomBytes(16).toString('hex') });
      sessions.set(session.id, session);
      session.attach(socket);
      greet(session);
      return session;
    },

    resume(socket, data) {
      const asked = resumeSchema.safeParse(data).data;
      const named = asked && sessions.get(asked.session_id);
      const session = named?.token === asked?.token ? named : undefined;
      if (asked && !world.applicationOfBotToken(asked.token)) {
        socket.close(4004, 'Authentication failed.');
        return null;
      }
      if (asked && session && asked.seq > session.seq()) {
        socket.close(4007, 'Invalid seq.');
        return null;
      }
      session?.attach(socket);
      if (asked && session?.replay(asked.seq)) return session;
      if (session) sessions.delete(session.id);
      socket.send('{"op":9,"d":false}');
      return null;
    },

    ended(socket, session, code) {
      session?.detach(socket);
      if (session && (code === 1000 || code === 1001)) sessions.delete(session.id);
    },
  };

  function greet(session: Session): void {
    const { application, shard } = session;
    const guilds = [...world.guilds.values()].filter(
      ({ id, members }) => members.has(application.botId) && shardOf(id, shard[1]) === shard[0],
    );
    const hasGuilds = Boolean(session.intents & 1);
    session.dispatch('READY', {
      v: 10,
      user: { ...userPayload(must(world.users.get(application.botId), 'bot user')), verified: true, mfa_enabled: true },
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: world.baseUrl.replace('http', 'ws'),
      shard,
      application: { id: application.id, flags: applicationFlags(application) },
      private_channels: [],
      relationships: [],
      presences: [],
      user_settings: {},
      session_type: 'normal',
      geo_ordered_rtc_regions: [],
      auth: {},
      _trace: [],
    });
    for (const guild of hasGuilds ? guilds : []) {
      const bot = guild.members.get(application.botId);
      if (!bot || guild.unavailable) continue;
      session.dispatch('GUILD_CREATE', guildCreatePayload(guild, bot, membersFor(session, guild)));
    }
  }

  /** The bot alone; with presences everybody, unless there are too many. */
  function membersFor({ application, intents }: Session, guild: Guild): object[] {
    const isWhole = Boolean(intents & GatewayIntentBits.GuildPresences) && guild.members.size < wholeGuild;
    const ids = isWhole ? guild.members.keys() : [application.botId];
    return [...ids].flatMap((id) => {
      const user = world.users.get(id);
      const member = guild.members.get(id);
      return user && member ? [memberPayload(user, member)] : [];
    });
  }

  /** A revoked or reset token ends the sessions that it opened. */
  function endRevoked(session: Session): void {
    if (session.token === session.application.botToken) return;
    session.close(4004, 'Authentication failed.');
    sessions.delete(session.id);
  }

  function forgetLostSessions(): void {
    const oldest = world.now() - world.settings.resumeWindowMs;
    for (const session of sessions.values()) {
      const lostAt = session.lostAt();
      if (lostAt !== null && lostAt < oldest) sessions.delete(session.id);
    }
  }

  const all = (act: (session: Session) => void) => {
    for (const session of Array.from(sessions.values())) act(session);
  };

  return {
    /** For the HTTP server's `upgrade` event. */
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const query = new URL(request.url ?? '/', 'ws://localhost').searchParams;
      if ((query.get('encoding') ?? 'json') !== 'json') {
        socket.end('HTTP/1.1 501 Not Implemented\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
        if ((query.get('v') ?? '10') === '10') serveConnection(webSocket, host);
        else webSocket.close(4012, 'Invalid API version.');
      });
    },

    /** Body of GET /gateway/bot. */
    startLimits(application: Application) {
      const { sessionStartsPerDay, maxConcurrency } = world.settings;
      const starts = recentStarts(world, application);
      return {
        total: sessionStartsPerDay,
        remaining: Math.max(0, sessionStartsPerDay - starts.length),
        reset_after: starts[0] === undefined ? 0 : starts[0] + 86_400_000 - world.now(),
        max_concurrency: maxConcurrency,
      };
    },

    /** Every payload clients sent, by opcode. */
    received,

    /** Live and resumable sessions. */
    sessions: () => [...sessions.values()],

    /** Closes every socket; sessions stay resumable. The code decides what the client makes of it. */
    cut: (code = 4000) => all((session) => session.close(code)),
    /** Drops every socket without a word (the client sees 1006). */
    dropAll: () => all((session) => session.terminate()),
    /** No answer and no event leaves any more, though the sockets stay open, until the client comes anew. */
    zombie: () => all((session) => session.setMute(true)),
    /** Op 1 from our side: the client beats at once. */
    askForHeartbeat: () => all((session) => session.send(1)),
    /** Op 7: the client is asked to come back and resume. */
    askToReconnect: () => all((session) => session.send(7)),
    /** Op 9; unless `isResumable` the sessions are gone. */
    invalidate(isResumable = false): void {
      all((session) => {
        session.send(9, isResumable);
        session.release();
        if (!isResumable) sessions.delete(session.id);
      });
    },
    /** Sessions can no longer be resumed: the next RESUME meets op 9. */
    forgetSessions: () => sessions.clear(),
    /** The next so many IDENTIFYs meet op 9, as when too many came at once. */
    refuseIdentifies(times: number): void {
      refusedIdentifies = times;
    },

    close(): void {
      unsubscribe();
      for (const client of server.clients) client.terminate();
      server.close();
      sessions.clear();
    },
  };
}
