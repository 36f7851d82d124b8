import { setTimeout as sleep } from 'node:timers/promises';
import { ASKED, syncGuild } from '../bot.ts';
import { openWorld } from '../bench-world.ts';
import type { Figure } from '../figure.ts';
import { MEMBER_BUCKET, slotMs } from '../floor.ts';
import { editGroups, editOf } from '../group-edits.ts';
import { writesOfMember } from '../requests.ts';
import { median } from '../statistics.ts';

const TRIALS = 24;
const BULK = 600;
const POPULATION = { members: 2 + BULK + TRIALS, links: BULK + TRIALS, mappings: 20 };
const TIME_SCALE = 0.05;
/** Slots from one trial to the next. */
const APART = 8;

/** Somebody waits for one member's sync while the whole guild is being synced. */
export const interactive: Figure = {
  name: 'interactive',
  async measure() {
    const world = await openWorld({ population: POPULATION, timeScale: TIME_SCALE });
    try {
      const { bot, discord, place, databaseUrl } = world;
      const slot = slotMs(MEMBER_BUCKET, TIME_SCALE);
      const memberIds = await discord.ask('members');
      const bulkEdits = memberIds.slice(0, BULK).map((id, index) => editOf(id, index, 1 + (index % 2), POPULATION));
      editGroups(databaseUrl, bulkEdits);
      let isBulkOver = false;
      const bulk = syncGuild(bot, place.guildId, ASKED).then(() => (isBulkOver = true));
      bulk.catch(() => undefined);
      await sleep(slot * 20);

      const asked: { discordId: string; at: number }[] = [];
      for (const [index, discordId] of memberIds.slice(BULK).entries()) {
        editGroups(databaseUrl, [editOf(discordId, BULK + index, 1 + (index % 2), POPULATION)]);
        if (isBulkOver) break;
        const at = Date.now();
        asked.push({ discordId, at });
        await bot.app.sync.member(place.guildId, discordId, ASKED);
        // Not in step with the slots: a trial meets them at any moment.
        await sleep(Math.max(0, at + slot * (APART + (index % 7) / 7) - Date.now()));
      }
      const requests = await discord.ask('requests');
      const waits = asked.map(({ discordId, at }) => {
        const first = writesOfMember(requests, discordId)[0];
        if (!first) throw new Error('a member who was asked for got no write');
        return (first.at - at) / slot;
      });
      const worst = Math.max(...waits);
      return [
        {
          what: 'interactive sync during a bulk run of the same guild: first write',
          goal: '<= 2 slots',
          measured: worst,
          unit: 'slots',
          best: null,
          isMet: waits.length >= 20 && worst <= 2,
          note: `worst of ${waits.length} (median ${median(waits).toFixed(2)}), half of them one PUT or DELETE, half a PATCH; from the call until Discord has the write, two round trips with it; a slot is ${slot} ms here, 1 s on Discord`,
        },
      ];
    } finally {
      await world.close();
    }
  },
};
