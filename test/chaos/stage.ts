import type { Clock } from './clock.ts';
import { createClock } from './clock.ts';
import type { Dice } from './dice.ts';
import { startEngine, type Engine } from './engine.ts';
import { createHistory, type History } from './history.ts';
import type { Strike } from './life.ts';
import { createScene, type Scene } from './scene.ts';
import { LOCAL_GROUPS, SOURCE_GROUPS, type Schedule } from './schedule.ts';
import { nameInHost, type ScriptedHost } from './source.ts';
import { NOTHING, type Stores } from './stores.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';
import { createWire, type Wire } from './wire.ts';

const START = Date.parse('2026-03-01T12:00:00Z');

/** People ask again when the process has been back for so long. */
const PATIENCE_MS = 3000;

/** Where a schedule is played. */
export interface Stage {
  clock: Clock;
  scene: Scene;
  history: History;
  timeline: Timeline;
  stores: Stores;
  host: ScriptedHost;
  wire: Wire;
  dice: Dice;
  deaths: number[];
  newId: () => string;
  /** null while the process is down. */
  engine: Engine | null;
  /** How long it stays down when it dies next. */
  downMs: number;
  /** What people asked for and got no answer to yet: they ask again once the process is back. */
  unanswered: Map<symbol, () => void>;
  /** Starts the process. */
  start(): void;
  /** The engine said no, in words. */
  fail(what: string, error: unknown): void;
}

export interface StageParts {
  stores: Stores;
  schedule: Schedule;
  weather: Weather;
  dice: Dice;
  /** When the process is to die, besides what the schedule says. */
  strike?: Strike;
  /** How old the state may be that a stale read shows. */
  staleMs?: number;
}

/** The world, the database and whatever goes between them; the engine does not run yet. */
export function setStage({ stores, schedule, weather, dice, strike, staleMs }: StageParts): Stage {
  stores.listener.onCommit = NOTHING;
  stores.empty();
  const clock = createClock(START);
  const history = createHistory(START);
  const scene = createScene(clock, history, schedule.people);
  const host: ScriptedHost = { mood: 'up', truth: new Map() };
  const timeline = createTimeline({ clock, scene, stores, host });
  let ids = 0;
  const newId = (): string => `id${(ids += 1)}`;
  const deaths: number[] = [];
  const random = dice.fork(3);
  const wire = createWire({
    clock,
    scene,
    history,
    weather,
    meddle: (discordId) => meddle(stage, discordId),
    ...(staleMs !== undefined && { staleMs }),
  });

  function start(): void {
    const number = deaths.length;
    stage.engine = startEngine({
      clock,
      scene,
      history,
      weather,
      wire,
      stores,
      host,
      newId,
      number,
      random: random.roll,
      heard: timeline.heard,
      ...(strike && { strike }),
      onDeath(last) {
        history.tell(clock.now(), `killed ${last}`);
        history.disturb(clock.now(), null, 'killed');
        deaths.push(clock.now());
        stage.engine = null;
        clock.after(stage.downMs, start);
      },
    });
    history.tell(clock.now(), `started ${number}`);
    clock.after(PATIENCE_MS, () => {
      for (const askAgain of stage.unanswered.values()) askAgain();
    });
  }

  const stage: Stage = {
    clock,
    scene,
    history,
    timeline,
    stores,
    host,
    wire,
    dice,
    deaths,
    newId,
    start,
    engine: null,
    unanswered: new Map(),
    downMs: 1000,
    fail: (what, error) =>
      history.tell(clock.now(), `refused: ${what}: ${error instanceof Error ? error.message : String(error)}`),
  };
  return stage;
}

/** Somebody else's hand, at the worst moment. */
function meddle({ scene, dice, history, clock }: Stage, discordId: string): void {
  const held = scene.rolesOf(discordId);
  if (!held) return;
  const roleId = scene.role(dice.pick(['X', 'Y', 'A', 'B']));
  const { world, guildId, ownerId } = scene;
  const isHeld = held.has(roleId);
  history.tell(clock.now(), `meddled: ${scene.nameOf(discordId)} ${isHeld ? '-' : '+'}${scene.nameOf(roleId)}`);
  history.disturb(clock.now(), discordId, 'meddled');
  scene.act('other', () => (isHeld ? world.takeRole : world.giveRole)(guildId, discordId, roleId, { by: ownerId }));
}

/** What is there before anything happens. */
export async function raise({ scene, stores, clock, host, newId, timeline }: Stage, schedule: Schedule): Promise<void> {
  const { guildId, world } = scene;
  const at = clock.date();
  await stores.settings.joined(guildId, 'Guild', at);
  if (schedule.hasBypass) await stores.settings.update(guildId, { bypassRoleId: scene.role('P') }, at);
  for (const id of LOCAL_GROUPS) {
    const texts = { name: id, description: null, createdBy: null };
    await stores.groups.create({ id, guildId, ...texts, createdAt: at, updatedAt: at });
  }
  for (const [index, { isMember, isLinked, groups, roles, account }] of schedule.start.entries()) {
    const discordId = scene.people[index] ?? '';
    const accountId = `account${account}`;
    if (isMember) scene.act('other', () => void world.join(guildId, discordId, { roles: roles.map(scene.role) }));
    if (isLinked) {
      if (!(await stores.links.findAccount(accountId))) {
        await stores.links.createAccount({ id: accountId, externalId: null, createdAt: at });
      }
      const discordUser = { id: discordId, username: scene.nameOf(discordId), globalName: null };
      await stores.links.link({ discordUser, accountId, tokens: null, newAccountId: newId(), now: at });
    }
    for (const groupId of LOCAL_GROUPS.filter((group) => groups.includes(group))) {
      await stores.groups.addMember({ id: newId(), groupId, discordId, expiresAt: null, addedBy: null }, at);
    }
    const told = host.truth.get(accountId) ?? new Set();
    for (const group of SOURCE_GROUPS) if (groups.includes(group)) told.add(nameInHost(group));
    host.truth.set(accountId, told);
  }
  for (const { role, group, more, excluded, requireAll, ...rest } of schedule.mappings) {
    await stores.mappings.create({
      ...rest,
      id: newId(),
      guildId,
      roleId: scene.role(role),
      roleName: role,
      groupId: group,
      conditions: {
        requireAll,
        groups: more,
        excludedGroups: excluded,
        characterCountMin: null,
        characterCountMax: null,
        requiredPermissions: [],
      },
      isActive: true,
      createdBy: null,
      createdAt: at,
      updatedAt: at,
    });
  }
  timeline.note();
  stores.listener.onCommit = timeline.note;
}
