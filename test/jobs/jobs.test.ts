import { describe, expect, it, onTestFinished } from 'vitest';
import { startClock, type Job } from '../../src/jobs/clock.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { until } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';
import { aGroup, after, noon, openStores } from '../support/stores.ts';

async function jobsOf(guildIds: readonly string[] = ['guild', 'other']) {
  const stores = await openStores();
  const clock = { now: noon };
  const synced: string[] = [];
  const jobs = createJobs({
    guilds: { guildIds: () => [...guildIds] },
    settings: stores.guilds,
    groups: stores.groups,
    states: stores.states,
    sessions: stores.sessions,
    links: stores.links,
    forgetUnreachable: async () => void synced.push('unreachable'),
    webhooks: stores.webhooks,
    runs: stores.runs,
    configChanges: stores.configChanges,
    expireHolds: async () => undefined,
    refreshTokens: async () => undefined,
    checkGuild: async (guildId) => void synced.push(`checked ${guildId}`),
    retentionDays: 90,
    guildSeenLater: (guildId) => void synced.push(`seen ${guildId}`),
    syncGuildLater: (guildId, { trigger }) => void synced.push(`${trigger} ${guildId}`),
    syncUsersLater: (discordIds, { trigger }) => void synced.push(`${trigger} ${discordIds.join(',')}`),
    syncIntervalMs: 60_000,
    now: () => clock.now,
  });
  const run = async (name: string): Promise<void> => {
    const job = jobs.find((one) => one.name.includes(name));
    if (!job) throw new Error(`no job ${name}`);
    await job.run(new AbortController().signal);
  };
  /** The former links of an account. */
  const formerOf = async (accountId: string) => {
    for await (const { table, rows } of stores.personal.parts(accountId)) {
      if (table === 'former_discord_users') return rows;
    }
    throw new Error('former links are not told');
  };
  return { ...stores, clock, synced, run, formerOf };
}

describe('what runs by the clock', () => {
  it('begins a few guilds a second when many are due, those that wait longest first', async () => {
    const guildIds = Array.from({ length: 12 }, (_, index) => `guild-${String(index).padStart(2, '0')}`);
    const { clock, synced, run, guilds } = await jobsOf(guildIds);
    for (const [index, guildId] of guildIds.entries()) {
      await guilds.joined(guildId, guildId, noon);
      await guilds.noteFullSync(guildId, after(index));
    }
    clock.now = after(80);
    for (const count of [5, 10, 12, 12]) {
      await run('due');
      expect(synced).toEqual(guildIds.slice(0, count).map((guildId) => `schedule ${guildId}`));
    }
  });

  it('checks every guild that the bot is in', async () => {
    const { synced, run } = await jobsOf();
    await run('health');
    expect(synced).toEqual(['checked guild', 'checked other']);
  });

  it('syncs a guild when its interval has passed, and not again before the next', async () => {
    const { clock, synced, run, guilds } = await jobsOf();
    await run('due');
    clock.now = after(59);
    await run('due');
    expect(synced).toEqual([]);
    clock.now = after(60);
    await run('due');
    await run('due');
    expect(synced).toEqual(['schedule guild']);
    await guilds.noteFullSync('guild', after(100));
    clock.now = after(130);
    await run('due');
    expect(synced).toHaveLength(1);
    clock.now = after(160);
    await run('due');
    expect(synced).toHaveLength(2);
  });

  it('heeds the interval of the guild, and leaves out those that are off, elsewhere, or only asked for', async () => {
    const { clock, synced, run, guilds } = await jobsOf();
    await guilds.update('guild', { syncIntervalSeconds: 10 }, noon);
    for (const guildId of ['other', 'elsewhere']) await guilds.joined(guildId, guildId, noon);
    await guilds.update('other', { autoSync: false }, noon);
    clock.now = after(11);
    await run('due');
    clock.now = after(600);
    await guilds.update('guild', { isEnabled: false }, noon);
    await run('due');
    expect(synced).toEqual(['schedule guild']);
  });

  it('takes up a guild that no event told of, and one that the bot came back to', async () => {
    const { synced, run, guilds } = await jobsOf();
    await run('missed');
    expect(synced).toEqual(['seen other']);
    await guilds.joined('other', 'Other', noon);
    await guilds.left('guild', noon);
    await run('missed');
    expect(synced).toEqual(['seen other', 'seen guild']);
  });

  it('ends memberships that have run out, and syncs whom that touches', async () => {
    const { clock, synced, run, groups, link } = await jobsOf();
    await groups.create(aGroup({ id: 'pilots' }));
    await link('account', 'ann');
    await groups.addMember({ id: 'm', groupId: 'pilots', discordId: 'ann', expiresAt: after(30), addedBy: null }, noon);
    clock.now = after(29);
    await run('memberships');
    expect(synced).toEqual([]);
    clock.now = after(30);
    await run('memberships');
    expect(synced).toEqual(['expiry ann']);
    expect(await groups.members('pilots', noon)).toEqual([]);
  });

  it('forgets an ended session when its token has run out long since', async () => {
    const { clock, run, sessions, link } = await jobsOf();
    await link('account', 'ann');
    const login = { accountId: 'account', discordId: 'ann', linkedAt: noon };
    const session = { ...login, jti: 'j', startedAt: noon };
    await sessions.revoke({ ...session, expiresAt: after(60) });
    clock.now = after(61);
    await run('purge');
    expect(await sessions.isValid(session)).toBe(false);
    clock.now = after(61 + 86_400);
    await run('purge');
    expect(await sessions.isValid(session)).toBe(true);
  });

  it('forgets who was linked to an account when it is as long ago as any history, then who can be reached no more', async () => {
    const { clock, run, links, link, formerOf, synced } = await jobsOf();
    await link('account', 'ann');
    await links.unlink('ann', noon);
    clock.now = after(90 * 86_400);
    await run('purge');
    expect(await formerOf('account')).toHaveLength(1);
    clock.now = after(90 * 86_400 + 1);
    await run('purge');
    expect(await formerOf('account')).toEqual([]);
    expect(synced).toEqual(['unreachable', 'unreachable']);
  });

  it('forgets a guild 30 days after the bot left it', async () => {
    const { clock, run, guilds } = await jobsOf();
    await guilds.left('guild', noon);
    clock.now = after(29 * 86_400);
    await run('purge');
    expect(await guilds.find('guild')).not.toBeNull();
    clock.now = after(31 * 86_400);
    await run('purge');
    expect(await guilds.find('guild')).toBeNull();
  });
});

describe('the clock', () => {
  it('runs a job again and again, also after one that failed, and never twice at once', async () => {
    const logged = captureLog();
    let turns = 0;
    let underWay = 0;
    let most = 0;
    const job: Job = {
      name: 'slow',
      cron: '* * * * * *',
      async run() {
        turns += 1;
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => {
          setTimeout(resolve, 1_200);
        });
        underWay -= 1;
        throw new Error('broken');
      },
    };
    const clock = startClock([job], logged.log);
    onTestFinished(() => clock.stop());
    await until(() => turns >= 2, 10_000);
    await clock.stop();
    expect(most).toBe(1);
    expect(logged.text()).toContain('job failed');
  });
});
