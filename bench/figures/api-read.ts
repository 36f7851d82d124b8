import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiActions } from '../api-process.ts';
import type { BareServerActions } from '../bare-server-process.ts';
import { openDiscord, type DiscordAndDatabase } from '../bench-world.ts';
import { startChild } from '../child-process.ts';
import type { Figure, Row } from '../figure.ts';
import { linkUser } from '../fill-database.ts';
import { load, type Load } from '../load.ts';
import { withNoise } from '../noise.ts';
import { median, percentile } from '../statistics.ts';

const POPULATION = { members: 1_002, links: 500, mappings: 20 };
const TIME_SCALE = 0.01;
const CONNECTIONS = 50;
const ROUNDS = 3;
const ROUND_MS = 10_000;
const WARM_UP_MS = 3_000;
const MIXED_MS = 30_000;

/** An authenticated read of the API beside a bare Express handler with the same JSON; and many kinds of reads at once. */
export const apiRead: Figure = {
  name: 'api-read',
  async measure() {
    const opened = await openDiscord({ population: POPULATION, timeScale: TIME_SCALE });
    const api = startChild<ApiActions>('./api-process.ts');
    const bare = startChild<BareServerActions>('./bare-server-process.ts');
    try {
      return await measureBeside(opened, { api, bare });
    } finally {
      await Promise.all([api.end(), bare.end()]);
      await opened.close();
    }
  },
};

interface Servers {
  api: ReturnType<typeof startChild<ApiActions>>;
  bare: ReturnType<typeof startChild<BareServerActions>>;
}

async function measureBeside({ place, databaseUrl }: DiscordAndDatabase, { api, bare }: Servers): Promise<Row[]> {
  linkUser(databaseUrl, place.ownerId);
  const { port, token } = await api.ask('start', place, databaseUrl);
  const guild = `/api/discord/guilds/${place.guildId}`;
  const list = `${guild}/role-mappings?limit=${POPULATION.mappings}`;
  const answer = await untilAnswered(port, token, list);
  const barePort = await bare.ask('start', answer);

  const readApi = (durationMs: number, paths: readonly string[] = [list]) =>
    load({ port, token, paths, durationMs, connections: CONNECTIONS });
  const readBare = (durationMs: number) =>
    load({ port: barePort, paths: ['/answer'], durationMs, connections: CONNECTIONS });
  await readApi(WARM_UP_MS);
  await readBare(WARM_UP_MS);

  const { result: rounds, noise } = await withNoise(async () => {
    const pairs: { ours: Load; theirs: Load }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      pairs.push({ theirs: await readBare(ROUND_MS), ours: await readApi(ROUND_MS) });
    }
    return pairs;
  });
  const mixed = await readApi(MIXED_MS, [
    list,
    '/api/me',
    guild,
    `/api/groups?guild_id=${place.guildId}`,
    '/api/discord/sync/status',
    `${guild}/audit`,
    '/api/discord/status',
  ]);
  return [rowOf(rounds, noise), mixedRow(mixed)];
}

function rowOf(rounds: readonly { ours: Load; theirs: Load }[], noise: string): Row {
  const ratio = median(rounds.map(({ ours, theirs }) => ours.rate / theirs.rate));
  const p99 = median(rounds.map(({ ours }) => percentile(ours.latencies, 99)));
  const bareP99 = median(rounds.map(({ theirs }) => percentile(theirs.latencies, 99)));
  const errors = rounds.flatMap(({ ours, theirs }) => [...ours.errors, ...theirs.errors]);
  const rate = (of: 'ours' | 'theirs') => median(rounds.map((round) => round[of].rate)).toFixed(0);
  return {
    what: 'authenticated API read at 50 connections, of what a bare Express JSON handler does',
    goal: '>= 0.5 x, p99 < 20 ms',
    measured: ratio,
    unit: 'x',
    best: null,
    isMet: ratio >= 0.5 && p99 < 20 && errors.length === 0,
    note: `median of ${ROUNDS} rounds of ${ROUND_MS / 1_000} s: ${rate('ours')} answers a second, p99 ${p99.toFixed(1)} ms; bare ${rate('theirs')}, p99 ${bareP99.toFixed(1)} ms; ${toldErrors(errors)}; role-mappings list of ${POPULATION.mappings} with a session token, each server in a process of its own; ${noise}`,
  };
}

function mixedRow({ answers, rate, latencies, errors }: Load): Row {
  const p99 = percentile(latencies, 99);
  return {
    what: `mixed API reads at ${CONNECTIONS} connections for ${MIXED_MS / 1_000} s: errors`,
    goal: '0',
    measured: errors.length,
    unit: '',
    best: null,
    isMet: errors.length === 0,
    note: `${answers} answers, ${rate.toFixed(0)} a second, p99 ${p99.toFixed(1)} ms; ${toldErrors(errors)}`,
  };
}

function toldErrors(errors: readonly string[]): string {
  return errors.length === 0 ? 'no error' : `errors: ${errors.slice(0, 3).join(', ')}`;
}

/** The answer, as soon as the bot sees its guild. */
async function untilAnswered(port: number, token: string, path: string): Promise<unknown> {
  for (let tries = 0; tries < 200; tries += 1) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    await sleep(50);
  }
  throw new Error(`${path} did not answer within 10 s`);
}
