import type { Clock } from './clock.ts';
import { createDice } from './dice.ts';
import { SYNC_INTERVAL_MS } from './engine.ts';
import type { History } from './history.ts';
import { decideHeld } from './ask.ts';
import type { Strike } from './life.ts';
import { perform } from './perform.ts';
import type { Scene } from './scene.ts';
import type { Schedule } from './schedule.ts';
import { raise, setStage, type Stage } from './stage.ts';
import type { Stores } from './stores.ts';
import type { Timeline } from './timeline.ts';
import { CALM, rollWeather, type Climate, type Weather } from './weather.ts';

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

/** What is done to a schedule besides what it says itself. */
export interface Trial {
  strike?: Strike;
  /** Instead of the schedule's own. */
  weather?: Weather;
  staleMs?: number;
}

/** Plays one schedule from an empty world to the end, and lets everything settle. */
export async function play(stores: Stores, schedule: Schedule, seed: number, trial: Trial = {}): Promise<Played> {
  const dice = createDice(seed).fork(1);
  const climate: { now: Climate } = { now: schedule.climate };
  const weather = trial.weather ?? rollWeather(dice.fork(2), () => climate.now);
  const stage = setStage({ ...trial, stores, schedule, weather, dice });
  await raise(stage, schedule);
  stage.start();
  for (const { afterMs, op } of schedule.ops) {
    await stage.clock.pass(afterMs);
    if (op.do === 'weather') climate.now = op.climate;
    perform(stage, op);
  }
  climate.now = CALM;
  return settle(stage, schedule.rounds);
}

/** Faults are over and everything is well: so many scheduled syncs as it takes, and then one that has nothing left to do. */
async function settle(stage: Stage, rounds = ROUNDS): Promise<Played> {
  const { clock, scene, stores, host, timeline, history, deaths } = stage;
  host.mood = 'up';
  timeline.note();
  await clock.pass(30_000);
  await stores.settings.update(scene.guildId, { autoSync: true, maxRoleChangesPerSync: 100 }, clock.date());
  stage.engine?.reconnect();
  history.tell(clock.now(), 'calm');
  const calmSince = clock.now();
  for (let round = 0; round < rounds; round += 1) {
    await clock.pass(SYNC_INTERVAL_MS);
    if (stage.engine)
      void decideHeld(stage, stage.engine, true).catch((error: unknown) => stage.fail('approve', error));
  }
  await clock.pass(60_000);
  const before = history.writes.length;
  await clock.pass(SYNC_INTERVAL_MS + 180_000);
  const idleWrites = history.writes.length - before;
  return { clock, scene, history, timeline, stores, deaths, calmSince, idleWrites };
}

/** Enough for a source to be believed again, and for what is held to be approved. */
const ROUNDS = 4;
