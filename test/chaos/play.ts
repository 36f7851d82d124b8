import { createDice, type Dice } from './dice.ts';
import { createClock, type Clock } from './clock.ts';
import { startEngine, SYNC_INTERVAL_MS, type Engine } from './engine.ts';
import { createHistory, type History } from './history.ts';
import { perform, type Stage } from './perform.ts';
import { createScene, type Scene } from './scene.ts';
import { LOCAL_GROUPS, SOURCE_GROUPS, type Schedule } from './schedule.ts';
import type { ScriptedSource } from './source.ts';
import { NOTHING, type Stores } from './stores.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { CALM, rollWeather, type Climate, type Weather } from './weather.ts';
import { createWire } from './wire.ts';

const START = Date.parse('2026-03-01T12:00:00Z');

/** What the invariants look at. */
export interface Played {
  clock: Clock;
  scene: Scene;
  history: History;
  timeline: Timeline;
  stores: Stores;
  /** When each incarnation died. */
  deaths: number[];
  /** When nothing more happened but the engine's own work. */
  calmSince: number;
  /** Write calls of the bot after everything had settled. */
  idleWrites: number;
}

/** Plays one schedule from an empty world to the end, and lets everything settle. */
export async function play(stores: Stores, schedule: Schedule, seed: number): Promise<Played> {
  const dice = createDice(seed).fork(1);
  const climate: { now: Climate } = { now: schedule.climate };
  const stage = setStage(
    stores,
    schedule,
    dice,
    rollWeather(dice.fork(2), () => climate.now),
    dice.fork(3),
  );
  const { clock } = stage;
  await raise(stage, schedule);
  stage.start();
  for (const { afterMs, op } of schedule.ops) {
    await clock.pass(afterMs);
    if (op.do === 'weather') climate.now = op.climate;
    perform(stage, op);
  }
  climate.now = CALM;
  return settle(stage);
}

/** The world, the database and whatever goes between them; the engine does not run yet. */
function setStage(
  stores: Stores,
  { people }: Schedule,
  dice: Dice,
  weather: Weather,
  random: Dice,
): Stage & { start(): void } {
  stores.listener.onCommit = NOTHING;
  stores.empty();
  const clock = createClock(START);
  const history = createHistory(START);
  const scene = createScene(clock, history, people);
  const source: ScriptedSource = { mood: 'up', truth: new Map() };
  const timeline = createTimeline({ clock, scene, stores, source });
  let ids = 0;
  const newId = (): string => `id${(ids += 1)}`;
  const deaths: number[] = [];
  const wire = createWire({ clock, scene, history, weather, meddle: (discordId) => meddle(stage, discordId) });

  function start(): void {
    const number = deaths.length;
    stage.engine = startEngine({
      clock,
      scene,
      history,
      weather,
      wire,
      stores,
      source,
      newId,
      number,
      random: random.roll,
      onDeath(last) {
        history.tell(clock.now(), `killed ${last}`);
        history.disturb(clock.now(), null, 'killed');
        deaths.push(clock.now());
        stage.engine = null;
        clock.after(stage.downMs, start);
      },
    });
    history.tell(clock.now(), `started ${number}`);
  }

  const stage: Stage & { start(): void } = {
    clock,
    scene,
    history,
    timeline,
    stores,
    source,
    wire,
    dice,
    deaths,
    newId,
    start,
    engine: null as Engine | null,
    downMs: 1000,
    fail: (what, error) =>
      history.tell(clock.now(), `refused: ${what}: ${error instanceof Error ? error.message : String(error)}`),
  };
  return stage;
}

/** Somebody else's hand, at the worst moment. */
function meddle({ scene, dice, history, clock, wire }: Stage, discordId: string): void {
  const held = scene.rolesOf(discordId);
  if (!held) return;
  const roleId = scene.role(dice.pick(['X', 'Y', 'A', 'B']));
  const { world, guildId, ownerId } = scene;
  wire.noteFormer(discordId, held);
  const isHeld = held.has(roleId);
  history.tell(clock.now(), `meddled: ${scene.nameOf(discordId)} ${isHeld ? '-' : '+'}${scene.nameOf(roleId)}`);
  history.disturb(clock.now(), discordId, 'meddled');
  scene.act('other', () => (isHeld ? world.takeRole : world.giveRole)(guildId, discordId, roleId, { by: ownerId }));
}

/** What is there before anything happens. */
async function raise({ scene, stores, clock, source, newId, timeline }: Stage, schedule: Schedule): Promise<void> {
  const { guildId, world } = scene;
  const at = clock.date();
  await stores.settings.joined(guildId, 'Guild', at);
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
    const told = source.truth.get(accountId) ?? new Set();
    for (const group of SOURCE_GROUPS) if (groups.includes(group)) told.add(group);
    source.truth.set(accountId, told);
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

/** Faults are over and everything is well: so many scheduled syncs as it takes, and then one that has nothing left to do. */
async function settle(stage: Stage): Promise<Played> {
  const { clock, scene, stores, source, timeline, history, deaths } = stage;
  source.mood = 'up';
  timeline.note();
  await clock.pass(30_000);
  await stores.settings.update(scene.guildId, { autoSync: true }, clock.date());
  stage.engine?.reconnect();
  timeline.note();
  history.tell(clock.now(), 'calm');
  const calmSince = clock.now();
  for (let round = 0; round < 4; round += 1) await clock.pass(SYNC_INTERVAL_MS);
  const before = history.writes.length;
  await clock.pass(SYNC_INTERVAL_MS + 120_000);
  const idleWrites = history.writes.length - before;
  return { clock, scene, history, timeline, stores, deaths, calmSince, idleWrites };
}
