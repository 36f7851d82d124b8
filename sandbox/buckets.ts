export interface BucketRule {
  limit: number;
  windowMs: number;
  /** `fixed`: the window starts with its first request. `sliding`: never more than `limit` in any such span. */
  window: 'fixed' | 'sliding';
}

interface NamedRule extends BucketRule {
  methods: readonly string[];
  route: string;
}

const member = '/guilds/:guild_id/members/:user_id';
const followUp = '/webhooks/:application_id/:interaction_token';

/** Limits as measured on the real Discord (none are promised); routes not named here answer without bucket headers. */
export const bucketRules = {
  /** Measured 2020, confirmed 2025: one fixed window for both verbs. */
  memberRole: {
    methods: ['PUT', 'DELETE'],
    route: `${member}/roles/:role_id`,
    limit: 10,
    windowMs: 10_000,
    window: 'fixed',
  },
  memberEdit: { methods: ['PATCH'], route: member, limit: 10, windowMs: 10_000, window: 'sliding' },
  memberJoin: { methods: ['PUT'], route: member, limit: 10, windowMs: 10_000, window: 'sliding' },
  memberGet: { methods: ['GET'], route: member, limit: 5, windowMs: 1_000, window: 'sliding' },
  memberKick: { methods: ['DELETE'], route: member, limit: 5, windowMs: 1_000, window: 'sliding' },
  /** 250 in 50 hours: a client that hits it sleeps for hours. */
  roleCreate: {
    methods: ['POST'],
    route: '/guilds/:guild_id/roles',
    limit: 250,
    windowMs: 180_000_000,
    window: 'fixed',
  },
  /** No source tells; assumed. */
  memberList: { methods: ['GET'], route: '/guilds/:guild_id/members', limit: 10, windowMs: 10_000, window: 'sliding' },
  memberSearch: {
    methods: ['GET'],
    route: '/guilds/:guild_id/members/search',
    limit: 10,
    windowMs: 10_000,
    window: 'sliding',
  },
  bans: { methods: ['GET'], route: '/guilds/:guild_id/bans', limit: 5, windowMs: 60_000, window: 'sliding' },
  messageCreate: {
    methods: ['POST'],
    route: '/channels/:channel_id/messages',
    limit: 5,
    windowMs: 5_000,
    window: 'sliding',
  },
  messageEdit: {
    methods: ['PATCH'],
    route: '/channels/:channel_id/messages/:message_id',
    limit: 5,
    windowMs: 5_000,
    window: 'sliding',
  },
  /** Assumed to be those of webhooks. */
  followUp: { methods: ['POST'], route: followUp, limit: 5, windowMs: 2_000, window: 'sliding' },
  followUpEdit: {
    methods: ['PATCH', 'GET', 'DELETE'],
    route: `${followUp}/messages/:message_id`,
    limit: 5,
    windowMs: 2_000,
    window: 'sliding',
  },
  /** "Aggressive", no number known; assumed. */
  ownMember: {
    methods: ['GET'],
    route: '/users/@me/guilds/:guild_id/member',
    limit: 5,
    windowMs: 5_000,
    window: 'sliding',
  },
} as const satisfies Record<string, NamedRule>;

export type BucketName = keyof typeof bucketRules;

/** One bucket of one guild, channel or webhook: who has asked in the window. */
export interface Bucket {
  /** Takes a place if there is one. */
  take(now: number): { isAllowed: boolean; remaining: number; resetAfterMs: number };
}

export function createBucket({ limit, windowMs, window }: BucketRule): Bucket {
  return window === 'fixed' ? fixedWindow(limit, windowMs) : slidingWindow(limit, windowMs);
}

function fixedWindow(limit: number, windowMs: number): Bucket {
  let start = -Infinity;
  let used = 0;
  return {
    take(now) {
      if (now >= start + windowMs) {
        start = now;
        used = 0;
      }
      const isAllowed = used < limit;
      if (isAllowed) used += 1;
      return { isAllowed, remaining: limit - used, resetAfterMs: start + windowMs - now };
    },
  };
}

function slidingWindow(limit: number, windowMs: number): Bucket {
  const taken: number[] = [];
  return {
    take(now) {
      while (taken.length > 0 && (taken[0] ?? 0) + windowMs <= now) taken.shift();
      const isAllowed = taken.length < limit;
      if (isAllowed) taken.push(now);
      return { isAllowed, remaining: limit - taken.length, resetAfterMs: (taken[0] ?? now) + windowMs - now };
    },
  };
}
