/** One role that really came to a member or went from him. */
export interface RoleMove {
  at: number;
  discordId: string;
  roleId: string;
  action: 'add' | 'remove';
  by: 'bot' | 'other';
  /** The bot's call that did it. */
  write: Write | null;
}

/** One write call of the bot that Discord took up. */
export interface Write {
  at: number;
  /** Which incarnation of the engine sent it. */
  life: number;
  method: string;
  discordId: string;
  reason: string | null;
  status: number;
  fault: string | null;
  moves: RoleMove[];
  /** When the state was read that a PATCH was built from; null for other calls. */
  baseReadAt: number | null;
  /** Membership Screening was still before him. */
  isPending: boolean;
}

/** Something that gives the engine a reason to write once more than a calm world would need. */
export interface Disturbance {
  at: number;
  /** null: it concerns everybody. */
  discordId: string | null;
  what: string;
}

/** Somebody ended a mapping, and said what becomes of the roles that it gave. */
export interface Decision {
  at: number;
  roleId: string;
  roles: 'remove' | 'keep';
}

/** What really happened, as the local Discord saw it. Only the invariants read it. */
export interface History {
  moves: RoleMove[];
  writes: Write[];
  disturbances: Disturbance[];
  decisions: Decision[];
  /** When each member last came in. */
  joinedAt: Map<string, number>;
  broken: string[];
  lines: string[];
  /** Adds a line to the trace. */
  tell(at: number, line: string): void;
  /** Something that must never be. */
  broke(at: number, line: string): void;
  disturb(at: number, discordId: string | null, what: string): void;
}

export function createHistory(startMs: number): History {
  const stamp = (at: number): string => `${((at - startMs) / 1000).toFixed(3).padStart(10)} `;
  const history: History = {
    moves: [],
    writes: [],
    disturbances: [],
    decisions: [],
    joinedAt: new Map(),
    broken: [],
    lines: [],
    tell: (at, line) => void history.lines.push(stamp(at) + line),
    broke(at, line) {
      history.broken.push(stamp(at) + line);
      history.lines.push(`${stamp(at)}!! ${line}`);
    },
    disturb: (at, discordId, what) => void history.disturbances.push({ at, discordId, what }),
  };
  return history;
}
