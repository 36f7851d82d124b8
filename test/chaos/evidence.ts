import { grants, runs, suppressions } from '../../src/db/schema.ts';
import type { RoleMove } from './history.ts';
import { verdictsBetween, type Verdict } from './oracle.ts';
import type { Played } from './play.ts';
import type { Moment } from './timeline.ts';

/** So long after it was right may a write still land: pauses between tries, waits for a bucket, the way to Discord. */
export const LATE_MS = 60_000;

export type GrantRow = typeof grants.$inferSelect;
export type RunRow = typeof runs.$inferSelect;

/** How a schedule went, with what every invariant asks for. */
export interface Evidence extends Played {
  end: number;
  last: Moment;
  grantOf(discordId: string, roleId: string): GrantRow | undefined;
  grants: readonly GrantRow[];
  suppressionOf(discordId: string, roleId: string): typeof suppressions.$inferSelect | undefined;
  runs: ReadonlyMap<string, RunRow>;
  /** Whoever changed that role of that member, in order. */
  movesOf(discordId: string, roleId: string): readonly RoleMove[];
  /** Every verdict that the engine may have come to between the two. */
  verdicts(from: number, to: number, discordId: string, roleId: string): Set<Verdict | null>;
  /** The moments that stood at some time between the two. */
  moments(from: number, to: number): Moment[];
  name(discordId: string, roleId?: string): string;
  /** Seconds since the beginning, as the trace has them. */
  time(at: number): string;
}

export function gather(played: Played): Evidence {
  const { clock, timeline, history, stores, scene } = played;
  const { moments } = timeline;
  const [first] = moments;
  const last = moments.at(-1);
  if (!first || !last) throw new Error('nothing was noted');
  const moves = Map.groupBy(history.moves, keyOf);
  const ledger = stores.orm.select().from(grants).all();
  const granted = new Map(ledger.map((row) => [keyOf(row), row]));
  const suppressed = new Map(
    stores.orm
      .select()
      .from(suppressions)
      .all()
      .map((row) => [keyOf(row), row]),
  );
  return {
    ...played,
    end: clock.now(),
    last,
    grants: ledger,
    grantOf: (discordId, roleId) => granted.get(keyOf({ discordId, roleId })),
    suppressionOf: (discordId, roleId) => suppressed.get(keyOf({ discordId, roleId })),
    runs: new Map(
      stores.orm
        .select()
        .from(runs)
        .all()
        .map((row) => [row.id, row]),
    ),
    movesOf: (discordId, roleId) => moves.get(keyOf({ discordId, roleId })) ?? [],
    verdicts: (from, to, discordId, roleId) => verdictsBetween(moments, from, to, discordId, roleId),
    moments: (from, to) => moments.filter(({ at }, index) => at <= to && (moments[index + 1]?.at ?? Infinity) >= from),
    name: (discordId, roleId) => `${scene.nameOf(discordId)}${roleId === undefined ? '' : ` ${scene.nameOf(roleId)}`}`,
    time: (at) => ((at - first.at) / 1000).toFixed(3),
  };
}

function keyOf({ discordId, roleId }: { discordId: string; roleId: string }): string {
  return `${discordId} ${roleId}`;
}

/** Whether a role surely came by our own will: what we put back is whose it was before. */
export function isOurs({ by, write }: RoleMove): boolean {
  return by === 'bot' && !(write?.reason?.includes('put back') ?? false);
}

/** The same if in doubt: a list may put one role back and give another. */
export function mayBeOurs({ by, write }: RoleMove): boolean {
  return by === 'bot' && !(write?.reason?.endsWith(': put back') ?? false);
}

/** The run that a write was made for, by the reason that stands in the audit log. */
export function runOf({ runs: all }: Evidence, { write }: RoleMove): RunRow | undefined {
  const id = /Rolewright run ([^:]+):/.exec(write?.reason ?? '')?.[1];
  return id === undefined ? undefined : all.get(id);
}

/** So old may a state be that a stale read shows. */
const STALE_MS = 20_000;

/** Somebody changed this role between the state that a PATCH was built from and the PATCH. */
export function isRaced(evidence: Evidence, { discordId, roleId, at, write }: RoleMove): boolean {
  const readAt = write?.baseReadAt ?? null;
  if (readAt === null) return false;
  const isStale = evidence.history.disturbances.some(
    (one) => one.what === 'stale' && one.discordId === discordId && one.at >= readAt && one.at <= at,
  );
  const builtFrom = isStale ? readAt - STALE_MS : readAt;
  return evidence
    .movesOf(discordId, roleId)
    .some(({ by, at: then }) => by === 'other' && then >= builtFrom && then <= at);
}
