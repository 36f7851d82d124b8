import { expect, it } from 'vitest';
import { createHttpSource } from '../../src/groups/http-source.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { send, startGroupsHost } from '../support/groups-host.ts';
import { captureLog } from '../support/log-lines.ts';
import { createSyncWorld, SCHEDULE } from '../support/sync-world.ts';

const ANN = '100000000000000001';

const beforeTime = () => new Date(0);

/** A guild in which `http:pilots` gives @Pilot, and Ann, who is linked to an account of the host. */
async function setUp() {
  const host = await startGroupsHost();
  let now = beforeTime;
  const source = createHttpSource({
    url: host.url,
    token: null,
    maxAgeMs: 3_600_000,
    externalIdsOf: async (ids) => new Map(ids.map((id) => [id, 'ann'])),
    now: () => now(),
    log: captureLog().log,
  });
  const world = await createSyncWorld({ otherSources: [source] });
  now = world.now;
  await world.mapping('http:pilots', 'pilot');
  world.discord.withMember(ANN);
  await world.link(ANN);
  return {
    host,
    async syncAfter(minutes: number) {
      world.clock.now = new Date(world.clock.now.getTime() + minutes * 60_000);
      await world.sync.guild(GUILD_ID, SCHEDULE);
      return world.discord.rolesOf(ANN);
    },
  };
}

it('a group of the host gives its role, and takes it when the host says so, but not when it fails or forgets him once', async () => {
  const { host, syncAfter } = await setUp();
  expect(await syncAfter(0)).toEqual([]);
  host.users.set('ann', { groups: [{ id: 'pilots', name: 'Pilots' }] });
  expect(await syncAfter(15)).toEqual(['pilot']);

  host.instead = (_request, response) => send(response, 500, { groups: [] });
  for (let tries = 0; tries < 6; tries += 1) expect(await syncAfter(15)).toEqual(['pilot']);
  host.instead = null;

  host.users.delete('ann');
  expect(await syncAfter(15)).toEqual(['pilot']);
  expect(await syncAfter(5)).toEqual(['pilot']);
  expect(await syncAfter(5)).toEqual([]);

  host.users.set('ann', { groups: [{ id: 'pilots', name: 'Pilots' }] });
  expect(await syncAfter(15)).toEqual(['pilot']);
  host.users.set('ann', { groups: [{ id: 'pilots', name: 'Pilots', is_active: false }] });
  expect(await syncAfter(15)).toEqual([]);
});
