import { setTimeout as sleep } from 'node:timers/promises';
import { ASKED, syncGuild } from '../bot.ts';
import { openWorld, type BenchWorld } from '../bench-world.ts';
import type { Figure } from '../figure.ts';
import { MEMBER_BUCKET, slotMs } from '../floor.ts';
import { editGroups, editOf } from '../group-edits.ts';
import { withNoise } from '../noise.ts';
import { writesOfMember } from '../requests.ts';
import { median } from '../statistics.ts';

const TRIALS = 24;
const BULK = 400;
const POPULATION = { members: 2 + BULK + TRIALS, links: BULK + TRIALS, mappings: 20 };
const TIME_SCALE = 0.1;
const SLOT_MS = slotMs(MEMBER_BUCKET, TIME_SCALE);
/** Slots from one trial to the next, and from the start of the bulk run to the first. */
const APART = 5;
const BEFORE = 12;

/** Somebody waits for one member's sync while the whole guild is being synced. */
export const interactive: Figure = {
  name: 'interactive',
  async measure() {
    const world = await openWorld({ population: POPULATION, timeScale: TIME_SCALE });
    try {
      const { result: waits, noise } = await withNoise(() => slotsWaited(world));
      const worst = Math.max(...waits);
      return [
        {
          what: 'interactive sync during a bulk run of the same guild: first write',
          goal: '<= 2 slots',
          measured: worst,
          unit: 'slots',
          best: null,
          isMet: waits.length >= 20 && worst <= 2,
          note: `worst of ${waits.length} (median ${median(waits).toFixed(2)}), half of them one PUT or DELETE, half a PATCH; from the call until Discord has the write; a slot is ${SLOT_MS} ms here, 1 s on Discord; ${noise}`,
        },
      ];
    } finally {
      await world.close();
    }
  },
};

/** How long each trial took to its first write, in slots, as long as the bulk run went on. */
async function slotsWaited({ bot, discord, place, databaseUrl }: BenchWorld): Promise<number[]> {
  const memberIds = await discord.ask('members');
  const edits = memberIds.map((id, index) => editOf(id, index, 1 + (index % 2), POPULATION));
  editGroups(databaseUrl, edits.slice(0, BULK));
  let isBulkOver = false;
  const bulk = syncGuild(bot, place.guildId, ASKED).finally(() => (isBulkOver = true));
  await sleep(SLOT_MS * BEFORE);
  // The bulk run has its plan by now, and these members are not in it.
  editGroups(databaseUrl, edits.slice(BULK));

  const asked: { discordId: string; at: number }[] = [];
  for (const [index, { discordId }] of edits.slice(BULK).entries()) {
    // Not in step with the slots: a trial meets them at any moment.
    await sleep(SLOT_MS * (APART + (index % 7) / 7));
    if (isBulkOver) break;
    asked.push({ discordId, at: Date.now() });
    await bot.app.sync.member(place.guildId, discordId, ASKED);
  }
  await bulk;
  const requests = await discord.ask('requests');
  return asked.map(({ discordId, at }) => {
    const first = writesOfMember(requests, discordId)[0];
    if (!first) throw new Error('a member who was asked for got no write');
    return (first.at - at) / SLOT_MS;
  });
}
