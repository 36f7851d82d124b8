import { setTimeout as sleep } from 'node:timers/promises';
import { ASKED, syncGuild } from '../bot.ts';
import { openWorld, type BenchWorld } from '../bench-world.ts';
import type { Figure, Row } from '../figure.ts';
import { floorMs } from '../floor.ts';
import { editGroups, editOf, type GroupEdit } from '../group-edits.ts';
import { withNoise } from '../noise.ts';
import { groupsOf } from '../population.ts';
import { refusedForRate, spanMs, writesOf } from '../requests.ts';

const POPULATION = { members: 1_002, links: 1_000, mappings: 20 };
/** The shorter the windows, the more of a busy machine shows. */
const TIME_SCALE = 0.075;
/** Who takes longer than so many times the floor is stopped. */
const PATIENCE = 3;

interface Mix {
  words: string;
  changesOf(place: number): number;
}

const EVENLY: Mix = { words: '200 members each', changesOf: (place) => 1 + (place % 5) };
const HALF: Mix = {
  words: '500 members with 1, 125 with each other number',
  changesOf: (place) => (place % 2 === 0 ? 1 : 2 + (((place - 1) / 2) % 4)),
};

/** A guild in which every member needs one to five changes. */
export const changes: Figure = {
  name: 'changes',
  async measure() {
    const rows: Row[] = [];
    for (const mix of [EVENLY, HALF]) rows.push(...(await measureMix(mix)));
    return rows;
  },
};

async function measureMix({ words, changesOf }: Mix): Promise<Row[]> {
  const world = await openWorld({ population: POPULATION, timeScale: TIME_SCALE });
  try {
    const memberIds = await world.discord.ask('members');
    const edits = memberIds.map((id, place) => editOf(id, place, changesOf(place), POPULATION));
    const single = edits.filter(({ add, remove }) => add.length + remove.length === 1).length;
    const best = floorMs({ single, several: edits.length - single }, TIME_SCALE);
    editGroups(world.databaseUrl, edits);
    const { result: isDone, noise } = await withNoise(() =>
      Promise.race([
        syncGuild(world.bot, world.place.guildId, ASKED).then(() => true),
        sleep(best * PATIENCE + 2_000, false, { ref: false }),
      ]),
    );
    const requests = await world.discord.ask('requests');
    const writes = writesOf(requests);
    const right = await countRight(world, edits);
    if (isDone && right < edits.length) throw new Error(`only ${right} of ${edits.length} members came right`);
    const refused = refusedForRate(requests);
    const perMember = writes.length / Math.max(1, isDone ? edits.length : right);
    const tookMs = spanMs(writes);
    const what = `1,000 members with 1 to 5 changes (${words})`;
    const unfinished = isDone ? '' : `stopped: only ${right} members were right after ${PATIENCE} x the best time; `;
    return [
      {
        what: `${what}: time`,
        goal: '<= 1.05 x',
        measured: isDone ? tookMs / 1_000 : (tookMs / 1_000) * (edits.length / Math.max(1, right)),
        unit: 's',
        best: best / 1_000,
        isMet: isDone && tookMs <= best * 1.05,
        note: `${unfinished}first write to last, windows at ${TIME_SCALE}; best: what both buckets allow, ${single} members may use either; ${noise}`,
      },
      {
        what: `${what}: writes per member`,
        goal: '<= 1',
        measured: perMember,
        unit: '',
        best: 1,
        isMet: isDone && perMember <= 1,
        note: `${writes.length} write calls`,
      },
      {
        what: `${what}: answers of 429`,
        goal: '0',
        measured: refused,
        unit: '',
        best: 0,
        isMet: refused === 0,
        note: 'of all calls, reads too',
      },
    ];
  } finally {
    await world.close();
  }
}

/** How many members carry exactly the roles that their groups give now. */
async function countRight({ discord, place }: BenchWorld, edits: readonly GroupEdit[]): Promise<number> {
  const roles = await discord.ask(
    'roles',
    edits.map(({ discordId }) => discordId),
  );
  return edits.filter(({ add, remove }, index) => {
    const groups = [...groupsOf(index, POPULATION).filter((group) => !remove.includes(group)), ...add];
    const wanted = new Set(groups.map((group) => place.roleIds[group]));
    const held = roles[index] ?? [];
    return held.length === wanted.size && held.every((id) => wanted.has(id));
  }).length;
}
