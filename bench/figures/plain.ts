import { setTimeout as sleep } from 'node:timers/promises';
import { REST } from '@discordjs/rest';
import { openDiscord, type DiscordAndDatabase } from '../bench-world.ts';
import type { Figure, Row } from '../figure.ts';
import { floorMs, roleBucketMs } from '../floor.ts';
import { editOf } from '../group-edits.ts';
import { plainSync, type PlainTarget } from '../plain-sync.ts';
import { groupsOf } from '../population.ts';
import { readsOf, refusedForRate, spanMs, writesOf } from '../requests.ts';

/** Members who are really synced; the rest is reckoned from them. */
const SAMPLE = 50;
const POPULATION = { members: SAMPLE + 2, links: SAMPLE, mappings: 20 };
const TIME_SCALE = 0.05;
/** The pause after each call, as it would be on Discord: a slot of the bucket. */
const PAUSE_MS = 1_000;
const LINKS = 50_000;

/** The plain algorithm under the conditions of `changes` and `full-sync`. */
export const plain: Figure = {
  name: 'plain',
  async measure() {
    const opened = await openDiscord({ population: POPULATION, timeScale: TIME_SCALE });
    try {
      return [...(await withChanges(opened)), ...(await unchanged(opened))];
    } finally {
      await opened.close();
    }
  },
};

async function withChanges({ discord, place }: DiscordAndDatabase): Promise<Row[]> {
  const memberIds = await discord.ask('members');
  const edits = memberIds.map((id, index) => editOf(id, index, 1 + (index % 5), POPULATION));
  await discord.ask('forgetRequests');
  await run(
    place,
    edits.map(({ discordId, add, remove }, index) => {
      const groups = [...groupsOf(index, POPULATION).filter((group) => !remove.includes(group)), ...add];
      return targetOf(place, discordId, groups);
    }),
  );
  const requests = await discord.ask('requests');
  const writes = writesOf(requests);
  const best = floorMs({ single: 200, several: 800 }, TIME_SCALE) / 1_000;
  const unpaused = roleBucketMs(writes.length * (1_000 / SAMPLE), TIME_SCALE) / 1_000;
  const note = `${SAMPLE} members measured, times ${(1_000 / SAMPLE).toFixed(2)}; a pause of ${PAUSE_MS / 1_000} s (scaled) after each call, and without any the one bucket that it uses would take ${unpaused.toFixed(1)} s; ${refusedForRate(requests)} answers of 429`;
  const what = 'plain algorithm: 1,000 members with 1 to 5 changes';
  return [
    row(`${what}: time`, (spanMs(writes) / 1_000) * (1_000 / SAMPLE), 's', best, note),
    row(`${what}: writes per member`, writes.length / SAMPLE, '', 1, 'one call per role'),
    row(
      `${what}: read calls`,
      readsOf(requests).length * (1_000 / SAMPLE),
      '',
      1,
      'one GET per member; best: one page',
    ),
  ];
}

async function unchanged({ discord, place }: DiscordAndDatabase): Promise<Row[]> {
  const memberIds = await discord.ask('members');
  const held = await discord.ask('roles', memberIds);
  await discord.ask('forgetRequests');
  await run(
    place,
    memberIds.map((discordId, index) => ({ discordId, wanted: new Set(held[index]) })),
  );
  const requests = await discord.ask('requests');
  const reads = readsOf(requests);
  const hours = ((spanMs(reads) / SAMPLE) * LINKS) / TIME_SCALE / 3_600_000;
  const note = `${SAMPLE} links measured, times ${(LINKS / SAMPLE).toFixed(0)}; on Discord ${hours.toFixed(1)} hours for one full sync`;
  return [
    row('plain algorithm: unchanged guild, 50,000 links: read calls', (reads.length / SAMPLE) * LINKS, '', 100, note),
  ];
}

function row(what: string, measured: number, unit: string, best: number, note: string): Row {
  return { what, goal: null, measured, unit, best, isMet: null, note };
}

function targetOf({ roleIds }: DiscordAndDatabase['place'], discordId: string, groups: readonly number[]): PlainTarget {
  return { discordId, wanted: new Set(groups.flatMap((group) => roleIds[group] ?? [])) };
}

/** With discord.js' own client as it comes, but for the times that are scaled as everything else. */
async function run(place: DiscordAndDatabase['place'], targets: readonly PlainTarget[]): Promise<void> {
  const rest = new REST({ api: place.apiUrl, offset: 50 * TIME_SCALE, globalRequestsPerSecond: 50 / TIME_SCALE });
  rest.setToken(place.botToken);
  const pause = async (): Promise<void> => {
    await sleep(PAUSE_MS * TIME_SCALE);
  };
  try {
    await plainSync(rest, place.guildId, new Set(place.roleIds), targets, pause);
  } finally {
    rest.clearHandlerSweeper();
    rest.clearHashSweeper();
  }
}
